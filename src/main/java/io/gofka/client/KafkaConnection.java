package io.gofka.client;

import io.gofka.client.ClientException.Kind;
import io.gofka.common.ConnectionFailure;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.RequestHeader;
import io.gofka.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntFunction;

/**
 * One connection to one node. Requests are answered in the order in which they were sent, so one
 * that isn't answered in time ends the connection.
 *
 * <p>Confined to the Vert.x context on which it was opened: everything is called there, and
 * completes there.
 */
public final class KafkaConnection {
  private static final String SOFTWARE_NAME = "gofka";
  private static final int SIZE_BYTES = Integer.BYTES;
  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  private final Vertx vertx;
  private final NetSocketInternal socket;
  private final HostPort address;
  private final ClientSettings settings;
  private final Deque<Pending> sent = new ArrayDeque<>();
  private final Deque<Pending> waiting = new ArrayDeque<>();
  private NodeApis apis = NodeApis.NONE;
  private int nextCorrelationId;
  private boolean closed;

  /** A request, and who waits for its answer. */
  private record Pending(
      ApiKey key,
      short version,
      int correlationId,
      ApiMessage request,
      Promise<ApiMessage> answer,
      long timer) {}

  private KafkaConnection(
      Vertx vertx, NetSocketInternal socket, HostPort address, ClientSettings settings) {
    this.vertx = vertx;
    this.socket = socket;
    this.address = address;
    this.settings = settings;
  }

  /** What a {@link NetClient} for such connections needs. */
  public static NetClientOptions options(ClientSettings settings) {
    return new NetClientOptions()
        .setConnectTimeout(settings.connectTimeoutMs())
        .setTcpNoDelay(true)
        .setTcpKeepAlive(true);
  }

  /**
   * Connects, and asks the node what it offers. Called on a Vert.x context.
   *
   * <p>Fails with a {@link ClientException}.
   */
  public static Future<KafkaConnection> open(
      Vertx vertx, NetClient net, HostPort address, ClientSettings settings) {
    return net.connect(address.port(), address.host())
        .recover(
            cause ->
                Future.failedFuture(
                    new ClientException(
                        Kind.UNREACHABLE, address + ": " + ConnectionFailure.reason(cause))))
        .compose(
            socket -> {
              KafkaConnection connection =
                  new KafkaConnection(vertx, (NetSocketInternal) socket, address, settings);
              connection.listen();
              return connection.negotiate(ApiKey.API_VERSIONS.highestVersion()).map(connection);
            });
  }

  private void listen() {
    socket
        .channelHandlerContext()
        .pipeline()
        .addBefore(
            "handler",
            "frames",
            new LengthFieldBasedFrameDecoder(
                settings.maxResponseBytes(), 0, SIZE_BYTES, 0, SIZE_BYTES));
    socket
        .messageHandler(frame -> onFrame((ByteBuf) frame))
        .exceptionHandler(cause -> close(Kind.DISCONNECTED, ConnectionFailure.reason(cause)))
        .closeHandler(gone -> close(Kind.DISCONNECTED, "the node has closed the connection"));
  }

  /** A version that the node doesn't know is answered in version 0, with those it knows. */
  private Future<Void> negotiate(short version) {
    ApiVersionsRequest request =
        new ApiVersionsRequest()
            .clientSoftwareName(SOFTWARE_NAME)
            .clientSoftwareVersion(softwareVersion());
    return send(ApiKey.API_VERSIONS, version, request, settings.requestTimeoutMs())
        .map(ApiVersionsResponse.class::cast)
        .compose(
            response -> {
              ErrorCode error = ErrorCode.of(response.errorCode());
              NodeApis offered = NodeApis.of(response);
              short next = offered.versionOr(ApiKey.API_VERSIONS, (short) 0);
              if (error == ErrorCode.UNSUPPORTED_VERSION && next < version) {
                return negotiate(next);
              }
              if (error != ErrorCode.NONE) {
                close(Kind.UNSUPPORTED, "it doesn't tell what it offers: " + error);
                return Future.failedFuture(failure(Kind.UNSUPPORTED, error.toString()));
              }
              apis = offered;
              return Future.succeededFuture();
            });
  }

  /** Only letters, digits, dots and dashes may stand there. */
  private static String softwareVersion() {
    String version = KafkaConnection.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version.replaceAll("[^a-zA-Z0-9.-]", "-");
  }

  /** Where the node is. */
  public HostPort address() {
    return address;
  }

  /**
   * Asks, in the highest version that both sides know.
   *
   * @param request makes the request for a version
   * @param responseClass of the response to {@code key}
   */
  public <R extends ApiMessage> Future<R> send(
      ApiKey key, IntFunction<? extends ApiMessage> request, Class<R> responseClass) {
    return send(key, request, responseClass, settings.requestTimeoutMs());
  }

