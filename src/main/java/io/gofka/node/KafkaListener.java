package io.gofka.node;

import io.gofka.api.ApiRegistry;
import io.gofka.config.BrokerConfig;
import io.gofka.config.Listener;
import io.gofka.network.KafkaServerVerticle;
import io.gofka.network.ListenerSettings;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicInteger;

/** One configured listener: the settings its verticles share, and the port it got. */
final class KafkaListener {
  /**
   * Share of the direct memory that requests may take when {@code queued.max.request.bytes} says
   * nothing.
   */
  private static final int DIRECT_MEMORY_SHARE = 4;

  /**
   * To Vert.x, servers of one negative port are one server on a port that the system chooses; with
   * 0 each data loop would get a port of its own.
   */
  private static final AtomicInteger NEXT_CHOSEN_PORT = new AtomicInteger(-1);

  private final BrokerConfig config;
  private final Listener listener;
  private final KafkaServerVerticle.Shared shared;
  private final int portToBind;
  private int actualPort;

  KafkaListener(BrokerConfig config, Listener listener) {
    this.config = config;
    this.listener = listener;
    this.portToBind = listener.port() == 0 ? NEXT_CHOSEN_PORT.getAndDecrement() : listener.port();
    this.actualPort = listener.port();
    this.shared = new KafkaServerVerticle.Shared(settings());
  }

  /** Another verticle of this listener, for another data loop. */
  KafkaServerVerticle on(ApiRegistry apis, int loops) {
    return new KafkaServerVerticle(settings(), shared, apis, loops);
  }

  /** The listener is bound, to this port. */
  void opened(int port) {
    actualPort = port;
  }

  private ListenerSettings settings() {
    long queuedBytes = config.queuedMaxRequestBytes();
    return new ListenerSettings(
        listener.name(),
        addressToBind(listener),
        portToBind,
        config.socketRequestMaxBytes(),
        queuedBytes > 0 ? queuedBytes : PlatformDependent.maxDirectMemory() / DIRECT_MEMORY_SHARE,
        config.connectionsMaxIdleMs(),
        config.maxConnections(),
        config.maxConnectionsPerIp(),
        config.maxConnectionsPerIpOverrides(),
        config.socketSendBufferBytes(),
        config.socketReceiveBufferBytes(),
        config.socketListenBacklogSize());
  }

  /** The listener with the port that it got. */
  Listener actual() {
    return new Listener(listener.name(), listener.host(), actualPort);
  }

  /** Where a client on this machine can connect to. */
  String bootstrapAddress() {
    String host = listener.anyInterface() ? "localhost" : listener.host();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + actualPort;
  }

  static String addressToBind(Listener listener) {
    return listener.host().isEmpty() ? "0.0.0.0" : listener.host();
  }

  Throwable asStartException(Throwable cause) {
    return asStartException(listener, cause);
  }

  /** What its owner can do about a listener that doesn't open, when there is something. */
  static Throwable asStartException(Listener listener, Throwable cause) {
    return BindFailure.reason(cause)
        .<Throwable>map(
            reason ->
                new StartException(
                    "The Kafka listener " + listener + " can't be opened: " + reason))
        .orElse(cause);
  }
}
