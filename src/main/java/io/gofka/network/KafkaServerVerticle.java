package io.gofka.network;

import io.gofka.api.ApiRegistry;
import io.gofka.api.LogLimiter;
import io.gofka.api.RequestContext.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Kafka listener on one data loop. Every data loop has one; they share the port, and
 * connections go round them.
 *
 * <p>Stopping accepts nobody any more, lets the requests that were read finish ({@link
 * #DRAIN_TIMEOUT_MS}), and closes.
 */
public final class KafkaServerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaServerVerticle.class);

  /** How long requests may take to finish when the node stops. */
  static final long DRAIN_TIMEOUT_MS = 2_000;

  /** A frame that stops half-way may hold request memory that others wait for only so long. */
  static final long STALLED_FRAME_MS = 10_000;

  private static final long SWEEP_INTERVAL_MS = 1_000;

  private final ListenerSettings settings;
  private final ConnectionQuota quota;
  private final ApiRegistry registry;
  private final RequestMemory memory;
  private final RequestReader requests;
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private final ConnectionIds ids;
  private final LogLimiter closings = new LogLimiter(LOG);
  private final LogLimiter refusals = new LogLimiter(LOG);

  private NetServer server;
  private Promise<Void> drained;

  /** What all listeners of a node share. */
  public static final class Shared {
    private final ConnectionQuota quota;
    private final ConnectionIds ids = new ConnectionIds();

    public Shared(ListenerSettings settings) {
      this.quota =
          new ConnectionQuota(
              settings.maxConnections(),
              settings.maxConnectionsPerIp(),
              settings.maxConnectionsPerIpOverrides());
    }

    /** Client connections that are open now, on all loops. */
    public int connections() {
      return quota.connections();
    }
  }

  /**
   * @param loops number of data loops that share the node's request memory
   */
  public KafkaServerVerticle(
      ListenerSettings settings, Shared shared, ApiRegistry registry, int loops) {
    this.settings = settings;
    this.quota = shared.quota;
    this.ids = shared.ids;
    this.registry = registry;
    this.memory = new RequestMemory(Math.max(1, settings.queuedRequestBytes() / loops));
    this.requests = new RequestReader(registry);
  }

  @Override
  public Future<?> start() {
    NetServerOptions options =
        new NetServerOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setAcceptBacklog(settings.backlog());
    vertx.setPeriodic(SWEEP_INTERVAL_MS, timer -> sweep());
    server = vertx.createNetServer(options).connectHandler(this::onConnect);
    return server.listen();
  }

  /** The port that is bound, also when the settings left the choice to the system. */
  public int actualPort() {
    return server.actualPort();
  }

  private void onConnect(NetSocket accepted) {
    NetSocketInternal socket = (NetSocketInternal) accepted;
    ChannelHandlerContext channel = socket.channelHandlerContext();
    if (!(channel.channel().remoteAddress() instanceof InetSocketAddress remote)
        || !(channel.channel().localAddress() instanceof InetSocketAddress local)
        || drained != null) {
      socket.close(); // Gone before it was looked at, or we are about to go.
      return;
    }
    Optional<String> refusal = quota.admit(remote.getAddress());
    if (refusal.isPresent()) {
      refusals.info(nowMs(), "Refusing a connection of {}: {}", remote, refusal.get());
      socket.close();
      return;
    }
    register(socket, channel, new Connection(ids.next(), settings.listener(), local, remote));
  }

  private void register(
      NetSocketInternal socket, ChannelHandlerContext channel, Connection identity) {
    ClientConnection connection =
        new ClientConnection(
            identity,
            channel,
            requests,
            memory,
            settings.maxRequestBytes(),
            registry.handlers(),
            closings,
            this::onClosed,
            KafkaServerVerticle::nowMs);
    connections.add(connection);
    sizeSocketBuffers(channel.channel().config());
    CongestionControl.choose(channel.channel());
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addBefore("handler", "frames", connection.decoder());
    if (pipeline.get(SslHandler.class) == null) {
      ChannelConfig config = channel.channel().config();
      config.setRecvByteBufAllocator(
          new FrameReadAllocator(connection.decoder(), config.getRecvByteBufAllocator()));
    }
    socket
        .messageHandler(frame -> connection.onFrame((ByteBuf) frame))
        .exceptionHandler(cause -> connection.onException(cause))
        .closeHandler(gone -> connection.onClosed());
  }

  /** Not through the server's options: those would also make every single read take so much. */
  private void sizeSocketBuffers(ChannelConfig config) {
    if (settings.sendBufferBytes() > 0) {
      config.setOption(ChannelOption.SO_SNDBUF, settings.sendBufferBytes());
    }
    if (settings.receiveBufferBytes() > 0) {
      config.setOption(ChannelOption.SO_RCVBUF, settings.receiveBufferBytes());
    }
  }

  private void onClosed(ClientConnection connection) {
    connections.remove(connection);
    quota.release(connection.identity().remote().getAddress());
    completeDrain();
  }

  /** Closes connections without a request for too long, and frames that hold up everybody else. */
  private void sweep() {
    closings.flush();
    refusals.flush();
    long nowMs = nowMs();
    List<ClientConnection> overdue = new ArrayList<>();
    for (ClientConnection connection : connections) {
      long silentMs = nowMs - connection.lastActivityMs();
      if (settings.maxIdleMs() >= 0 && silentMs > settings.maxIdleMs() && connection.idle()) {
        overdue.add(connection);
      } else if (memory.exhausted()
          && connection.waitsForRestOfFrame()
          && silentMs > STALLED_FRAME_MS) {
        overdue.add(connection);
      }
    }
    for (ClientConnection connection : overdue) {
      connection.close("silent for " + (nowMs - connection.lastActivityMs()) + " ms");
    }
  }

  @Override
  public Future<?> stop() {
    drained = Promise.promise();
    List.copyOf(connections).forEach(ClientConnection::drain);
    long timer = vertx.setTimer(DRAIN_TIMEOUT_MS, late -> drained.tryComplete());
    completeDrain();
    return drained
        .future()
        .onComplete(done -> vertx.cancelTimer(timer))
        .transform(done -> server.shutdown(0, TimeUnit.SECONDS));
  }

  private void completeDrain() {
    if (drained != null && connections.isEmpty()) {
      drained.tryComplete();
    }
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
