package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.log.MoveLogs;
import io.gofka.log.MoveLogs.Move;
import io.gofka.log.MoveLogs.Moved;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDir;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic;
import io.gofka.protocol.message.AlterReplicaLogDirsResponse;
import io.gofka.protocol.message.AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult;
import io.gofka.protocol.message.AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * AlterReplicaLogDirs, key 34, versions 1 and 2: move partitions to other log directories of this
 * broker while they are used (KIP-113). Answered when the move has begun; DescribeLogDirs tells of
 * the copy. v2 flexible.
 *
 * <p>A partition that stands below several directories goes to the last one. For one that doesn't
 * exist the directory is remembered, as in Kafka, and the answer is UNKNOWN_TOPIC_OR_PARTITION.
 */
final class AlterReplicaLogDirsHandler implements ApiHandler<AlterReplicaLogDirsRequest> {
  /** The shard of a partition follows from its name alone. */
  private static final UUID ANY_TOPIC_ID = new UUID(0, 0);

  private final BrokerContext broker;

  AlterReplicaLogDirsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(AlterReplicaLogDirsRequest request, RequestContext context) {
    return new ShardRequests<Move, MoveLogs, Moved>(
            broker,
            Addresses.LOG_MOVE,
            move ->
                new TopicIdPartition(
                    ANY_TOPIC_ID, move.partition().topic(), move.partition().partition()),
            MoveLogs::new,
            (move, error) -> new Moved(move.partition(), error.errorCode()))
        .ask(List.copyOf(moves(request).values()))
        .map(
            moved -> {
              AlterReplicaLogDirsResponse response = new AlterReplicaLogDirsResponse();
              Map<String, AlterReplicaLogDirTopicResult> topics = new LinkedHashMap<>();
              moved.forEach(each -> add(response, topics, each.partition(), each.error()));
              return Reply.of(response);
            });
  }

  private static Map<TopicPartition, Move> moves(AlterReplicaLogDirsRequest request) {
    Map<TopicPartition, Move> moves = new LinkedHashMap<>();
    for (AlterReplicaLogDir directory : request.dirs()) {
      for (AlterReplicaLogDirTopic topic : directory.topics()) {
        for (int index : topic.partitions()) {
          TopicPartition partition = new TopicPartition(topic.name(), index);
          moves.put(partition, new Move(partition, directory.path()));
        }
      }
    }
    return moves;
  }

  private static void add(
      AlterReplicaLogDirsResponse response,
      Map<String, AlterReplicaLogDirTopicResult> topics,
      TopicPartition partition,
      ErrorCode error) {
    topics
        .computeIfAbsent(
            partition.topic(),
            name -> {
              var topic = new AlterReplicaLogDirTopicResult().topicName(name);
              response.results().add(topic);
              return topic;
            })
        .partitions()
        .add(
            new AlterReplicaLogDirPartitionResult()
                .partitionIndex(partition.partition())
                .errorCode(error.code()));
  }

  @Override
  public ApiMessage errorResponse(AlterReplicaLogDirsRequest request, ApiException error) {
    AlterReplicaLogDirsResponse response = new AlterReplicaLogDirsResponse();
    Map<String, AlterReplicaLogDirTopicResult> topics = new LinkedHashMap<>();
    moves(request)
        .keySet()
        .forEach(partition -> add(response, topics, partition, error.errorCode()));
    return response;
  }
}
