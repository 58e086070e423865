package io.gofka.cli;

import io.gofka.client.ScriptedNode;
import io.gofka.client.ScriptedNode.Asked;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.gofka.protocol.message.DescribeLogDirsResponse;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.PartitionData;
import io.gofka.protocol.message.DescribeQuorumResponse.TopicData;
import io.gofka.protocol.message.ElectLeadersRequest;
import io.gofka.protocol.message.ElectLeadersResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node of a cluster with brokers 1 to 3 and a topic {@code t}, whose partitions move when they
 * are told to: a copy is done when it was asked for often enough.
 */
final class ScriptedPartitions {
  private static final ApiKey[] OFFERED = {
    ApiKey.DESCRIBE_CLUSTER,
    ApiKey.DESCRIBE_QUORUM,
    ApiKey.METADATA,
    ApiKey.DESCRIBE_LOG_DIRS,
    ApiKey.ALTER_PARTITION_REASSIGNMENTS,
    ApiKey.LIST_PARTITION_REASSIGNMENTS,
    ApiKey.ELECT_LEADERS,
    ApiKey.INCREMENTAL_ALTER_CONFIGS
  };

  final ScriptedNode node;

  /** Where each partition is, by its index. */
  final SortedMap<Integer, List<Integer>> replicas = new TreeMap<>();

  /** Who leads, where that isn't the first replica. */
  final SortedMap<Integer, Integer> leaders = new TreeMap<>();

  /** Where those on the move are to be. */
  final SortedMap<Integer, List<Integer>> moving = new TreeMap<>();

  /** Settings of topics and brokers, as {@code resource name}. */
  final SortedMap<String, String> settings = new TreeMap<>();

  final List<Integer> elected = new ArrayList<>();
  final List<Integer> givenUp = new ArrayList<>();
  Optional<Integer> refused = Optional.empty();
  Optional<Integer> fenced = Optional.empty();
  int pollsUntilDone = 1;
  volatile int mostAtOnce;
  boolean everThrottled;

  /** Whether each broker was asked for its own settings only. */
  boolean alone = true;

  private int polls;

  ScriptedPartitions(Vertx vertx) throws Exception {
    node =
        new ScriptedNode(
            vertx,
            asked -> {
              if (asked.key() == ApiKey.API_VERSIONS) {
                asked.offer(0, Short.MAX_VALUE, OFFERED);
              } else {
                asked.answer(response(asked));
              }
            });
  }

  private synchronized ApiMessage response(Asked asked) {
    return switch (asked.key()) {
      case DESCRIBE_CLUSTER -> cluster();
      case DESCRIBE_QUORUM -> quorum();
      case METADATA -> metadata();
      case DESCRIBE_LOG_DIRS -> sizes();
      case LIST_PARTITION_REASSIGNMENTS -> moving();
      case ALTER_PARTITION_REASSIGNMENTS ->
          reassign((AlterPartitionReassignmentsRequest) asked.request());
      case ELECT_LEADERS -> elect((ElectLeadersRequest) asked.request());
      case INCREMENTAL_ALTER_CONFIGS -> alter((IncrementalAlterConfigsRequest) asked.request());
      default -> throw new IllegalStateException("nobody asks for " + asked.key());
    };
  }

  private DescribeClusterResponse cluster() {
    DescribeClusterResponse response = new DescribeClusterResponse().clusterId("c");
    for (int id = 1; id <= 3; id++) {
      response
          .brokers()
          .add(
              new DescribeClusterBroker()
                  .brokerId(id)
                  .isFenced(fenced.equals(Optional.of(id)))
                  .host(node.address().host())
                  .port(node.address().port()));
    }
    return response.endpointType((byte) 1);
  }

  private static DescribeQuorumResponse quorum() {
    TopicData topic = new TopicData().topicName("__cluster_metadata");
    topic.partitions().add(new PartitionData().errorMessage(null).leaderId(1));
    DescribeQuorumResponse response = new DescribeQuorumResponse().errorMessage(null);
    response.topics().add(topic);
    return response;
  }

