package io.gofka.rpc;

import com.google.protobuf.MessageLite;
import io.gofka.common.ApiException;
import io.gofka.common.ConnectionFailure;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.NodeStatus;
import io.gofka.rpc.NodeMethods.Method;
import io.gofka.rpc.proto.HelloReply;
import io.gofka.rpc.proto.HelloRequest;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.client.impl.GrpcClientImpl;
import java.net.ConnectException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to another node, after both have said who they are. It is asked again and again
 * whether it still works; when it doesn't, it is closed.
 */
final class NodeConnection {
  private static final Logger LOG = LoggerFactory.getLogger(NodeConnection.class);

  private static final Buffer PING = Buffer.buffer("are you?");

  private final Vertx vertx;
  private final HostPort address;
  private final HttpClientConnection http;
  private final GrpcClient grpc;
  private final Promise<Void> closed = Promise.promise();
  private final Set<Promise<?>> unanswered = new LinkedHashSet<>();
  private long pingTimer = -1;
  private NodeStatus remote;
  private Leaders.Known leader = Leaders.Known.NOBODY;

  private NodeConnection(Vertx vertx, HostPort address, HttpClientConnection http) {
    this.vertx = vertx;
    this.address = address;
    this.http = http;
    this.grpc =
        new GrpcClientImpl(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(Limits.MAX_MESSAGE_BYTES),
            http,
            false) {};
    http.exceptionHandler(broken -> LOG.debug("The connection to {} broke", address, broken));
    http.closeHandler(v -> end());
  }

  /**
   * Connects and greets.
   *
   * <p>Fails with BROKER_NOT_AVAILABLE when nobody listens (its cause says whether the machine
   * refused, see {@link #isRefusal}), REQUEST_TIMED_OUT when nothing comes back, and as {@link
   * Greetings} says when the other side, or this one, wants no connection.
   */
  static Future<NodeConnection> open(
      Vertx vertx, HttpClientAgent agent, HostPort address, Greetings greetings, String toNodeId) {
    HttpConnectOptions options =
        new HttpConnectOptions()
            .setHost(address.host())
            .setPort(address.port())
            .setConnectTimeout(Limits.CONNECT_TIMEOUT_MS);
    return greetings
        .request(toNodeId)
        .compose(
            greeting ->
                connect(agent, options)
                    .recover(cause -> Future.failedFuture(new NotConnected(address, cause)))
                    .compose(
                        http ->
                            new NodeConnection(vertx, address, http)
                                .greet(greetings, greeting, toNodeId)));
  }

