package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.metadata.UnregisterBroker;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.UnregisterBrokerRequest;
import io.gofka.protocol.message.UnregisterBrokerResponse;
import io.vertx.core.Future;

/** UnregisterBroker, key 64, version 0: forget a broker that won't come back. */
final class UnregisterBrokerHandler implements ApiHandler<UnregisterBrokerRequest> {
  private final BrokerContext broker;

  UnregisterBrokerHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(UnregisterBrokerRequest request, RequestContext context) {
    return broker
        .bus()
        .request(Addresses.UNREGISTER_BROKER, new UnregisterBroker(request.brokerId()))
        .map(done -> Reply.of(new UnregisterBrokerResponse().errorMessage(null)));
  }

  @Override
  public ApiMessage errorResponse(UnregisterBrokerRequest request, ApiException error) {
    return new UnregisterBrokerResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
