package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.group.LeaveGroup;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.LeaveGroupRequest;
import io.gofka.protocol.message.LeaveGroupResponse;
import io.gofka.protocol.message.LeaveGroupResponse.MemberResponse;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * LeaveGroup, key 13, versions 0 to 5. v3 several members, also by an administrator who knows only
 * their instance ids (KIP-345); v4 flexible; v5 reason (KIP-800).
 */
final class LeaveGroupHandler implements ApiHandler<LeaveGroupRequest> {
  private static final short FIRST_WITH_SEVERAL_MEMBERS = 3;

  private final BrokerContext broker;

  LeaveGroupHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(LeaveGroupRequest request, RequestContext context) {
    boolean several = context.apiVersion() >= FIRST_WITH_SEVERAL_MEMBERS;
    List<LeaveGroup.Leaving> leaving =
        several
            ? request.members().stream()
                .map(
                    member ->
                        new LeaveGroup.Leaving(
                            member.memberId(),
                            Optional.ofNullable(member.groupInstanceId()),
                            Optional.ofNullable(member.reason())))
                .toList()
            : List.of(
                new LeaveGroup.Leaving(request.memberId(), Optional.empty(), Optional.empty()));
    return broker
        .bus()
        .request(Addresses.GROUP_LEAVE, new LeaveGroup(request.groupId(), leaving))
        .map(result -> Reply.of(several ? ofSeveral(result) : ofOne(result)));
  }

  private static LeaveGroupResponse ofSeveral(LeaveGroup.Result result) {
    LeaveGroupResponse response = new LeaveGroupResponse().errorCode(result.error().code());
    for (LeaveGroup.Left member : result.members()) {
      response
          .members()
          .add(
              new MemberResponse()
                  .memberId(member.memberId())
                  .groupInstanceId(member.groupInstanceId().orElse(null))
                  .errorCode(member.error().code()));
    }
    return response;
  }

  private static LeaveGroupResponse ofOne(LeaveGroup.Result result) {
    return new LeaveGroupResponse()
        .errorCode(
            result.members().isEmpty()
                ? result.error().code()
                : result.members().get(0).error().code());
  }

  @Override
  public ApiMessage errorResponse(LeaveGroupRequest request, ApiException error) {
    return new LeaveGroupResponse().errorCode(error.errorCode().code());
  }
}
