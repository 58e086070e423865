package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.vertx.core.Future;

/**
 * DescribeCluster, key 60, versions 0 to 2: who belongs to the cluster (KIP-700). v1 asks for
 * brokers or controllers (KIP-919); v2 may include fenced brokers.
 *
 * <p>Controllers are only known to those who ask a controller's listener, so they are refused here,
 * as Kafka's brokers do.
 */
final class DescribeClusterHandler implements ApiHandler<DescribeClusterRequest> {
  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;

  private final BrokerContext broker;

  DescribeClusterHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DescribeClusterRequest request, RequestContext context) {
    if (request.endpointType() == CONTROLLERS) {
      throw new ApiException(
          ErrorCode.MISMATCHED_ENDPOINT_TYPE,
          "this is a broker's listener; controllers are described by a controller's");
    }
    if (request.endpointType() != BROKERS) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
          "there is no endpoint type " + request.endpointType());
    }
    ClusterImage image = broker.image().get();
    DescribeClusterResponse response =
        new DescribeClusterResponse()
            .clusterId(image.clusterId())
            .controllerId(ClientEndpoint.controllerId(image, broker.brokerId()));
    if (request.includeClusterAuthorizedOperations()) {
      response.clusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    for (BrokerImage other : image.brokers().values()) {
      if (!other.fenced() || request.includeFencedBrokers()) {
        ClientEndpoint.of(other, context.connection())
            .ifPresent(endpoint -> response.brokers().add(describe(other, endpoint)));
      }
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private static DescribeClusterBroker describe(BrokerImage broker, ClientEndpoint endpoint) {
    return new DescribeClusterBroker()
        .brokerId(broker.id())
        .host(endpoint.host())
        .port(endpoint.port())
        .rack(broker.rack().orElse(null))
        .isFenced(broker.fenced());
  }

  @Override
  public ApiMessage errorResponse(DescribeClusterRequest request, ApiException error) {
    return new DescribeClusterResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
