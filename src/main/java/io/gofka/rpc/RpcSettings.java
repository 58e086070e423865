package io.gofka.rpc;

import io.gofka.common.HostPort;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How a node talks to others.
 *
 * @param bind where it listens; port 0 takes one that is free
 * @param controllers where controllers may be found; needed only by a node that is none itself
 * @param followsMetadata whether the node gets the metadata from a controller elsewhere, because it
 *     is none itself
 * @param initialBackoffMs pause before a node is dialled again; it doubles with each try
 * @param maxReconnectionRetries tries after which a node is reported as gone
 * @param serverTls what makes the server's connections secure
 * @param clientTls what makes connections to other nodes secure
 */
public record RpcSettings(
    HostPort bind,
    List<HostPort> controllers,
    boolean followsMetadata,
    long initialBackoffMs,
    int maxReconnectionRetries,
    UnaryOperator<HttpServerOptions> serverTls,
    UnaryOperator<HttpClientOptions> clientTls) {
  public RpcSettings {
    controllers = List.copyOf(controllers);
    if (followsMetadata && controllers.isEmpty()) {
      throw new IllegalArgumentException("no controller is named that could be followed");
    }
  }

  /** In clear text. */
  public RpcSettings(
      HostPort bind,
      List<HostPort> controllers,
      boolean followsMetadata,
      long initialBackoffMs,
      int maxReconnectionRetries) {
    this(
        bind,
        controllers,
        followsMetadata,
        initialBackoffMs,
        maxReconnectionRetries,
        UnaryOperator.identity(),
        UnaryOperator.identity());
  }
}
