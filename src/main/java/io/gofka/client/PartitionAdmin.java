package io.gofka.client;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.TopicPartition;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import io.gofka.protocol.message.DescribeLogDirsRequest;
import io.gofka.protocol.message.DescribeLogDirsResponse;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import io.gofka.protocol.message.ElectLeadersRequest;
import io.gofka.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.gofka.protocol.message.ElectLeadersResponse;
import io.gofka.protocol.message.ListPartitionReassignmentsRequest;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where partitions lie, and orders to have that changed. All that is asked here may be asked twice,
 * and is, when a node goes away that was asked. Got from {@link ClusterAdmin#partitions}.
 */
public final class PartitionAdmin {
  private static final byte PREFERRED = 0;

  /** It leads already, or can't lead just now. */
  private static final Set<ErrorCode> NO_ELECTION =
      Set.of(ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);

  private final ClusterChannel channel;

  PartitionAdmin(ClusterChannel channel) {
    this.channel = channel;
  }

  /** All partitions, by topic and index. */
  public Future<List<PartitionState>> describe() {
    return channel
        .sendUntilAnswered(
            ApiKey.METADATA,
            version -> new MetadataRequest().topics(null).allowAutoTopicCreation(version < 4),
            MetadataResponse.class)
        .map(
            response -> {
              check(response.errorCode(), null);
              SortedMap<TopicPartition, PartitionState> states = new TreeMap<>();
              for (MetadataResponseTopic topic : response.topics()) {
                for (MetadataResponsePartition partition : topic.partitions()) {
                  TopicPartition name =
                      new TopicPartition(topic.name(), partition.partitionIndex());
                  states.put(
                      name,
                      new PartitionState(
                          name,
                          partition.leaderId(),
                          partition.replicaNodes(),
                          partition.isrNodes()));
                }
              }
              return List.copyOf(states.values());
            });
  }

  /** The partitions on the move. */
  public Future<Set<TopicPartition>> moving() {
    return channel
        .sendUntilAnswered(
            ApiKey.LIST_PARTITION_REASSIGNMENTS,
            version ->
                new ListPartitionReassignmentsRequest()
                    .topics(null)
                    .timeoutMs(channel.settings().requestTimeoutMs()),
            ListPartitionReassignmentsResponse.class)
        .map(
            response -> {
              check(response.errorCode(), response.errorMessage());
              Set<TopicPartition> moving = new HashSet<>();
              for (OngoingTopicReassignment topic : response.topics()) {
                for (OngoingPartitionReassignment partition : topic.partitions()) {
                  moving.add(new TopicPartition(topic.name(), partition.partitionIndex()));
                }
              }
              return moving;
            });
  }

  /**
   * How many bytes a replica of each partition has, the largest where they differ. What only
   * unreachable brokers have is not there.
   */
  public Future<Map<TopicPartition, Long>> sizes(Collection<HostPort> brokers) {
    Map<TopicPartition, Long> sizes = new TreeMap<>();
    List<Future<?>> asked = new ArrayList<>();
    for (HostPort broker : brokers) {
      asked.add(
          channel
              .ask(
                  broker,
                  ApiKey.DESCRIBE_LOG_DIRS,
                  version -> new DescribeLogDirsRequest().topics(null),
                  DescribeLogDirsResponse.class)
              .onSuccess(response -> add(response, sizes)));
    }
    return Future.join(asked).map(sizes).otherwise(sizes);
  }

  private static void add(DescribeLogDirsResponse response, Map<TopicPartition, Long> sizes) {
    for (DescribeLogDirsResult directory : response.results()) {
      for (DescribeLogDirsTopic topic : directory.topics()) {
        for (DescribeLogDirsPartition partition : topic.partitions()) {
          if (!partition.isFutureKey()) {
            sizes.merge(
                new TopicPartition(topic.name(), partition.partitionIndex()),
                partition.partitionSize(),
                Math::max);
          }
        }
      }
    }
  }

  /**
   * Lets partitions move; answered when that has begun, with those that were refused and why.
   *
   * @param targets where each is to be, the preferred leader first; empty gives its move up
   */
  public Future<Map<TopicPartition, ApiException>> reassign(
      Map<TopicPartition, Optional<List<Integer>>> targets) {
    SortedMap<String, ReassignableTopic> topics = new TreeMap<>();
    targets.forEach(
        (partition, replicas) ->
            topics
                .computeIfAbsent(partition.topic(), name -> new ReassignableTopic().name(name))
                .partitions()
                .add(
                    new ReassignablePartition()
                        .partitionIndex(partition.partition())
                        .replicas(replicas.orElse(null))));
    AlterPartitionReassignmentsRequest request =
        new AlterPartitionReassignmentsRequest()
            .timeoutMs(channel.settings().requestTimeoutMs())
            .topics(List.copyOf(topics.values()));
    return channel
        .sendUntilAnswered(
            ApiKey.ALTER_PARTITION_REASSIGNMENTS,
            version -> request,
            AlterPartitionReassignmentsResponse.class)
        .map(
            response -> {
              check(response.errorCode(), response.errorMessage());
              Map<TopicPartition, ApiException> refused = new TreeMap<>();
              for (ReassignableTopicResponse topic : response.responses()) {
                for (ReassignablePartitionResponse partition : topic.partitions()) {
                  ErrorCode error = ErrorCode.of(partition.errorCode());
                  if (error != ErrorCode.NONE) {
                    refused.put(
                        new TopicPartition(topic.name(), partition.partitionIndex()),
                        new ApiException(error, text(error, partition.errorMessage())));
                  }
                }
              }
              return refused;
            });
  }

  /** Gives the lead of partitions to their preferred leaders, of those that are in sync. */
  public Future<Map<TopicPartition, ApiException>> electPreferred(
      Collection<TopicPartition> partitions) {
    SortedMap<String, TopicPartitions> topics = new TreeMap<>();
    partitions.forEach(
        partition ->
            topics
                .computeIfAbsent(partition.topic(), name -> new TopicPartitions().topic(name))
                .partitions()
                .add(partition.partition()));
    ElectLeadersRequest request =
        new ElectLeadersRequest()
            .topicPartitions(List.copyOf(topics.values()))
            .timeoutMs(channel.settings().requestTimeoutMs());
    return channel
        .sendUntilAnswered(
            ApiKey.ELECT_LEADERS,
            version -> version >= 1 ? request.electionType(PREFERRED) : request,
            ElectLeadersResponse.class)
        .map(
            response -> {
              check(response.errorCode(), null);
              Map<TopicPartition, ApiException> refused = new TreeMap<>();
              for (var topic : response.replicaElectionResults()) {
                for (var partition : topic.partitionResult()) {
                  ErrorCode error = ErrorCode.of(partition.errorCode());
                  if (error != ErrorCode.NONE && !NO_ELECTION.contains(error)) {
                    refused.put(
                        new TopicPartition(topic.topic(), partition.partitionId()),
                        new ApiException(error, text(error, partition.errorMessage())));
                  }
                }
              }
              return refused;
            });
  }

  static String text(ErrorCode error, String message) {
    return message == null ? error.toString() : message;
  }

  static void check(short errorCode, String message) {
    ErrorCode error = ErrorCode.of(errorCode);
    if (error != ErrorCode.NONE) {
      throw new ApiException(error, text(error, message));
    }
  }
}
