package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.vertx.core.Future;
import java.util.Arrays;

/**
 * DescribeCluster, key 60, versions 0 to 2: who belongs to the cluster (KIP-700). v1 asks for
 * brokers or controllers (KIP-919); v2 may include fenced brokers (KIP-1073).
 *
 * <p>A broker's listener tells of brokers and a controller's of controllers; who asks one for the
 * others has come to the wrong place, and is told so, as in Kafka.
 */
final class DescribeClusterHandler implements ApiHandler<DescribeClusterRequest> {
  private static final int UNKNOWN_CONTROLLER = -1;

  private final BrokerContext broker;

  DescribeClusterHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DescribeClusterRequest request, RequestContext context) {
    requireEndpointType(request.endpointType());
    ClusterImage image = broker.image().get();
    DescribeClusterResponse response =
        new DescribeClusterResponse()
            .endpointType(broker.endpointType().code())
            .clusterId(image.clusterId());
    if (request.includeClusterAuthorizedOperations()) {
      response.clusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    if (broker.endpointType() == EndpointType.CONTROLLERS) {
      addControllers(response, image, context);
    } else {
      addBrokers(response, image, request.includeFencedBrokers(), context);
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private void requireEndpointType(byte code) {
    if (Arrays.stream(EndpointType.values()).noneMatch(type -> type.code() == code)) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, "there is no endpoint type " + code);
    }
    if (code != broker.endpointType().code()) {
      throw new ApiException(
          ErrorCode.MISMATCHED_ENDPOINT_TYPE,
          broker.endpointType() == EndpointType.BROKERS
              ? "this is a broker's listener; controllers are described by a controller's"
              : "this is a controller's listener; brokers are described by a broker's");
    }
  }

  private void addBrokers(
      DescribeClusterResponse response,
      ClusterImage image,
      boolean includeFenced,
      RequestContext context) {
    response.controllerId(ClientEndpoint.controllerId(image, broker.brokerId()));
    for (BrokerImage other : image.brokers().values()) {
      if (!other.fenced() || includeFenced) {
        ClientEndpoint.of(other, broker.brokerId(), context.connection())
            .map(
                endpoint ->
                    node(other.id(), endpoint)
                        .rack(other.rack().orElse(null))
                        .isFenced(other.fenced()))
            .ifPresent(response.brokers()::add);
      }
    }
  }

  /** The active controller is named only if a client can find it among the others. */
  private void addControllers(
      DescribeClusterResponse response, ClusterImage image, RequestContext context) {
    response.controllerId(UNKNOWN_CONTROLLER);
    for (ControllerImage other : image.controllers().values()) {
      ClientEndpoint.of(other, broker.brokerId(), context.connection())
          .ifPresent(
              endpoint -> {
                response.brokers().add(node(other.id(), endpoint));
                if (other.id() == image.controllerId()) {
                  response.controllerId(other.id());
                }
              });
    }
  }

  private static DescribeClusterBroker node(int id, ClientEndpoint endpoint) {
    return new DescribeClusterBroker().brokerId(id).host(endpoint.host()).port(endpoint.port());
  }

  @Override
  public ApiMessage errorResponse(DescribeClusterRequest request, ApiException error) {
    return new DescribeClusterResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
