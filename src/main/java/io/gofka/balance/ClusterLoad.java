package io.gofka.balance;

import io.gofka.common.TopicPartition;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Brokers, and what each of them has.
 *
 * @param partitions each with replicas on some of the brokers, or on ones that nobody knows any
 *     more
 */
public record ClusterLoad(List<Member> brokers, List<Placement> partitions) {
  /** What may be done with a broker. */
  public enum Part {
    /** It takes part: replicas come to it and go from it. */
    SHARES,
    /** It is out of reach: it keeps what it has and gets nothing. */
    KEEPS,
    /** It is to be empty at the end. */
    LEAVES
  }

  /** A broker. */
  public record Member(int id, Optional<String> rack, Part part) {}

  /**
   * A partition.
   *
   * @param replicas the preferred leader first
   * @param bytes of one replica; 0 when nobody knows
   * @param fixed whether it must stay as it is, because it is on the move already or nobody leads
   *     it
   */
  public record Placement(
      TopicPartition partition, List<Integer> replicas, long bytes, boolean fixed) {
    public Placement {
      replicas = List.copyOf(replicas);
      if (replicas.isEmpty() || new HashSet<>(replicas).size() < replicas.size() || bytes < 0) {
        throw new IllegalArgumentException(partition + " on " + replicas + ", " + bytes + " bytes");
      }
    }
  }

  public ClusterLoad {
    brokers = List.copyOf(brokers);
    partitions = List.copyOf(partitions);
  }
}
