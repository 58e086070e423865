package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a node is and where it stands: the keys below {@code server.}, explained in {@link
 * NodeKeys}.
 *
 * @param nodeId its name
 * @param id the number by which Kafka clients know it
 * @param address host name under which other nodes reach it
 * @param port of gRPC, for other nodes
 * @param dataDir where it keeps what is its own: metadata, its id, its lock
 * @param logDirs where the records of partitions lie; at least one
 * @param peers controllers by node id, the node itself included
 */
public record ServerSettings(
    String nodeId,
    int id,
    String address,
    int port,
    Set<Role> roles,
    Path dataDir,
    List<Path> logDirs,
    int maxReconnectionRetries,
    long initialBackoffMs,
    Map<String, HostPort> peers) {

  public ServerSettings {
    roles = Set.copyOf(roles);
    logDirs = List.copyOf(logDirs);
    peers = Map.copyOf(peers);
  }
}
