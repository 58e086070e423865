package io.gofka.network;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections the node has, in all and from each address. The one thing that the data
 * loops share besides the bus: a count has to be right at the moment a connection is accepted.
 */
final class ConnectionQuota {
  private final int maxConnections;
  private final int maxPerIp;
  private final Map<String, Integer> maxPerIpOverrides;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> perIp = new ConcurrentHashMap<>();

  /**
   * @param maxConnections {@code max.connections}
   * @param maxPerIp {@code max.connections.per.ip}
   * @param maxPerIpOverrides {@code max.connections.per.ip.overrides}: by textual address
   */
  ConnectionQuota(int maxConnections, int maxPerIp, Map<String, Integer> maxPerIpOverrides) {
    this.maxConnections = maxConnections;
    this.maxPerIp = maxPerIp;
    this.maxPerIpOverrides = Map.copyOf(maxPerIpOverrides);
  }

  /** Takes a place for a connection; says which limit stands against it when there is none. */
  Optional<String> admit(InetAddress address) {
    if (connections.incrementAndGet() > maxConnections) {
      connections.decrementAndGet();
      return Optional.of("max.connections is " + maxConnections);
    }
    int limit = maxPerIpOverrides.getOrDefault(address.getHostAddress(), maxPerIp);
    if (perIp.merge(address, 1, Integer::sum) > limit) {
      release(address);
      return Optional.of("max.connections.per.ip is " + limit + " for this address");
    }
    return Optional.empty();
  }

  /** Gives the place of an admitted connection back. */
  void release(InetAddress address) {
    connections.decrementAndGet();
    perIp.computeIfPresent(address, (ip, count) -> count == 1 ? null : count - 1);
  }

  int connections() {
    return connections.get();
  }
}
