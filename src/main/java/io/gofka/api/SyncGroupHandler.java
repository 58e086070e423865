package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.Bytes;
import io.gofka.group.SyncGroup;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.SyncGroupRequest;
import io.gofka.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.gofka.protocol.message.SyncGroupResponse;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * SyncGroup, key 14, versions 0 to 5. v3 static members (KIP-345); v4 flexible; v5 the member says
 * by which protocol it goes, and must (KIP-559).
 */
final class SyncGroupHandler implements ApiHandler<SyncGroupRequest> {
  private static final short FIRST_WITH_PROTOCOL = 5;

  private final BrokerContext broker;

  SyncGroupHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(SyncGroupRequest request, RequestContext context) {
    boolean incomplete = request.protocolType() == null || request.protocolName() == null;
    if (context.apiVersion() >= FIRST_WITH_PROTOCOL && incomplete) {
      throw new ApiException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "the member doesn't say by what protocol it goes");
    }
    Map<String, Bytes> assignments = new HashMap<>();
    for (SyncGroupRequestAssignment assignment : request.assignments()) {
      assignments.put(assignment.memberId(), Bytes.copyOf(assignment.assignment()));
    }
    SyncGroup sync =
        new SyncGroup(
            request.groupId(),
            request.generationId(),
            request.memberId(),
            Optional.ofNullable(request.groupInstanceId()),
            Optional.ofNullable(request.protocolType()),
            Optional.ofNullable(request.protocolName()),
            assignments);
    return broker
        .bus()
        .request(Addresses.GROUP_SYNC, sync)
        .map(
            result ->
                Reply.of(
                    new SyncGroupResponse()
                        .errorCode(result.error().code())
                        .protocolType(result.protocolType().orElse(null))
                        .protocolName(result.protocolName().orElse(null))
                        .assignment(result.assignment().toByteBuf())));
  }

  @Override
  public ApiMessage errorResponse(SyncGroupRequest request, ApiException error) {
    return new SyncGroupResponse().errorCode(CoordinatorAbsence.inSync(error.errorCode()).code());
  }
}
