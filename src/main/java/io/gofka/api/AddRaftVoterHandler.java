package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.metadata.AddRaftVoter;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.AddRaftVoterRequest;
import io.gofka.protocol.message.AddRaftVoterResponse;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * AddRaftVoter, key 80, versions 0 and 1: a controller that follows the log is to vote (KIP-853).
 * v1 may ask for the answer before the change is committed.
 *
 * <p>Unlike Kafka, no listener of a certain name is asked for: the controllers reach each other
 * where each has said itself.
 */
final class AddRaftVoterHandler implements ApiHandler<AddRaftVoterRequest> {
  private final BrokerContext broker;

  AddRaftVoterHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(AddRaftVoterRequest request, RequestContext context) {
    List<Endpoint> listeners =
        request.listeners().stream()
            .map(at -> new Endpoint(at.name(), Optional.of(at.host()), at.port()))
            .toList();
    AddRaftVoter command =
        new AddRaftVoter(
            Optional.ofNullable(request.clusterId()),
            request.voterId(),
            request.voterDirectoryId(),
            listeners,
            request.ackWhenCommitted(),
            request.timeoutMs());
    return broker
        .bus()
        .request(Addresses.ADD_RAFT_VOTER, command)
        .map(done -> Reply.of(new AddRaftVoterResponse().errorMessage(null)));
  }

  @Override
  public ApiMessage errorResponse(AddRaftVoterRequest request, ApiException error) {
    return new AddRaftVoterResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
