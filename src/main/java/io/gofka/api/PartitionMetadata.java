package io.gofka.api;

import io.gofka.api.RequestContext.Connection;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The partitions of a topic as a client that came through a certain listener sees them, in the form
 * of Metadata and as its versions want it.
 */
final class PartitionMetadata {
  /** For requests that came when all of these versions were there. */
  static final short LATEST = MetadataResponse.HIGHEST_VERSION;

  private static final short FIRST_WITH_ALL_REPLICAS = 1;
  private static final short FIRST_WITH_LISTENER_NOT_FOUND = 6;

  private PartitionMetadata() {}

  static List<MetadataResponsePartition> describe(
      TopicImage topic, ClusterImage image, Connection connection, short version) {
    List<MetadataResponsePartition> answer = new ArrayList<>(topic.partitions().size());
    for (int index = 0; index < topic.partitions().size(); index++) {
      answer.add(describe(topic, index, image, connection, version));
    }
    return answer;
  }

  /** Replicas on brokers that are gone or fenced. */
  static List<Integer> offline(PartitionImage partition, ClusterImage image) {
    return partition.replicas().stream()
        .filter(id -> image.broker(id).map(BrokerImage::fenced).orElse(true))
        .toList();
  }

  static MetadataResponsePartition describe(
      TopicImage topic, int index, ClusterImage image, Connection connection, short version) {
    PartitionImage partition = topic.partitions().get(index);
    MetadataResponsePartition answer =
        new MetadataResponsePartition()
            .partitionIndex(index)
            .leaderEpoch(partition.leaderEpoch())
            .replicaNodes(partition.replicas())
            .isrNodes(partition.isr())
            .offlineReplicas(offline(partition, image));
    Optional<ErrorCode> leaderError = leaderError(partition, image, connection, version);
    if (leaderError.isPresent()) {
      return answer.leaderId(PartitionImage.NO_LEADER).errorCode(leaderError.get().code());
    }
    answer.leaderId(partition.leader());
    if (version < FIRST_WITH_ALL_REPLICAS) {
      // Clients of that time take a replica without an address among the brokers for an error.
      answer.replicaNodes(online(partition.replicas(), answer.offlineReplicas()));
      answer.isrNodes(online(partition.isr(), answer.offlineReplicas()));
      if (!answer.offlineReplicas().isEmpty()) {
        answer.errorCode(ErrorCode.REPLICA_NOT_AVAILABLE.code());
      }
    }
    return answer;
  }

  private static Optional<ErrorCode> leaderError(
      PartitionImage partition, ClusterImage image, Connection connection, short version) {
    Optional<BrokerImage> leader = image.broker(partition.leader());
    if (leader.isEmpty()) {
      return Optional.of(ErrorCode.LEADER_NOT_AVAILABLE);
    }
    if (leader.get().endpoints().stream()
        .noneMatch(endpoint -> endpoint.listener().equals(connection.listener()))) {
      return Optional.of(
          version < FIRST_WITH_LISTENER_NOT_FOUND
              ? ErrorCode.LEADER_NOT_AVAILABLE
              : ErrorCode.LISTENER_NOT_FOUND);
    }
    return Optional.empty();
  }

  private static List<Integer> online(List<Integer> replicas, List<Integer> offline) {
    return replicas.stream().filter(id -> !offline.contains(id)).toList();
  }
}
