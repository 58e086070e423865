package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.TopicNames;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeTopicPartitionsRequest;
import io.gofka.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.gofka.protocol.message.DescribeTopicPartitionsResponse;
import io.gofka.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import io.gofka.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * DescribeTopicPartitions, key 75, version 0: topics in the order of their names, page by page
 * (KIP-966). No topics asked for means all of them. A page ends at the limit of the request or of
 * {@code max.request.partition.size.limit}, and a cursor tells where the next one begins.
 */
final class DescribeTopicPartitionsHandler implements ApiHandler<DescribeTopicPartitionsRequest> {
  private final BrokerContext broker;

  DescribeTopicPartitionsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DescribeTopicPartitionsRequest request, RequestContext context) {
    DescribeTopicPartitionsRequest.Cursor cursor = request.cursor();
    if (cursor != null && cursor.partitionIndex() < 0) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST,
          "a cursor can't stand at partition " + cursor.partitionIndex());
    }
    ClusterImage image = broker.image().get();
    boolean all = request.topics().isEmpty();
    int limit =
        Math.min(
            request.responsePartitionLimit(), broker.config().get().maxRequestPartitionSizeLimit());
    DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
    int left = Math.max(1, limit);
    for (String name : from(cursor, all ? image.topicsByName().keySet() : names(request))) {
      if (left == 0) {
        response.nextCursor(nextAt(name, 0));
        break;
      }
      Optional<TopicImage> topic = image.topic(name);
      if (topic.isEmpty()) {
        response.topics().add(unknown(name));
        continue;
      }
      int first = cursor != null && cursor.topicName().equals(name) ? cursor.partitionIndex() : 0;
      int end = (int) Math.min((long) first + left, topic.get().partitions().size());
      response.topics().add(describe(topic.get(), first, end, image, context));
      left -= Math.max(0, end - first);
      if (end < topic.get().partitions().size()) {
        response.nextCursor(nextAt(name, end));
        break;
      }
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private static SortedSet<String> names(DescribeTopicPartitionsRequest request) {
    SortedSet<String> names = new TreeSet<>();
    request.topics().forEach(topic -> names.add(topic.name()));
    return names;
  }

  private static Collection<String> from(
      DescribeTopicPartitionsRequest.Cursor cursor, Collection<String> names) {
    return cursor == null
        ? names
        : names.stream().filter(name -> name.compareTo(cursor.topicName()) >= 0).toList();
  }

  private static DescribeTopicPartitionsResponse.Cursor nextAt(String topic, int partition) {
    return new DescribeTopicPartitionsResponse.Cursor().topicName(topic).partitionIndex(partition);
  }

  private static DescribeTopicPartitionsResponseTopic describe(
      TopicImage topic, int first, int end, ClusterImage image, RequestContext context) {
    DescribeTopicPartitionsResponseTopic answer =
        new DescribeTopicPartitionsResponseTopic()
            .name(topic.name())
            .topicId(topic.id())
            .isInternal(topic.internal())
            .topicAuthorizedOperations(AuthorizedOperations.TOPIC);
    for (int index = first; index < end; index++) {
      answer
          .partitions()
          .add(
              describe(
                  topic.partitions().get(index),
                  PartitionMetadata.describe(
                      topic, index, image, context.connection(), PartitionMetadata.LATEST)));
    }
    return answer;
  }

  private static DescribeTopicPartitionsResponsePartition describe(
      PartitionImage state, MetadataResponsePartition partition) {
    return new DescribeTopicPartitionsResponsePartition()
        .errorCode(partition.errorCode())
        .partitionIndex(partition.partitionIndex())
        .leaderId(partition.leaderId())
        .leaderEpoch(partition.leaderEpoch())
        .replicaNodes(partition.replicaNodes())
        .isrNodes(partition.isrNodes())
        .eligibleLeaderReplicas(state.elr())
        .lastKnownElr(state.lastKnownElr())
        .offlineReplicas(partition.offlineReplicas());
  }

  private static DescribeTopicPartitionsResponseTopic unknown(String name) {
    ErrorCode error =
        TopicNames.mistake(name).isPresent()
            ? ErrorCode.INVALID_TOPIC_EXCEPTION
            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return new DescribeTopicPartitionsResponseTopic()
        .name(name)
        .isInternal(TopicImage.isInternal(name))
        .topicAuthorizedOperations(AuthorizedOperations.TOPIC)
        .errorCode(error.code());
  }

  @Override
  public ApiMessage errorResponse(DescribeTopicPartitionsRequest request, ApiException error) {
    DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
    for (TopicRequest topic : request.topics()) {
      response
          .topics()
          .add(
              new DescribeTopicPartitionsResponseTopic()
                  .name(topic.name())
                  .errorCode(error.errorCode().code()));
    }
    return response;
  }
}
