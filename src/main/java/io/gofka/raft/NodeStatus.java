package io.gofka.raft;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a node is and what it knows of a cluster: what two nodes tell each other when they meet.
 *
 * @param clusterId empty while the node doesn't know one
 * @param nodeId its name
 * @param directoryId made with its metadata directory; an emptied directory gets another one
 * @param incarnationId made at the start of its process
 * @param address where other nodes reach it
 * @param standing how its metadata directory came to what it holds
 * @param formedWith for {@link Standing#FORMED}: the directories that were there when it formed the
 *     quorum, by node id, its own included
 * @param peers the controllers it is configured with, by node id; empty for none
 * @param leaderNodeId name of the active controller as far as it knows, empty for none
 */
public record NodeStatus(
    String clusterId,
    String nodeId,
    UUID directoryId,
    UUID incarnationId,
    Set<Role> roles,
    HostPort address,
    Standing standing,
    SortedMap<String, UUID> formedWith,
    SortedMap<String, HostPort> peers,
    String leaderNodeId) {

  /** How a metadata directory came to what it holds. */
  public enum Standing {
    /** It is empty, and belongs to no quorum. */
    NEW,
    /** Its node took part in the first start of a quorum. */
    FORMED,
    /** Its node came to a cluster that was there already. */
    JOINED
  }

  public NodeStatus {
    Objects.requireNonNull(clusterId, "clusterId");
    Objects.requireNonNull(leaderNodeId, "leaderNodeId");
    roles = Set.copyOf(roles);
    formedWith = sorted(formedWith);
    peers = sorted(peers);
  }

  private static <V> SortedMap<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /** Asks a node about itself. */
  public record Asked() {}
}
