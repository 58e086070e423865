package io.gofka.raft;

import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * How the quorum does, as one replica sees it. Only the leader knows of others.
 *
 * @param leaderNodeId empty when none is known
 * @param highWatermark first index that is not known to be committed
 * @param logStartIndex first index that is still in the log
 * @param logEndIndex the index that the next entry gets
 * @param voters the configuration in use, committed or not
 * @param replicas the leader itself and those it sends to; empty when this one doesn't lead
 */
public record QuorumState(
    Role role,
    long term,
    String leaderNodeId,
    long highWatermark,
    long logStartIndex,
    long logEndIndex,
    VoterSet voters,
    List<Replica> replicas) {
  /** Nothing was heard of a replica yet. */
  public static final long NEVER_MS = Long.MIN_VALUE;

  /** In place of the directory of a voter that is not bound and was not heard yet. */
  public static final UUID UNKNOWN_DIRECTORY = new UUID(0, 0);

  /** The roles of a replica; {@link RaftCore} says how they follow each other. */
  public enum Role {
    FOLLOWER,
    PRE_CANDIDATE,
    CANDIDATE,
    LEADER,
    /** Its storage has failed: it does nothing any more. */
    FAILED
  }

  public QuorumState {
    Objects.requireNonNull(role, "role");
    replicas = List.copyOf(replicas);
  }

  /**
   * A replica as its leader knows it.
   *
   * @param logEndIndex the first index that it is not known to have; 0 when nothing is known
   * @param lastFetchMs monotonic time at which it last answered; now for the leader itself
   * @param lastCaughtUpMs monotonic time at which it last had all that the leader had then
   */
  public record Replica(
      ReplicaKey key, boolean voter, long logEndIndex, long lastFetchMs, long lastCaughtUpMs) {}
}
