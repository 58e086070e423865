package io.gofka.network;

import java.util.Map;

/**
 * How the Kafka listener treats its connections.
 *
 * @param listener its name
 * @param host address to bind
 * @param port 0 for any free one
 * @param maxRequestBytes largest frame ({@code socket.request.max.bytes})
 * @param queuedRequestBytes bound on request bytes in memory, for the node ({@code
 *     queued.max.request.bytes})
 * @param maxIdleMs a connection without any request for so long is closed ({@code
 *     connections.max.idle.ms}); negative: never
 * @param maxConnections of the node ({@code max.connections})
 * @param maxConnectionsPerIp from one address ({@code max.connections.per.ip})
 * @param maxConnectionsPerIpOverrides by textual address ({@code max.connections.per.ip.overrides})
 * @param sendBufferBytes of the socket, -1 for the system's ({@code socket.send.buffer.bytes})
 * @param receiveBufferBytes of the socket, -1 for the system's ({@code
 *     socket.receive.buffer.bytes})
 * @param backlog connections waiting to be accepted ({@code socket.listen.backlog.size})
 */
public record ListenerSettings(
    String listener,
    String host,
    int port,
    int maxRequestBytes,
    long queuedRequestBytes,
    long maxIdleMs,
    int maxConnections,
    int maxConnectionsPerIp,
    Map<String, Integer> maxConnectionsPerIpOverrides,
    int sendBufferBytes,
    int receiveBufferBytes,
    int backlog) {
  public ListenerSettings {
    maxConnectionsPerIpOverrides = Map.copyOf(maxConnectionsPerIpOverrides);
  }
}
