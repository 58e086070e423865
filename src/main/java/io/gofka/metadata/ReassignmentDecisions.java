package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Moves of partitions to other replicas (KIP-455). A partition on the move has both its old and its
 * new replicas; when the new ones are in sync, which its leader tells, {@link PartitionChange} lets
 * the old ones go.
 */
final class ReassignmentDecisions {
  private final TopicRules topicRules;

  ReassignmentDecisions(TopicRules topicRules) {
    this.topicRules = topicRules;
  }

  /**
   * @throws ApiException POLICY_VIOLATION when too many partitions are named
   */
  Decision<List<PartitionOutcome>> alter(ClusterImage image, AlterPartitionReassignments command) {
    RequestLimits.check(command.moves().size());
    List<MetadataRecord> records = new ArrayList<>();
    List<PartitionOutcome> results = new ArrayList<>();
    Set<TopicPartition> seen = new HashSet<>();
    for (Move move : command.moves()) {
      TopicPartition partition = move.partition();
      try {
        if (!seen.add(partition)) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, partition + " stands twice in the request");
        }
        TopicImage topic = TopicRules.topicOf(image, partition);
        PartitionImage state = topic.partitions().get(partition.partition());
        PartitionChange change = new PartitionChange(state, topicRules.of(image, topic.name()));
        Optional<PartitionImage> next =
            move.replicas().isPresent()
                ? begin(image, partition, state, change, move.replicas().get(), command)
                : cancel(partition, state, change);
        next.ifPresent(
            after -> records.add(new PartitionChanged(topic.id(), partition.partition(), after)));
        results.add(PartitionOutcome.done(partition));
      } catch (ApiException refused) {
        results.add(PartitionOutcome.refused(partition, refused.errorCode(), refused.getMessage()));
      }
    }
    return new Decision<>(records, results);
  }

  private static Optional<PartitionImage> begin(
      ClusterImage image,
      TopicPartition partition,
      PartitionImage state,
      PartitionChange change,
      List<Integer> target,
      AlterPartitionReassignments command) {
    check(image, partition, target);
    List<Integer> original = withoutAll(state.replicas(), state.addingReplicas());
    if (!command.allowReplicationFactorChange() && target.size() != original.size()) {
      throw new ApiException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "%s has the replication factor %d; %s would change it"
              .formatted(partition, original.size(), target));
    }
    // What an earlier move was about to add and this one doesn't want goes like an old replica: it
    // may be in sync by now, and even lead.
    List<Integer> adding = withoutAll(target, original);
    List<Integer> removing = withoutAll(state.replicas(), target);
    List<Integer> all = new ArrayList<>(target);
    all.addAll(removing);
    return change.withReplicas(all, adding, removing).result();
  }

  private static void check(ClusterImage image, TopicPartition partition, List<Integer> target) {
    String why = null;
    if (target.isEmpty()) {
      why = "a partition needs at least one replica";
    } else if (new HashSet<>(target).size() < target.size()) {
      why = "a broker stands twice in " + target;
    } else {
      for (int id : target) {
        if (!image.brokers().containsKey(id)) {
          why = "no broker " + id + " of " + target + " is registered";
        }
      }
    }
    if (why != null) {
      throw new ApiException(ErrorCode.INVALID_REPLICA_ASSIGNMENT, partition + ": " + why);
    }
  }

  private static Optional<PartitionImage> cancel(
      TopicPartition partition, PartitionImage state, PartitionChange change) {
    if (!state.isReassigning()) {
      throw new ApiException(
          ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, partition + " is not being reassigned");
    }
    List<Integer> original = withoutAll(state.replicas(), state.addingReplicas());
    if (withoutAll(state.isr(), state.addingReplicas()).isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_REPLICA_ASSIGNMENT,
          "%s can't go back to %s: none of these is in sync, only %s"
              .formatted(partition, original, state.isr()));
    }
    // What is in sync may be needed until enough of the old ones are.
    List<Integer> all = new ArrayList<>(original);
    all.addAll(state.addingReplicas());
    return change.withReplicas(all, List.of(), state.addingReplicas()).result();
  }

  private static List<Integer> withoutAll(List<Integer> ids, List<Integer> gone) {
    return ids.stream().filter(id -> !gone.contains(id)).toList();
  }
}
