package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.GroupPartitions;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.InternalTopics;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.FindCoordinatorRequest;
import io.gofka.protocol.message.FindCoordinatorResponse;
import io.gofka.protocol.message.FindCoordinatorResponse.Coordinator;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * FindCoordinator, key 10, versions 0 to 6: which broker looks after a group. v1 key types; v2
 * nothing new; v3 flexible; v4 several keys; v5 an error code for transactions; v6 share groups.
 *
 * <p>Coordinated are groups so far. Transactions and share groups are answered with
 * UNSUPPORTED_VERSION, which a client doesn't try again, rather than sent to look for a coordinator
 * that never comes.
 *
 * <p>Unlike Kafka, which answers COORDINATOR_NOT_AVAILABLE while {@code __consumer_offsets} is
 * created, the first answer waits for it: that saves the first consumer its back-off.
 */
final class FindCoordinatorHandler implements ApiHandler<FindCoordinatorRequest> {
  private static final short FIRST_WITH_SEVERAL_KEYS = 4;
  private static final byte GROUP = 0;
  private static final byte TRANSACTION = 1;
  private static final byte SHARE = 2;

  private final BrokerContext broker;

  FindCoordinatorHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(FindCoordinatorRequest request, RequestContext context) {
    Future<Void> ready =
        request.keyType() == GROUP ? createOffsetsTopic() : Future.succeededFuture();
    return ready.map(
        done -> {
          FindCoordinatorResponse response = new FindCoordinatorResponse();
          if (context.apiVersion() >= FIRST_WITH_SEVERAL_KEYS) {
            for (String key : request.coordinatorKeys()) {
              response.coordinators().add(find(key, request.keyType(), context));
            }
          } else {
            Coordinator only = find(request.key(), request.keyType(), context);
            response
                .errorCode(only.errorCode())
                .errorMessage(only.errorMessage())
                .nodeId(only.nodeId())
                .host(only.host())
                .port(only.port());
          }
          return Reply.of(response);
        });
  }

  /** Completes when the topic exists, or cannot be had now. */
  private Future<Void> createOffsetsTopic() {
    ClusterImage image = broker.image().get();
    if (image.topic(TopicImage.CONSUMER_OFFSETS).isPresent()) {
      return Future.succeededFuture();
    }
    CreateTopics.NewTopic topic =
        InternalTopics.newTopic(TopicImage.CONSUMER_OFFSETS, broker.config().get(), image);
    return broker
        .bus()
        .request(
            Addresses.CREATE_TOPICS,
            new CreateTopics(List.of(topic), false, MetadataHandler.CREATION_TIMEOUT_MS))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private Coordinator find(String key, byte keyType, RequestContext context) {
    if (keyType == TRANSACTION || keyType == SHARE) {
      return refused(
          key,
          ErrorCode.UNSUPPORTED_VERSION,
          keyType == TRANSACTION
              ? "transactions are not offered by this broker"
              : "share groups are not offered by this broker");
    }
    if (keyType != GROUP) {
      return refused(key, ErrorCode.INVALID_REQUEST, "there is no coordinator of type " + keyType);
    }
    ClusterImage image = broker.image().get();
    return image
        .topic(TopicImage.CONSUMER_OFFSETS)
        .flatMap(topic -> leader(topic, key))
        .flatMap(leader -> Optional.ofNullable(image.brokers().get(leader)))
        .flatMap(
            leader ->
                ClientEndpoint.of(leader, broker.brokerId(), context.connection())
                    .map(
                        endpoint ->
                            new Coordinator()
                                .key(key)
                                .nodeId(leader.id())
                                .host(endpoint.host())
                                .port(endpoint.port())))
        .orElseGet(
            () ->
                refused(
                    key,
                    ErrorCode.COORDINATOR_NOT_AVAILABLE,
                    "nobody leads the group's partition of " + TopicImage.CONSUMER_OFFSETS));
  }

  private static Optional<Integer> leader(TopicImage topic, String groupId) {
    int index = GroupPartitions.of(groupId, topic.partitions().size());
    int leader = topic.partitions().get(index).leader();
    return leader == PartitionImage.NO_LEADER ? Optional.empty() : Optional.of(leader);
  }

  private static Coordinator refused(String key, ErrorCode error, String message) {
    return new Coordinator()
        .key(key)
        .nodeId(-1)
        .host("")
        .port(-1)
        .errorCode(error.code())
        .errorMessage(message);
  }

  @Override
  public ApiMessage errorResponse(FindCoordinatorRequest request, ApiException error) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    if (request.coordinatorKeys().isEmpty()) {
      return response.nodeId(-1).port(-1).errorCode(error.errorCode().code());
    }
    for (String key : request.coordinatorKeys()) {
      response.coordinators().add(refused(key, error.errorCode(), error.getMessage()));
    }
    return response;
  }
}
