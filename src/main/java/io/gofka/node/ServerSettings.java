package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node is and where it stands: the keys below {@code server.}, explained in {@link
 * NodeKeys}.
 *
 * @param nodeId its name
 * @param id the number by which Kafka clients know it; empty when the controllers give it one
 * @param address host name under which other nodes reach it
 * @param port of gRPC, for other nodes
 * @param dataDir where it keeps what is its own: metadata, its id, its lock
 * @param logDirs where the records of partitions lie; at least one
 * @param peers controllers by node id, as configured; a controller without peers stands there alone
 */
public record ServerSettings(
    String nodeId,
    OptionalInt id,
    String address,
    int port,
    Set<Role> roles,
    Path dataDir,
    List<Path> logDirs,
    int maxReconnectionRetries,
    long initialBackoffMs,
    SortedMap<String, HostPort> peers) {

  public ServerSettings {
    roles = Set.copyOf(roles);
    logDirs = List.copyOf(logDirs);
    peers = Collections.unmodifiableSortedMap(new TreeMap<>(peers));
  }

  public boolean isController() {
    return roles.contains(Role.CONTROLLER);
  }

  public boolean isBroker() {
    return roles.contains(Role.BROKER);
  }

  /** Whether it is a controller that is to be a quorum of one. */
  public boolean isAlone() {
    return isController() && peers.keySet().equals(Set.of(nodeId));
  }

  /**
   * Where it listens for other nodes. The name they know may lead here by way of somebody else, so
   * only a name of this machine itself says on which address.
   */
  public HostPort bindAddress() {
    boolean loopback = address.equals("localhost") || address.matches("127\\..*|::1");
    return loopback ? hostPort() : new HostPort("0.0.0.0", port);
  }

  /** Where other nodes reach it. */
  public HostPort hostPort() {
    return new HostPort(address, port);
  }
}
