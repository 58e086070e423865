package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.CreatePartitions.Growth;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Where new partitions lie, and in which state they begin. */
final class PartitionDecisions {
  private final ReplicaPlacement placement;

  PartitionDecisions(RandomGenerator random) {
    this.placement = new ReplicaPlacement(random);
  }

  /**
   * @throws ApiException POLICY_VIOLATION when the request asks for more partitions than one change
   *     may make
   */
  Decision<List<CreatePartitions.Result>> create(ClusterImage image, CreatePartitions command) {
    Map<String, Integer> timesGiven = new HashMap<>();
    long count = 0;
    for (Growth growth : command.topics()) {
      timesGiven.merge(growth.topic(), 1, Integer::sum);
      int present = image.topic(growth.topic()).map(topic -> topic.partitions().size()).orElse(0);
      count += present == 0 ? 0 : Math.max(0, (long) growth.count() - present);
    }
    RequestLimits.check(count);
    RequestLimits.check(command.topics().size());

    List<CreatePartitions.Result> results = new ArrayList<>();
    List<MetadataRecord> records = new ArrayList<>();
    for (Growth growth : command.topics()) {
      try {
        if (timesGiven.get(growth.topic()) > 1) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "topic '" + growth.topic() + "' stands twice in the request");
        }
        records.addAll(grow(image, growth));
        results.add(new CreatePartitions.Result(growth.topic(), ErrorCode.NONE, Optional.empty()));
      } catch (ApiException refused) {
        results.add(
            new CreatePartitions.Result(
                growth.topic(), refused.errorCode(), Optional.of(refused.getMessage())));
      }
    }
    return command.validateOnly() ? Decision.unchanged(results) : new Decision<>(records, results);
  }

  /**
   * Replicas that the controller chooses.
   *
   * @throws ApiException INVALID_REPLICATION_FACTOR when there are not enough brokers
   */
  List<List<Integer>> place(ClusterImage image, int count, int replicationFactor) {
    return placement.place(image.brokers().values(), count, replicationFactor);
  }

  /**
   * Replicas that somebody has chosen, when they can be so.
   *
   * @param replicationFactor that they must have; 0 when they must only have the same
   * @throws ApiException INVALID_REPLICA_ASSIGNMENT when they can't
   */
  List<List<Integer>> checkAssignments(
      ClusterImage image, List<List<Integer>> assignments, int replicationFactor) {
    int expected = replicationFactor == 0 ? assignments.get(0).size() : replicationFactor;
    for (List<Integer> replicas : assignments) {
      if (replicas.isEmpty()) {
        throw notAssignable("a partition needs at least one replica");
      }
      if (new HashSet<>(replicas).size() < replicas.size()) {
        throw notAssignable("a broker stands twice in " + replicas);
      }
      for (int brokerId : replicas) {
        if (!image.brokers().containsKey(brokerId)) {
          throw notAssignable("no broker " + brokerId + " of " + replicas + " is registered");
        }
      }
      if (replicas.size() != expected) {
        throw notAssignable(
            "%s are %d replicas, other partitions of the topic have %d"
                .formatted(replicas, replicas.size(), expected));
      }
    }
    return assignments;
  }

  /**
   * The state in which a partition begins: all replicas are in sync, since all are empty.
   *
   * @throws ApiException INVALID_REPLICA_ASSIGNMENT when no broker of them is there to lead
   */
  PartitionImage firstState(ClusterImage image, int partition, List<Integer> replicas) {
    List<Integer> isr = replicas.stream().filter(image::isActive).toList();
    if (isr.isEmpty()) {
      throw notAssignable(
          "all brokers of partition %d, %s, are fenced or in controlled shutdown"
              .formatted(partition, replicas));
    }
    return new PartitionImage(replicas, isr, isr.get(0), 0, 0);
  }

  private List<MetadataRecord> grow(ClusterImage image, Growth growth) {
    TopicImage topic =
        image
            .topic(growth.topic())
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        "there is no topic '" + growth.topic() + "'"));
    int present = topic.partitions().size();
    if (growth.count() <= present) {
      throw new ApiException(
          ErrorCode.INVALID_PARTITIONS,
          "topic '%s' has %d partitions; %d would not be more"
              .formatted(growth.topic(), present, growth.count()));
    }
    int more = growth.count() - present;
    int replicationFactor = topic.partitions().get(0).replicas().size();
    List<List<Integer>> placed = replicas(image, growth, more, replicationFactor);
    List<MetadataRecord> records = new ArrayList<>(more);
    for (int i = 0; i < more; i++) {
      int partition = present + i;
      PartitionImage state = firstState(image, partition, placed.get(i));
      records.add(new PartitionCreated(topic.id(), partition, state));
    }
    return records;
  }

  private List<List<Integer>> replicas(
      ClusterImage image, Growth growth, int more, int replicationFactor) {
    if (growth.assignments().isEmpty()) {
      return place(image, more, replicationFactor);
    }
    List<List<Integer>> assignments = growth.assignments().get();
    if (assignments.size() != more) {
      throw notAssignable(
          "%d more partitions need as many assignments, not %d"
              .formatted(more, assignments.size()));
    }
    return checkAssignments(image, assignments, replicationFactor);
  }

  private static ApiException notAssignable(String message) {
    return new ApiException(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
}
