package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.DescribeGroups;
import io.gofka.group.GroupState;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeGroupsRequest;
import io.gofka.protocol.message.DescribeGroupsResponse;
import io.gofka.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.gofka.protocol.message.DescribeGroupsResponse.DescribedGroupMember;
import io.vertx.core.Future;

/**
 * DescribeGroups, key 15, versions 0 to 6. v3 authorized operations; v4 instance ids (KIP-345); v5
 * flexible; v6 a group that doesn't exist is an error, where it was a dead group before, and there
 * are error messages (KIP-1043).
 */
final class DescribeGroupsHandler implements ApiHandler<DescribeGroupsRequest> {
  private static final short FIRST_WITH_OPERATIONS = 3;
  private static final short FIRST_WITH_NOT_FOUND = 6;

  private final BrokerContext broker;

  DescribeGroupsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(DescribeGroupsRequest request, RequestContext context) {
    boolean operations =
        request.includeAuthorizedOperations() && context.apiVersion() >= FIRST_WITH_OPERATIONS;
    return broker
        .bus()
        .request(Addresses.GROUP_DESCRIBE, new DescribeGroups(request.groups()))
        .map(
            described -> {
              DescribeGroupsResponse response = new DescribeGroupsResponse();
              for (DescribeGroups.Described group : described) {
                DescribedGroup answer = answer(group, context);
                if (operations && group.error() == ErrorCode.NONE) {
                  answer.authorizedOperations(AuthorizedOperations.GROUP);
                }
                response.groups().add(answer);
              }
              return Reply.of(response);
            });
  }

  private static DescribedGroup answer(DescribeGroups.Described group, RequestContext context) {
    DescribedGroup answer = new DescribedGroup().groupId(group.groupId());
    if (group.error() == ErrorCode.GROUP_ID_NOT_FOUND) {
      answer.groupState(GroupState.DEAD.toString());
      return context.apiVersion() < FIRST_WITH_NOT_FOUND
          ? answer
          : answer
              .errorCode(group.error().code())
              .errorMessage("Group " + group.groupId() + " not found.");
    }
    if (group.error() != ErrorCode.NONE) {
      return answer.errorCode(group.error().code());
    }
    answer
        .groupState(group.state().toString())
        .protocolType(group.protocolType())
        .protocolData(group.protocolName());
    for (DescribeGroups.Member member : group.members()) {
      answer
          .members()
          .add(
              new DescribedGroupMember()
                  .memberId(member.memberId())
                  .groupInstanceId(member.groupInstanceId().orElse(null))
                  .clientId(member.clientId())
                  .clientHost(member.clientHost())
                  .memberMetadata(member.metadata().toByteBuf())
                  .memberAssignment(member.assignment().toByteBuf()));
    }
    return answer;
  }

  @Override
  public ApiMessage errorResponse(DescribeGroupsRequest request, ApiException error) {
    DescribeGroupsResponse response = new DescribeGroupsResponse();
    for (String groupId : request.groups()) {
      response
          .groups()
          .add(new DescribedGroup().groupId(groupId).errorCode(error.errorCode().code()));
    }
    return response;
  }
}
