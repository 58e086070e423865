package io.gofka.metadata.image;

import java.util.List;

/**
 * One partition as the controllers agreed on it.
 *
 * @param replicas broker ids, the preferred leader first
 * @param isr in-sync replicas, a subset of {@code replicas}
 * @param leader broker id, {@link #NO_LEADER} when nobody may lead
 * @param leaderEpoch grows with each change of leader
 * @param partitionEpoch grows with each change of anything here
 */
public record PartitionImage(
    List<Integer> replicas, List<Integer> isr, int leader, int leaderEpoch, int partitionEpoch) {
  public static final int NO_LEADER = -1;

  public PartitionImage {
    replicas = List.copyOf(replicas);
    isr = List.copyOf(isr);
    if (!replicas.containsAll(isr)) {
      throw new IllegalArgumentException(
          "ISR " + isr + " is no subset of the replicas " + replicas);
    }
  }
}