  /**
   * Also in time when the other side's kernel takes the connection and its process, which stands
   * still, doesn't say a word of HTTP/2.
   */
  private static Future<HttpClientConnection> connect(
      HttpClientAgent agent, HttpConnectOptions options) {
    Future<HttpClientConnection> connected = agent.connect(options);
    Future<HttpClientConnection> inTime =
        connected.timeout(Limits.CONNECT_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    inTime.onFailure(late -> connected.onSuccess(HttpClientConnection::close));
    return inTime;
  }

  private Future<NodeConnection> greet(
      Greetings greetings, HelloRequest greeting, String toNodeId) {
    return call(NodeMethods.HELLO, greeting, Limits.HELLO_TIMEOUT_MS)
        .compose(reply -> greetings.onReply(address, toNodeId, reply).map(reply))
        .map(this::welcomed)
        .onFailure(refused -> close());
  }

  private NodeConnection welcomed(HelloReply reply) {
    remote = Forms.status(reply.getStatus());
    leader = Forms.leader(reply.getStatus().getLeader());
    pingTimer = vertx.setPeriodic(Limits.PING_INTERVAL_MS, id -> ping());
    return this;
  }

  /** TCP alone would take a quarter of an hour to notice that a cable was cut. */
  private void ping() {
    long deadline = vertx.setTimer(Limits.PING_TIMEOUT_MS, late -> close());
    http.ping(PING).onComplete(done -> vertx.cancelTimer(deadline));
  }

  /** Who is there. */
  NodeStatus remote() {
    return remote;
  }

  /** The active controller, as far as the other side knew at the greeting. */
  Leaders.Known leader() {
    return leader;
  }

  HostPort address() {
    return address;
  }

  boolean isOpen() {
    return !closed.future().isComplete();
  }

  /** Completes when the connection is no more, whoever closed it. */
  Future<Void> closed() {
    return closed.future();
  }

  void close() {
    // Whoever waits is told at once; the socket may take its time when the other side is silent.
    http.shutdown(0, TimeUnit.MILLISECONDS);
    end();
  }

  private void end() {
    vertx.cancelTimer(pingTimer);
    closed.tryComplete();
    List.copyOf(unanswered).forEach(one -> one.tryFail(unknownFate("the connection broke")));
  }

  /** Begins a stream. A failure says that nothing was sent. */
  <Q extends MessageLite, R extends MessageLite> Future<GrpcClientRequest<Q, R>> stream(
      Method<Q, R> method) {
    return grpc.request(method.client());
  }

  /** Begins a stream whose messages are read and written by hand, in the form of gRPC. */
  Future<HttpClientRequest> streamByHand(String path) {
    return http.request(
            new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(address.host())
                .setPort(address.port())
                .setURI(path))
        .map(
            request ->
                request
                    .setChunked(true) // Its length isn't known, as HTTP/1 would say it.
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
                    .putHeader("te", "trailers"));
  }

  /**
   * One request, one reply. Fails with {@link NotSent} when it has not left this node; whatever
   * else goes wrong, nobody knows what the other side has done with it: REQUEST_TIMED_OUT.
   */
  <Q extends MessageLite, R extends MessageLite> Future<R> call(
      Method<Q, R> method, Q request, long timeoutMs) {
    Promise<R> answer = Promise.promise();
    stream(method)
        .onComplete(
            call -> ask(call, request, Math.max(1, timeoutMs), answer),
            cause -> answer.tryFail(new NotSent(address, cause)));
    return answer.future();
  }

  private <Q, R> void ask(
      GrpcClientRequest<Q, R> call, Q request, long timeoutMs, Promise<R> answer) {
    unanswered.add(answer);
    long timer =
        vertx.setTimer(
            timeoutMs,
            late -> {
              if (answer.tryFail(unknownFate("no answer in " + timeoutMs + " ms"))) {
                call.cancel();
              }
            });
    answer
        .future()
        .onComplete(
            done -> {
              unanswered.remove(answer);
              vertx.cancelTimer(timer);
            });
    call.timeout(timeoutMs, TimeUnit.MILLISECONDS);
    Promise<Void> written = Promise.promise();
    call.exceptionHandler(broken -> fail(answer, broken, written.future()));
    call.write(request).onComplete(written);
    call.end();
    replies(call)
        .compose(GrpcClientResponse::last)
        .onComplete(answer::tryComplete, broken -> fail(answer, broken, written.future()));
  }

  /**
   * Of a message that the machine has not taken as a whole the other side has nothing that it could
   * act on. When only the end of the stream was cut off, it has.
   */
  private void fail(Promise<?> answer, Throwable broken, Future<Void> written) {
    written.onComplete(
        done -> answer.tryFail(unknownFate(broken.toString())),
        cut -> answer.tryFail(new NotSent(address, cut)));
  }

  /**
   * What comes back. Compressed messages are refused: a few bytes could become gigabytes, and nodes
   * don't compress.
   */
  static <Q, R> Future<GrpcClientResponse<Q, R>> replies(GrpcClientRequest<Q, R> call) {
    return call.response()
        .compose(
            response -> {
              String encoding = response.encoding();
              if (encoding == null || encoding.equals("identity")) {
                return Future.succeededFuture(response);
              }
              call.cancel();
              return Future.failedFuture("messages are encoded as " + encoding);
            });
  }

  private ApiException unknownFate(String why) {
    return new ApiException(ErrorCode.REQUEST_TIMED_OUT, address + ": " + why);
  }

  /** Whether a dial failed because the machine is there and no process listens. */
  static boolean isRefusal(Throwable failure) {
    return failure instanceof NotConnected notConnected && notConnected.refused;
  }

  /** There is no connection. */
  static final class NotConnected extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean refused;

    NotConnected(HostPort address, Throwable cause) {
      super(address + ": " + ConnectionFailure.reason(cause), cause, false, false);
      this.refused =
          cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
    }

    boolean timedOut() {
      return getCause() instanceof ConnectTimeoutException
          || getCause() instanceof TimeoutException;
    }
  }

  /** The request has not left this node, or not all of it. */
  static final class NotSent extends Exception {
    private static final long serialVersionUID = 1L;

    NotSent(HostPort address, Throwable cause) {
      super(address + ": " + ConnectionFailure.reason(cause), cause, false, false);
    }
  }
}