  /** The same with a timeout of its own, for what may take the node longer. */
  public <R extends ApiMessage> Future<R> send(
      ApiKey key,
      IntFunction<? extends ApiMessage> request,
      Class<R> responseClass,
      int timeoutMs) {
    try {
      short version = apis.version(key);
      return send(key, version, request.apply(version), timeoutMs).map(responseClass::cast);
    } catch (ClientException unsupported) {
      return Future.failedFuture(failure(unsupported.kind(), unsupported.getMessage()));
    }
  }

  private Future<ApiMessage> send(ApiKey key, short version, ApiMessage request, int timeoutMs) {
    if (closed) {
      return Future.failedFuture(failure(Kind.UNREACHABLE, "the connection is closed"));
    }
    if (waiting.size() >= settings.maxWaiting() && sent.size() >= settings.maxInFlight()) {
      return Future.failedFuture(
          failure(Kind.UNREACHABLE, waiting.size() + " requests wait to be sent already"));
    }
    long timer =
        vertx.setTimer(
            timeoutMs,
            late -> close(Kind.TIMED_OUT, key.apiName() + " not answered in " + timeoutMs + " ms"));
    Promise<ApiMessage> answer = Promise.promise();
    waiting.add(new Pending(key, version, nextCorrelationId++, request, answer, timer));
    sendWaiting();
    return answer.future();
  }

  private void sendWaiting() {
    while (!closed && !waiting.isEmpty() && sent.size() < settings.maxInFlight()) {
      Pending pending = waiting.remove();
      try {
        write(pending);
        sent.add(pending);
      } catch (WireException unwritable) {
        vertx.cancelTimer(pending.timer);
        pending.answer.fail(failure(Kind.UNSUPPORTED, unwritable.getMessage()));
      }
    }
  }

  private void write(Pending pending) {
    ApiKey key = pending.key;
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(key.id())
            .requestApiVersion(pending.version)
            .correlationId(pending.correlationId)
            .clientId(settings.clientId());
    short headerVersion = key.requestHeaderVersion(pending.version);
    for (Object part : Wire.frame(HEAP, header, headerVersion, pending.request, pending.version)) {
      socket
          .writeMessage(part)
          .onFailure(cause -> close(Kind.DISCONNECTED, ConnectionFailure.reason(cause)));
    }
  }

  private void onFrame(ByteBuf frame) {
    // A copy that nobody has to release: what is read may refer to its buffer.
    ByteBuf response = Unpooled.copiedBuffer(frame);
    ReferenceCountUtil.release(frame);
    Pending pending = sent.poll();
    if (pending == null) {
      close(Kind.UNREADABLE, "an answer came that nobody had asked for");
      return;
    }
    vertx.cancelTimer(pending.timer);
    try {
      pending.answer.complete(read(response, pending));
    } catch (WireException | IndexOutOfBoundsException unreadable) {
      pending.answer.fail(
          failure(Kind.UNREADABLE, pending.key.apiName() + ": " + unreadable.getMessage()));
      close(Kind.DISCONNECTED, "an answer could not be read");
    }
    sendWaiting();
  }

  private static ApiMessage read(ByteBuf response, Pending pending) {
    short version = pending.version;
    ResponseHeader header =
        ResponseHeader.read(response, pending.key.responseHeaderVersion(version));
    if (header.correlationId() != pending.correlationId) {
      throw new WireException(
          "answer %d came for request %d".formatted(header.correlationId(), pending.correlationId));
    }
    if (pending.key == ApiKey.API_VERSIONS
        && response.getShort(response.readerIndex()) == ErrorCode.UNSUPPORTED_VERSION.code()) {
      version = 0;
    }
    ApiMessage message = pending.key.readResponse(response, version);
    Wire.requireNoneLeft(response, message, version);
    return message;
  }

  /** Closes the connection; whoever still waits is told so. */
  public Future<Void> close() {
    close(Kind.DISCONNECTED, "the connection is closed");
    return socket.close();
  }

  /** What was sent may have happened; what was not sent has not. */
  private void close(Kind kind, String reason) {
    if (closed) {
      return;
    }
    closed = true;
    socket.close().onFailure(gone -> {}); // It is gone either way.
    sent.forEach(pending -> fail(pending, kind, reason));
    sent.clear();
    waiting.forEach(pending -> fail(pending, Kind.UNREACHABLE, reason));
    waiting.clear();
  }

  private void fail(Pending pending, Kind kind, String reason) {
    vertx.cancelTimer(pending.timer);
    pending.answer.tryFail(failure(kind, reason));
  }

  private ClientException failure(Kind kind, String reason) {
    return new ClientException(kind, address + ": " + reason);
  }
}
