package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * A voter as the configuration knows it.
 *
 * @param nodeId name of the node
 * @param directoryId the only directory that votes under this name; empty as long as it is not
 *     bound: then a directory on which the quorum was formed votes under it
 * @param address where other nodes reach it
 */
public record Voter(String nodeId, Optional<UUID> directoryId, HostPort address) {
  public Voter {
    Objects.requireNonNull(nodeId, "nodeId");
    Objects.requireNonNull(directoryId, "directoryId");
    Objects.requireNonNull(address, "address");
  }

  /**
   * Whether a replica votes with this voter's name.
   *
   * @param formed whether the replica took part in forming the quorum on its directory
   */
  boolean isVotedBy(ReplicaKey replica, boolean formed) {
    return nodeId.equals(replica.nodeId())
        && directoryId.map(bound -> bound.equals(replica.directoryId())).orElse(formed);
  }

  Voter boundTo(UUID directory) {
    return new Voter(nodeId, Optional.of(directory), address);
  }

  Voter at(HostPort newAddress) {
    return new Voter(nodeId, directoryId, newAddress);
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof Voter that
        && nodeId.equals(that.nodeId)
        && directoryId.equals(that.directoryId)
        && address.equals(that.address);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * nodeId.hashCode() + directoryId.hashCode()) + address.hashCode();
  }
}
