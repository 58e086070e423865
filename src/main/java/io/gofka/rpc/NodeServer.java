package io.gofka.rpc;

import com.google.protobuf.MessageLite;
import io.gofka.raft.NodeStatus;
import io.gofka.rpc.NodeMethods.Method;
import io.gofka.rpc.proto.HelloReply;
import io.gofka.rpc.proto.HelloRequest;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where other nodes connect to. Only who has greeted may do anything else, may send large messages,
 * and may stay; so that a stranger costs a connection for some seconds and some kilobytes.
 */
final class NodeServer {
  private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);

  private static final Set<String> CONTENT_TYPES =
      Set.of("application/grpc", "application/grpc+proto");

  private static final String IDENTITY = "identity";

  /** Who is at the other end of a connection. */
  private static final class Guest {
    private long greetingTimer = -1;
    private final Set<Runnable> closers = new LinkedHashSet<>();
    private Optional<NodeStatus> node = Optional.empty();
  }

  private final Vertx vertx;
  private final RpcSettings settings;
  private final Greetings greetings;
  private final Consumer<NodeStatus> signsOfLife;
  private final GrpcServer forStrangers;
  private final GrpcServer forNodes;
  private final Map<HttpConnection, Guest> guests = new HashMap<>();
  private final Map<String, BiConsumer<HttpServerRequest, NodeStatus>> byHand = new HashMap<>();
  private HttpServer http;

  /**
   * @param signsOfLife told of each node that has greeted
   */
  NodeServer(
      Vertx vertx, RpcSettings settings, Greetings greetings, Consumer<NodeStatus> signsOfLife) {
    this.vertx = vertx;
    this.settings = settings;
    this.greetings = greetings;
    this.signsOfLife = signsOfLife;
    this.forStrangers = GrpcServer.server(vertx, options(Limits.MAX_GREETING_BYTES));
    this.forNodes = GrpcServer.server(vertx, options(Limits.MAX_MESSAGE_BYTES));
    forStrangers.callHandler(NodeMethods.HELLO.server(), this::onHello);
  }

  private static GrpcServerOptions options(int maxMessageBytes) {
    return new GrpcServerOptions()
        .setMaxMessageSize(maxMessageBytes)
        .removeEnabledProtocol(GrpcProtocol.WEB)
        .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
        .removeEnabledProtocol(GrpcProtocol.TRANSCODING);
  }

  /** Adds a call for nodes that have greeted; before {@link #listen}. */
  <Q extends MessageLite, R extends MessageLite> void serve(
      Method<Q, R> method, Handler<GrpcServerRequest<Q, R>> handler) {
    forNodes.callHandler(method.server(), handler);
  }

  /**
   * The same for a call whose messages are read and written by hand, in the form of gRPC.
   *
   * @param handler gets the request, and who has sent it
   */
  void serve(String path, BiConsumer<HttpServerRequest, NodeStatus> handler) {
    byHand.put(path, handler);
  }

  Future<Void> listen() {
    http =
        vertx
            .createHttpServer(settings.serverTls().apply(httpOptions()))
            .connectionHandler(this::onConnection)
            .requestHandler(this::onRequest)
            .exceptionHandler(
                broken -> LOG.debug("Somebody doesn't speak the language of nodes", broken));
    return http.listen(settings.bind().port(), settings.bind().host()).mapEmpty();
  }

  private static HttpServerOptions httpOptions() {
    return new HttpServerOptions()
        .setHttp2ClearTextEnabled(true)
        .setTcpNoDelay(true)
        .setReadIdleTimeout(Limits.IDLE_TIMEOUT_MS)
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setMaxHeaderSize(Limits.MAX_HEADER_BYTES)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(Limits.MAX_STREAMS_PER_CONNECTION)
                .setInitialWindowSize(Limits.STREAM_WINDOW_BYTES)
                .setMaxFrameSize(Limits.MAX_FRAME_BYTES)
                .setMaxHeaderListSize(Limits.MAX_HEADER_BYTES));
  }

  int actualPort() {
    return http.actualPort();
  }

  Future<Void> close() {
    return http == null ? Future.succeededFuture() : http.close();
  }

  /** Who has sent a request; nobody but nodes that have greeted gets that far. */
  NodeStatus sender(GrpcServerRequest<?, ?> request) {
    return guests.get(request.connection()).node.orElseThrow();
  }

  /**
   * Calls back when the connection of a stream is no more: a stream whose other side has said all
   * that it has to say isn't told.
   */
  void onClosed(GrpcServerRequest<?, ?> stream, Runnable closer) {
    onClosed(stream.connection(), closer);
  }

  /** Calls back when the connection is no more. */
  void onClosed(HttpConnection connection, Runnable closer) {
    Guest guest = guests.get(connection);
    if (guest == null) {
      closer.run();
    } else {
      guest.closers.add(closer);
    }
  }

  /** The stream has ended, and nobody needs to be called back. */
  void forget(GrpcServerRequest<?, ?> stream, Runnable closer) {
    Guest guest = guests.get(stream.connection());
    if (guest != null) {
      guest.closers.remove(closer);
    }
  }

  private void onConnection(HttpConnection connection) {
    if (guests.size() >= Limits.MAX_CONNECTIONS) {
      LOG.debug("No more than {} connections are accepted", Limits.MAX_CONNECTIONS);
      connection.close();
      return;
    }
    Guest guest = new Guest();
    guests.put(connection, guest);
    guest.greetingTimer = vertx.setTimer(Limits.GREETING_TIMEOUT_MS, late -> connection.close());
    connection.exceptionHandler(
        broken -> LOG.debug("The connection to {} broke", connection.remoteAddress(), broken));
    connection.closeHandler(
        v -> {
          vertx.cancelTimer(guest.greetingTimer);
          guests.remove(connection);
          List.copyOf(guest.closers).forEach(Runnable::run);
        });
  }

  private void onRequest(HttpServerRequest request) {
    Guest guest = guests.get(request.connection());
    String contentType = request.getHeader("content-type");
    if (guest == null
        || request.version() != HttpVersion.HTTP_2
        || contentType == null
        || !CONTENT_TYPES.contains(contentType)) {
      request.connection().close(); // Nothing that a node would say.
      return;
    }
    String encoding = request.getHeader(GrpcHeaderNames.GRPC_ENCODING);
    if (encoding != null && !encoding.equals(IDENTITY)) {
      // A few bytes could become gigabytes. Nodes don't compress.
      refuse(request, GrpcStatus.UNIMPLEMENTED, "messages are not compressed");
      return;
    }
    request.headers().set(GrpcHeaderNames.GRPC_ENCODING, IDENTITY);
    if (request.path().equals(NodeMethods.HELLO.path())) {
      forStrangers.handle(request);
    } else if (guest.node.isEmpty()) {
      refuse(request, GrpcStatus.FAILED_PRECONDITION, "greet first");
    } else if (byHand.containsKey(request.path())) {
      byHand.get(request.path()).accept(request, guest.node.get());
    } else {
      forNodes.handle(request);
    }
  }

  private static void refuse(HttpServerRequest request, GrpcStatus status, String message) {
    request
        .response()
        .putHeader("content-type", "application/grpc")
        .putHeader(GrpcHeaderNames.GRPC_STATUS, status.toString())
        .putHeader(GrpcHeaderNames.GRPC_MESSAGE, message)
        .end();
    request.response().reset();
  }

  private void onHello(GrpcServerRequest<HelloRequest, HelloReply> stream) {
    HttpConnection connection = stream.connection();
    IncomingCall<HelloRequest, HelloReply> call = new IncomingCall<>(this, stream);
    stream.handler(
        greeting -> {
          NodeStatus other = Forms.status(greeting.getStatus());
          greetings
              .reply(greeting, String.valueOf(connection.remoteAddress()))
              .onComplete(
                  reply -> {
                    if (!reply.hasRefusal()) {
                      welcome(connection, other);
                    }
                    call.end(reply);
                  },
                  call::fail);
        });
  }

  private void welcome(HttpConnection connection, NodeStatus other) {
    Guest guest = guests.get(connection);
    if (guest == null) {
      return;
    }
    vertx.cancelTimer(guest.greetingTimer);
    if (guest.node.isEmpty()) {
      connection.setWindowSize(Limits.WINDOW_BYTES);
    }
    guest.node = Optional.of(other);
    signsOfLife.accept(other);
  }
}
