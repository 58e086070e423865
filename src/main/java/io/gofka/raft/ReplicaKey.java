package io.gofka.raft;

import java.util.Comparator;
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
  private static final Comparator<ReplicaKey> ORDER =
      Comparator.comparing(ReplicaKey::nodeId).thenComparing(ReplicaKey::directoryId);

  public ReplicaKey {
    Objects.requireNonNull(nodeId, "nodeId");
    Objects.requireNonNull(directoryId, "directoryId");
  }

  @Override
  public int compareTo(ReplicaKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return nodeId + "@" + directoryId;
  }
}
