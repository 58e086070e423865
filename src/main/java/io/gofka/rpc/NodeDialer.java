package io.gofka.rpc;

import io.gofka.common.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import java.util.random.RandomGenerator;

/** Makes connections to other nodes. */
final class NodeDialer {
  private final Vertx vertx;
  private final RpcSettings settings;
  private final Greetings greetings;
  private final RandomGenerator random;
  private final HttpClientAgent agent;

  NodeDialer(Vertx vertx, RpcSettings settings, Greetings greetings, RandomGenerator random) {
    this.vertx = vertx;
    this.settings = settings;
    this.greetings = greetings;
    this.random = random;
    this.agent = vertx.createHttpClient(settings.clientTls().apply(options()));
  }

  private static HttpClientOptions options() {
    return new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false)
        .setTcpNoDelay(true)
        .setConnectTimeout(Limits.CONNECT_TIMEOUT_MS)
        .setReadIdleTimeout(Limits.IDLE_TIMEOUT_MS)
        .setIdleTimeoutUnit(java.util.concurrent.TimeUnit.MILLISECONDS)
        .setHttp2KeepAliveTimeout(0)
        .setHttp2ConnectionWindowSize(Limits.WINDOW_BYTES)
        .setInitialSettings(
            new Http2Settings()
                .setInitialWindowSize(Limits.STREAM_WINDOW_BYTES)
                .setMaxFrameSize(Limits.MAX_FRAME_BYTES)
                .setMaxHeaderListSize(Limits.MAX_HEADER_BYTES));
  }

  /** See {@link NodeConnection#open}. */
  Future<NodeConnection> dial(HostPort address, String toNodeId) {
    return NodeConnection.open(vertx, agent, address, greetings, toNodeId);
  }

  Backoff backoff() {
    return new Backoff(settings.initialBackoffMs(), Limits.MAX_BACKOFF_MS, random);
  }

  int maxReconnectionRetries() {
    return settings.maxReconnectionRetries();
  }

  Vertx vertx() {
    return vertx;
  }

  Future<Void> close() {
    return agent.close();
  }
}
