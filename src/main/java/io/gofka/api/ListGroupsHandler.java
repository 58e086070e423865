package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.group.ListGroups;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ListGroupsRequest;
import io.gofka.protocol.message.ListGroupsResponse;
import io.gofka.protocol.message.ListGroupsResponse.ListedGroup;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * ListGroups, key 16, versions 0 to 5: the groups that this broker coordinates. v3 flexible; v4
 * only groups in certain states (KIP-518); v5 only groups of certain types (KIP-848). Case doesn't
 * count in either.
 */
final class ListGroupsHandler implements ApiHandler<ListGroupsRequest> {
  private final BrokerContext broker;

  ListGroupsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(ListGroupsRequest request, RequestContext context) {
    ListGroups wanted =
        new ListGroups(lowerCase(request.statesFilter()), lowerCase(request.typesFilter()));
    return broker
        .bus()
        .request(Addresses.GROUP_LIST, wanted)
        .map(
            result -> {
              ListGroupsResponse response = new ListGroupsResponse();
              for (ListGroups.Listed group : result.groups()) {
                response
                    .groups()
                    .add(
                        new ListedGroup()
                            .groupId(group.groupId())
                            .protocolType(group.protocolType())
                            .groupState(group.state())
                            .groupType(group.type()));
              }
              return Reply.of(response);
            });
  }

  private static Set<String> lowerCase(List<String> names) {
    Set<String> lower = new HashSet<>();
    names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
    return lower;
  }

  @Override
  public ApiMessage errorResponse(ListGroupsRequest request, ApiException error) {
    return new ListGroupsResponse().errorCode(error.errorCode().code());
  }
}
