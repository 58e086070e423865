package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.Objects;

/**
 * What a replica is told about itself, and the bounds of what it does.
 *
 * @param address where other nodes reach it; the configuration follows when it changes
 * @param electionTimeoutMs a follower that hears no leader for this long stands for election after
 *     another random time of at most as much; a leader that hears no majority for this long gives
 *     up
 * @param heartbeatMs how often a leader says that it is there when it has nothing else to say
 * @param maxAppendBytes payload in one append, unless a single entry has more
 * @param maxInflightAppends appends with entries that may be on their way to one replica
 * @param snapshotChunkBytes content in one chunk of a snapshot
 * @param maxSnapshotBytes a leader that offers a larger snapshot is not believed
 * @param entriesKeptBehindSnapshot entries kept in front of a snapshot's end, so that a replica
 *     which is only a little behind doesn't need the snapshot
 * @param maxUncommittedEntries proposals that may wait for their commit, or for the leader's own
 *     disk; more are refused
 * @param maxUncommittedBytes payload of these, unless a single one has more
 * @param maxPendingReads reads that may wait for a majority; more are refused
 * @param maxObservers replicas without a vote that a leader serves; others are ignored
 * @param catchUpTimeoutMs within this time a new voter must have caught up
 */
public record RaftSettings(
    ReplicaKey self,
    HostPort address,
    long electionTimeoutMs,
    long heartbeatMs,
    int maxAppendBytes,
    int maxInflightAppends,
    int snapshotChunkBytes,
    long maxSnapshotBytes,
    int entriesKeptBehindSnapshot,
    int maxUncommittedEntries,
    long maxUncommittedBytes,
    int maxPendingReads,
    int maxObservers,
    long catchUpTimeoutMs) {

  public RaftSettings {
    Objects.requireNonNull(self, "self");
    Objects.requireNonNull(address, "address");
    if (heartbeatMs < 1 || electionTimeoutMs < 2 * heartbeatMs) {
      throw new IllegalArgumentException(
          "an election timeout of %d ms needs heartbeats of at most half of it, not %d ms"
              .formatted(electionTimeoutMs, heartbeatMs));
    }
    if (maxAppendBytes < 1 || maxInflightAppends < 1 || snapshotChunkBytes < 1) {
      throw new IllegalArgumentException("nothing could be sent");
    }
  }

  /** The bounds that fit a quorum of controllers. */
  public static RaftSettings of(
      ReplicaKey self, HostPort address, long electionTimeoutMs, long heartbeatMs) {
    return new RaftSettings(
        self,
        address,
        electionTimeoutMs,
        heartbeatMs,
        1024 * 1024,
        64,
        1024 * 1024,
        1024L * 1024 * 1024,
        1000,
        10_000,
        64L * 1024 * 1024,
        10_000,
        64,
        60_000);
  }
}
