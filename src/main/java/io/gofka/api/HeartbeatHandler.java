package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.group.Heartbeat;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.HeartbeatResponse;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Heartbeat, key 12, versions 0 to 4: a member of a classic group is alive. v3 static members
 * (KIP-345); v4 flexible.
 */
final class HeartbeatHandler implements ApiHandler<HeartbeatRequest> {
  private final BrokerContext broker;

  HeartbeatHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(HeartbeatRequest request, RequestContext context) {
    Heartbeat heartbeat =
        new Heartbeat(
            request.groupId(),
            request.generationId(),
            request.memberId(),
            Optional.ofNullable(request.groupInstanceId()));
    return broker
        .bus()
        .request(Addresses.GROUP_HEARTBEAT, heartbeat)
        .map(error -> Reply.of(new HeartbeatResponse().errorCode(error.code())));
  }

  @Override
  public ApiMessage errorResponse(HeartbeatRequest request, ApiException error) {
    return new HeartbeatResponse()
        .errorCode(CoordinatorAbsence.inHeartbeat(error.errorCode()).code());
  }
}
