package io.gofka.metadata.image;

import java.util.List;

/**
 * One partition as the controllers agreed on it. Ids are those of brokers.
 *
 * @param replicas who has the partition or is to have it, the preferred leader first; while the
 *     partition is reassigned, those that come and those that go are among them
 * @param isr in-sync replicas, a subset of {@code replicas}
 * @param elr eligible leader replicas (KIP-966): not in sync any more, but known to have everything
 *     that was committed, because the ISR was smaller than min.insync.replicas ever since
 * @param lastKnownElr replicas that would be in the ELR if they had not restarted uncleanly; the
 *     last resort when nobody else is left
 * @param leader broker id, {@link #NO_LEADER} when nobody may lead
 * @param leaderEpoch grows with each change of leader
 * @param partitionEpoch grows with each change of anything here
 * @param addingReplicas of {@code replicas}, those that a reassignment adds
 * @param removingReplicas of {@code replicas}, those that go when all that are added are in sync
 */
public record PartitionImage(
    List<Integer> replicas,
    List<Integer> isr,
    List<Integer> elr,
    List<Integer> lastKnownElr,
    int leader,
    int leaderEpoch,
    int partitionEpoch,
    List<Integer> addingReplicas,
    List<Integer> removingReplicas,
    LeaderRecoveryState leaderRecoveryState) {
  public static final int NO_LEADER = -1;

  public PartitionImage {
    replicas = List.copyOf(replicas);
    isr = isr.equals(replicas) ? replicas : List.copyOf(isr); // Most of them; saves a list each.
    elr = List.copyOf(elr);
    lastKnownElr = List.copyOf(lastKnownElr);
    addingReplicas = List.copyOf(addingReplicas);
    removingReplicas = List.copyOf(removingReplicas);
    requireSubset("ISR", isr, replicas);
    requireSubset("ELR", elr, replicas);
    requireSubset("adding replicas", addingReplicas, replicas);
    requireSubset("removing replicas", removingReplicas, replicas);
    for (int id : elr) {
      if (isr.contains(id)) {
        throw new IllegalArgumentException(id + " is in the ISR " + isr + " and the ELR " + elr);
      }
    }
  }

  /** Neither reassigned nor short of in-sync replicas. */
  public PartitionImage(
      List<Integer> replicas, List<Integer> isr, int leader, int leaderEpoch, int partitionEpoch) {
    this(
        replicas,
        isr,
        List.of(),
        List.of(),
        leader,
        leaderEpoch,
        partitionEpoch,
        List.of(),
        List.of(),
        LeaderRecoveryState.RECOVERED);
  }

  public boolean hasLeader() {
    return leader != NO_LEADER;
  }

  /** The replica that leads when nothing stands against it. */
  public int preferredLeader() {
    return replicas.get(0);
  }

  /** Whether replicas are being added or removed. */
  public boolean isReassigning() {
    return !addingReplicas.isEmpty() || !removingReplicas.isEmpty();
  }

  private static void requireSubset(String what, List<Integer> some, List<Integer> replicas) {
    if (some != replicas && !replicas.containsAll(some)) {
      throw new IllegalArgumentException(
          what + " " + some + " is no subset of the replicas " + replicas);
    }
  }
}
