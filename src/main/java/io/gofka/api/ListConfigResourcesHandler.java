package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ListConfigResourcesRequest;
import io.gofka.protocol.message.ListConfigResourcesResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * ListConfigResources, key 74, versions 0 and 1: what has settings. v0 lists client-metrics
 * subscriptions (KIP-714); v1 any kinds of resources, all of them when none is named (KIP-1142).
 */
final class ListConfigResourcesHandler implements ApiHandler<ListConfigResourcesRequest> {
  private static final List<ConfigResource.Type> ALL =
      List.of(
          ConfigResource.Type.TOPIC,
          ConfigResource.Type.BROKER,
          ConfigResource.Type.BROKER_LOGGER,
          ConfigResource.Type.CLIENT_METRICS,
          ConfigResource.Type.GROUP);
  private static final short FIRST_WITH_TYPES = 1;

  private final BrokerContext broker;

  ListConfigResourcesHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(ListConfigResourcesRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    ListConfigResourcesResponse response = new ListConfigResourcesResponse();
    for (ConfigResource.Type type : types(request, context)) {
      names(type, image)
          .forEach(
              name ->
                  response
                      .configResources()
                      .add(
                          new ListConfigResourcesResponse.ConfigResource()
                              .resourceType(type.code())
                              .resourceName(name)));
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private static List<ConfigResource.Type> types(
      ListConfigResourcesRequest request, RequestContext context) {
    if (context.apiVersion() < FIRST_WITH_TYPES) {
      return List.of(ConfigResource.Type.CLIENT_METRICS);
    }
    if (request.resourceTypes().isEmpty()) {
      return ALL;
    }
    List<ConfigResource.Type> types = new ArrayList<>();
    for (byte code : request.resourceTypes()) {
      ConfigResource.Type type = ConfigResource.Type.of(code);
      if (!ALL.contains(type)) {
        throw new ApiException(
            ErrorCode.UNSUPPORTED_VERSION, "there are no resources of type " + code);
      }
      types.add(type);
    }
    return types.stream().distinct().toList();
  }

  private static Stream<String> names(ConfigResource.Type type, ClusterImage image) {
    return switch (type) {
      case TOPIC -> image.topicsByName().keySet().stream();
      case BROKER, BROKER_LOGGER -> image.brokers().keySet().stream().map(String::valueOf);
      default ->
          image.configs().keySet().stream()
              .filter(resource -> resource.type() == type)
              .map(ConfigResource::name);
    };
  }

  @Override
  public ApiMessage errorResponse(ListConfigResourcesRequest request, ApiException error) {
    return new ListConfigResourcesResponse().errorCode(error.errorCode().code());
  }
}
