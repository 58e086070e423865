package io.gofka.metadata;

import io.gofka.common.TopicPartition;
import java.util.List;
import java.util.Optional;

/**
 * Move partitions to other replicas, or cancel such moves (KIP-455). Answered with one {@link
 * PartitionOutcome} for each move, in the same order: accepted, not finished; or
 * NO_REASSIGNMENT_IN_PROGRESS when there is nothing to cancel, INVALID_REPLICA_ASSIGNMENT,
 * INVALID_REPLICATION_FACTOR, UNKNOWN_TOPIC_OR_PARTITION.
 *
 * @param allowReplicationFactorChange whether a partition may end up with more or fewer replicas
 *     than it had (KIP-860)
 */
public record AlterPartitionReassignments(
    List<Move> moves, boolean allowReplicationFactorChange, int timeoutMs)
    implements Command<List<PartitionOutcome>> {
  /**
   * @param replicas where the partition is to be, the preferred leader first; empty cancels the
   *     move that is under way
   */
  public record Move(TopicPartition partition, Optional<List<Integer>> replicas) {
    public Move {
      replicas = replicas.map(List::copyOf);
    }
  }

  public AlterPartitionReassignments {
    moves = List.copyOf(moves);
  }
}
