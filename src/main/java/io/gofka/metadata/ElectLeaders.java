package io.gofka.metadata;

import io.gofka.common.TopicPartition;
import java.util.List;
import java.util.Optional;

/**
 * Let partitions elect a leader now (KIP-460). Answered with one {@link PartitionOutcome} for each
 * partition asked for, in the same order; when all were meant, only with those whose leader changed
 * or that failed. Errors: ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE,
 * ELIGIBLE_LEADERS_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION.
 *
 * @param partitions empty for all there are
 */
public record ElectLeaders(
    ElectionType type, Optional<List<TopicPartition>> partitions, int timeoutMs)
    implements Command<List<PartitionOutcome>> {
  /** Which replica is to lead. */
  public enum ElectionType {
    /** The first of the replicas, if it is in sync. */
    PREFERRED(0),
    /** Where nobody leads, any live replica, though records may be lost. */
    UNCLEAN(1);

    private final byte code;

    ElectionType(int code) {
      this.code = (byte) code;
    }

    /** As Kafka's requests number it. */
    public byte code() {
      return code;
    }

    public static Optional<ElectionType> of(byte code) {
      return List.of(values()).stream().filter(type -> type.code == code).findFirst();
    }
  }

  public ElectLeaders {
    partitions = partitions.map(List::copyOf);
  }
}
