package io.gofka.raft;

import io.gofka.common.Uuids;
import java.util.Objects;
import java.util.UUID;

/**
 * One copy of the log: a node together with the directory that holds it. A node whose directory was
 * emptied comes back as another replica, and so can't vote twice in a term or be counted for
 * entries that it no longer has (KIP-853).
 *
 * @param nodeId name of the node
 * @param directoryId made with its metadata directory
 */
public record ReplicaKey(String nodeId, UUID directoryId) implements Comparable<ReplicaKey> {
  public ReplicaKey {
    Objects.requireNonNull(nodeId, "nodeId");
    Objects.requireNonNull(directoryId, "directoryId");
  }

  @Override
  public int compareTo(ReplicaKey other) {
    int byName = nodeId.compareTo(other.nodeId);
    return byName != 0 ? byName : directoryId.compareTo(other.directoryId);
  }

  @Override
  public String toString() {
    return nodeId + "@" + Uuids.toBase64(directoryId);
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof ReplicaKey that
        && nodeId.equals(that.nodeId)
        && directoryId.equals(that.directoryId);
  }

  @Override
  public int hashCode() {
    return 31 * nodeId.hashCode() + directoryId.hashCode();
  }
}