  private MetadataResponse metadata() {
    MetadataResponseTopic topic = new MetadataResponseTopic().name("t");
    replicas.forEach(
        (index, ids) ->
            topic
                .partitions()
                .add(
                    new MetadataResponsePartition()
                        .partitionIndex(index)
                        .leaderId(leaders.getOrDefault(index, ids.get(0)))
                        .replicaNodes(ids)
                        .isrNodes(ids)));
    MetadataResponse response = new MetadataResponse();
    response.topics().add(topic);
    return response;
  }

  private DescribeLogDirsResponse sizes() {
    DescribeLogDirsTopic topic = new DescribeLogDirsTopic().name("t");
    replicas
        .keySet()
        .forEach(
            index ->
                topic
                    .partitions()
                    .add(new DescribeLogDirsPartition().partitionIndex(index).partitionSize(2048)));
    DescribeLogDirsResult directory = new DescribeLogDirsResult().logDir("/data");
    directory.topics().add(topic);
    DescribeLogDirsResponse response = new DescribeLogDirsResponse();
    response.results().add(directory);
    return response;
  }

  private ListPartitionReassignmentsResponse moving() {
    if (!moving.isEmpty() && ++polls >= pollsUntilDone) {
      replicas.putAll(moving);
      moving.clear();
    }
    ListPartitionReassignmentsResponse response =
        new ListPartitionReassignmentsResponse().errorMessage(null);
    OngoingTopicReassignment topic = new OngoingTopicReassignment().name("t");
    moving
        .keySet()
        .forEach(
            index ->
                topic.partitions().add(new OngoingPartitionReassignment().partitionIndex(index)));
    if (!moving.isEmpty()) {
      response.topics().add(topic);
    }
    return response;
  }

  private AlterPartitionReassignmentsResponse reassign(AlterPartitionReassignmentsRequest request) {
    ReassignableTopicResponse topic = new ReassignableTopicResponse().name("t");
    everThrottled |= !settings.isEmpty();
    for (var partition : request.topics().get(0).partitions()) {
      int index = partition.partitionIndex();
      ErrorCode error = ErrorCode.NONE;
      if (partition.replicas() == null) {
        moving.remove(index);
        givenUp.add(index);
        // As real ones do: those that stay come in the order of the goal that is given up.
        replicas.put(index, replicas.get(index).stream().sorted().toList());
      } else if (refused.filter(one -> one == index).isPresent()) {
        error = ErrorCode.INVALID_REPLICA_ASSIGNMENT;
      } else if (Set.copyOf(replicas.get(index)).equals(Set.copyOf(partition.replicas()))) {
        replicas.put(index, partition.replicas()); // There is nothing to copy.
      } else {
        moving.put(index, partition.replicas());
      }
      topic
          .partitions()
          .add(
              new ReassignablePartitionResponse()
                  .partitionIndex(index)
                  .errorCode(error.code())
                  .errorMessage(null));
    }
    polls = 0;
    mostAtOnce = Math.max(mostAtOnce, moving.size());
    AlterPartitionReassignmentsResponse response =
        new AlterPartitionReassignmentsResponse().errorMessage(null);
    response.responses().add(topic);
    return response;
  }

  private ElectLeadersResponse elect(ElectLeadersRequest request) {
    request.topicPartitions().forEach(topic -> elected.addAll(topic.partitions()));
    return new ElectLeadersResponse();
  }

  private IncrementalAlterConfigsResponse alter(IncrementalAlterConfigsRequest request) {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
    request
        .resources()
        .forEach(
            resource -> {
              resource
                  .configs()
                  .forEach(
                      config -> {
                        String name = resource.resourceName() + " " + config.name();
                        if (config.configOperation() == 1) {
                          settings.remove(name);
                        } else {
                          settings.put(name, config.value());
                        }
                      });
              boolean ofBroker = resource.resourceType() == 4;
              alone &= !ofBroker || request.resources().size() == 1;
              response
                  .responses()
                  .add(
                      new AlterConfigsResourceResponse()
                          .resourceType(resource.resourceType())
                          .resourceName(resource.resourceName())
                          .errorMessage(null));
            });
    return response;
  }

  /** How many replicas each broker has. */
  Map<Integer, Integer> counts() {
    Map<Integer, Integer> counts = new HashMap<>();
    replicas.values().forEach(ids -> ids.forEach(id -> counts.merge(id, 1, Integer::sum)));
    return counts;
  }

  static TopicPartition partition(int index) {
    return new TopicPartition("t", index);
  }
}
