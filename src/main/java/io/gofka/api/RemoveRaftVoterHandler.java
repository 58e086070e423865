package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.metadata.RemoveRaftVoter;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.RemoveRaftVoterRequest;
import io.gofka.protocol.message.RemoveRaftVoterResponse;
import io.vertx.core.Future;
import java.util.Optional;

/** RemoveRaftVoter, key 81, version 0: a controller is to vote no more (KIP-853). */
final class RemoveRaftVoterHandler implements ApiHandler<RemoveRaftVoterRequest> {
  private final BrokerContext broker;

  RemoveRaftVoterHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(RemoveRaftVoterRequest request, RequestContext context) {
    RemoveRaftVoter command =
        new RemoveRaftVoter(
            Optional.ofNullable(request.clusterId()),
            request.voterId(),
            request.voterDirectoryId());
    return broker
        .bus()
        .request(Addresses.REMOVE_RAFT_VOTER, command)
        .map(done -> Reply.of(new RemoveRaftVoterResponse().errorMessage(null)));
  }

  @Override
  public ApiMessage errorResponse(RemoveRaftVoterRequest request, ApiException error) {
    return new RemoveRaftVoterResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
