package io.gofka.raft.storage;

import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.VoterSet;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a metadata directory is: made at its first start, and kept as long as it is.
 *
 * @param directoryId tells it from another directory that the same node had or will have
 * @param clusterId empty while the node doesn't know it
 * @param firstVoters with which the quorum was formed, for {@link Standing#FORMED}
 * @param formedWith the directories that were there then, by node id
 */
public record ReplicaIdentity(
    UUID directoryId,
    String clusterId,
    Standing standing,
    Optional<VoterSet> firstVoters,
    SortedMap<String, UUID> formedWith) {

  public ReplicaIdentity {
    Objects.requireNonNull(directoryId, "directoryId");
    Objects.requireNonNull(clusterId, "clusterId");
    formedWith = Collections.unmodifiableSortedMap(new TreeMap<>(formedWith));
    if ((standing == Standing.FORMED) != firstVoters.isPresent()) {
      throw new IllegalArgumentException(
          "a directory that is %s with first voters %s".formatted(standing, firstVoters));
    }
  }

  /** Of an empty directory. */
  public static ReplicaIdentity of(UUID newDirectoryId) {
    return new ReplicaIdentity(
        newDirectoryId, "", Standing.NEW, Optional.empty(), Collections.emptySortedMap());
  }

  /**
   * The quorum is formed.
   *
   * @param directories that are there, this one included, by node id
   */
  public ReplicaIdentity formed(VoterSet voters, SortedMap<String, UUID> directories) {
    return new ReplicaIdentity(
        directoryId, clusterId, Standing.FORMED, Optional.of(voters), directories);
  }

  /** The node came to a cluster. */
  public ReplicaIdentity joined() {
    return new ReplicaIdentity(
        directoryId, clusterId, Standing.JOINED, Optional.empty(), Collections.emptySortedMap());
  }

  /** The node has learnt to which cluster it belongs. */
  public ReplicaIdentity of(String knownClusterId) {
    return new ReplicaIdentity(directoryId, knownClusterId, standing, firstVoters, formedWith);
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof ReplicaIdentity that
        && directoryId.equals(that.directoryId)
        && clusterId.equals(that.clusterId)
        && standing == that.standing
        && firstVoters.equals(that.firstVoters)
        && formedWith.equals(that.formedWith);
  }

  @Override
  public int hashCode() {
    return 31 * directoryId.hashCode() + clusterId.hashCode();
  }
}
