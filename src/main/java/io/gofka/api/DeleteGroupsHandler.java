package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.group.DeleteGroups;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DeleteGroupsRequest;
import io.gofka.protocol.message.DeleteGroupsResponse;
import io.gofka.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import io.vertx.core.Future;
import java.util.List;

/**
 * DeleteGroups, key 42, versions 0 to 2: forgets groups without members, with their offsets
 * (KIP-229). v2 flexible.
 */
final class DeleteGroupsHandler implements ApiHandler<DeleteGroupsRequest> {
  private final BrokerContext broker;

  DeleteGroupsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(DeleteGroupsRequest request, RequestContext context) {
    List<String> groupIds = request.groupsNames().stream().distinct().toList();
    return broker
        .bus()
        .request(Addresses.GROUP_DELETE, new DeleteGroups(groupIds))
        .map(
            codes -> {
              DeleteGroupsResponse response = new DeleteGroupsResponse();
              for (int i = 0; i < codes.size(); i++) {
                response
                    .results()
                    .add(
                        new DeletableGroupResult()
                            .groupId(groupIds.get(i))
                            .errorCode(codes.get(i).code()));
              }
              return Reply.of(response);
            });
  }

  @Override
  public ApiMessage errorResponse(DeleteGroupsRequest request, ApiException error) {
    DeleteGroupsResponse response = new DeleteGroupsResponse();
    for (String groupId : request.groupsNames().stream().distinct().toList()) {
      response
          .results()
          .add(new DeletableGroupResult().groupId(groupId).errorCode(error.errorCode().code()));
    }
    return response;
  }
}
