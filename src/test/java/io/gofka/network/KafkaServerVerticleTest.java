package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.api.ApiHandler;
import io.gofka.api.ApiRegistry;
import io.gofka.api.Reply;
import io.gofka.api.RequestContext;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.HeartbeatResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The listener on real sockets, with handlers that the test answers for. */
@Timeout(30)
class KafkaServerVerticleTest {
  private final Vertx vertx = Vertx.vertx();
  private final ApiRegistry registry = new ApiRegistry();
  private final BlockingQueue<Promise<Reply>> heartbeats = new LinkedBlockingQueue<>();
  private final Queue<Promise<Reply>> everyHeartbeat = new ConcurrentLinkedQueue<>();
  private volatile boolean closing;
  private final Queue<Socket> sockets = new ArrayDeque<>();
  private KafkaServerVerticle server;
  private String deployment;
  private int maxConnectionsPerIp = 100;
  private long maxIdleMs = -1;

  /** Answers when the test says so. */
  private final class HeldHeartbeat implements ApiHandler<HeartbeatRequest> {
    private final boolean pipelined;

    HeldHeartbeat(boolean pipelined) {
      this.pipelined = pipelined;
    }

    @Override
    public boolean pipelined() {
      return pipelined;
    }

    @Override
    public Future<Reply> handle(HeartbeatRequest request, RequestContext context) {
      Promise<Reply> answer = Promise.promise();
      heartbeats.add(answer);
      everyHeartbeat.add(answer);
      if (closing) {
        answer.tryComplete(Reply.of(new HeartbeatResponse()));
      }
      return answer.future();
    }

    @Override
    public ApiMessage errorResponse(HeartbeatRequest request, ApiException error) {
      return new HeartbeatResponse().errorCode(error.errorCode().code());
    }
  }

  private static final class EchoVersions implements ApiHandler<ApiVersionsRequest> {
    @Override
    public Future<Reply> handle(ApiVersionsRequest request, RequestContext context) {
      return Future.succeededFuture(Reply.of(new ApiVersionsResponse()));
    }

    @Override
    public ApiMessage errorResponse(ApiVersionsRequest request, ApiException error) {
      return new ApiVersionsResponse();
    }
  }

  private void start(boolean pipelined) throws Exception {
    registry.register(ApiKey.HEARTBEAT, new HeldHeartbeat(pipelined));
    registry.register(ApiKey.API_VERSIONS, new EchoVersions());
    ListenerSettings settings =
        new ListenerSettings(
            "PLAINTEXT",
            "127.0.0.1",
            0,
            1_000_000,
            1_000_000,
            maxIdleMs,
            100,
            maxConnectionsPerIp,
            Map.of(),
            -1,
            -1,
            50);
    server =
        new KafkaServerVerticle(settings, new KafkaServerVerticle.Shared(settings), registry, 1);
    deployment = await(vertx.deployVerticle(server));
  }

  @AfterEach
  void close() throws Exception {
    closing = true; // Each request has an answer in the end: until then its frame is kept.
    everyHeartbeat.forEach(held -> held.tryComplete(Reply.of(new HeartbeatResponse())));
    for (Socket socket : sockets) {
      socket.close();
    }
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
    socket.setSoTimeout(10_000);
    sockets.add(socket);
    return socket;
  }

  private static void send(Socket socket, int key, int version, int correlationId, byte[] body)
      throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(frame);
    out.writeInt(2 + 2 + 4 + 2 + body.length);
    out.writeShort(key);
    out.writeShort(version);
    out.writeInt(correlationId);
    out.writeShort(-1); // No client id.
    out.write(body);
    socket.getOutputStream().write(frame.toByteArray());
    socket.getOutputStream().flush();
  }

  private static void sendHeartbeat(Socket socket, int correlationId) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(body);
    out.writeUTF("group");
    out.writeInt(1);
    out.writeUTF("member");
    send(socket, 12, 0, correlationId, body.toByteArray());
  }

  /** Reads one response; returns its correlation id. */
  private static int readResponse(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] response = new byte[in.readInt() - 4];
    int correlationId = in.readInt();
    in.readFully(response);
    return correlationId;
  }

  private static void assertClosed(Socket socket) {
    assertThrows(
        IOException.class,
        () -> {
          if (socket.getInputStream().read() < 0) {
            throw new EOFException();
          }
        });
  }

  private Promise<Reply> nextHeartbeat() throws InterruptedException {
    Promise<Reply> held = heartbeats.poll(10, TimeUnit.SECONDS);
    assertTrue(held != null, "no request has reached its handler");
    return held;
  }

  @Test
  void overlappingRequestsAreAnsweredInTheirOrder() throws Exception {
    start(true);
    Socket socket = connect();
    sendHeartbeat(socket, 1);
    sendHeartbeat(socket, 2);
    Promise<Reply> first = nextHeartbeat();
    Promise<Reply> second = nextHeartbeat();

    second.complete(Reply.of(new HeartbeatResponse()));
    first.complete(Reply.of(new HeartbeatResponse()));

    assertEquals(1, readResponse(socket));
    assertEquals(2, readResponse(socket));
  }

  @Test
  void requestWaitsForTheOneBeforeIt() throws Exception {
    start(false);
    Socket socket = connect();
    sendHeartbeat(socket, 1);
    sendHeartbeat(socket, 2);
    Promise<Reply> first = nextHeartbeat();
    Socket other = connect();
    sendHeartbeat(other, 3);
    Promise<Reply> ofOther = nextHeartbeat();
    assertEquals(0, heartbeats.size(), "the second request began before the first was answered");

    first.complete(Reply.of(new HeartbeatResponse()));
    nextHeartbeat().complete(Reply.of(new HeartbeatResponse()));
    ofOther.complete(Reply.of(new HeartbeatResponse()));

    assertEquals(1, readResponse(socket));
    assertEquals(2, readResponse(socket));
    assertEquals(3, readResponse(other));
  }

  @Test
  void failedRequestIsAnsweredWithItsErrorResponse() throws Exception {
    start(false);
    Socket socket = connect();
    sendHeartbeat(socket, 7);
    nextHeartbeat().fail(new ApiException(ErrorCode.UNKNOWN_MEMBER_ID, "no such member"));

    DataInputStream in = new DataInputStream(socket.getInputStream());
    assertEquals(6, in.readInt());
    assertEquals(7, in.readInt());
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), in.readShort());
  }

  @Test
  void apiVersionsInAnUnknownVersionIsAnsweredInVersionZeroWithTheRange() throws Exception {
    start(false);
    Socket socket = connect();
    send(socket, 18, 99, 5, new byte[0]);

    DataInputStream in = new DataInputStream(socket.getInputStream());
    assertEquals(4 + 2 + 4 + 6, in.readInt());
    assertEquals(5, in.readInt());
    assertEquals(ErrorCode.UNSUPPORTED_VERSION.code(), in.readShort());
    assertEquals(1, in.readInt());
    assertEquals(18, in.readShort());
    assertEquals(ApiKey.API_VERSIONS.lowestVersion(), in.readShort());
    assertEquals(ApiKey.API_VERSIONS.highestVersion(), in.readShort());

    send(socket, 18, 0, 6, new byte[0]);
    assertEquals(6, readResponse(socket), "the connection goes on");
  }

  @Test
  void whatIsNotOfferedClosesTheConnection() throws Exception {
    start(false);
    Socket unknownKey = connect();
    send(unknownKey, 999, 0, 1, new byte[0]);
    assertClosed(unknownKey);

    Socket unknownVersion = connect();
    send(unknownVersion, 12, 99, 1, new byte[0]);
    assertClosed(unknownVersion);

    Socket malformed = connect();
    send(malformed, 12, 0, 1, "x".getBytes(StandardCharsets.UTF_8));
    assertClosed(malformed);

    Socket tooLarge = connect();
    new DataOutputStream(tooLarge.getOutputStream()).writeInt(1_000_001);
    assertClosed(tooLarge);
  }

  @Test
  void connectionAboveTheLimitOfItsAddressIsClosed() throws Exception {
    maxConnectionsPerIp = 1;
    start(false);
    Socket first = connect();
    send(first, 18, 0, 1, new byte[0]);
    assertEquals(1, readResponse(first));

    assertClosed(connect());

    send(first, 18, 0, 2, new byte[0]);
    assertEquals(2, readResponse(first));
  }

  @Test
  void silentConnectionIsClosedAfterItsTime() throws Exception {
    maxIdleMs = 50;
    start(false);
    assertClosed(connect());
  }

  @Test
  void clientThatReadsNoResponsesIsReadNoMore() throws Exception {
    start(true);
    Socket socket = connect();
    for (int i = 0; i < 10 * ClientConnection.MAX_PENDING; i++) {
      sendHeartbeat(socket, i);
    }
    for (int i = 0; i < ClientConnection.MAX_PENDING; i++) {
      nextHeartbeat();
    }
    // A request of another connection passes through the same loop after those that were read.
    Socket other = connect();
    send(other, 18, 0, 1, new byte[0]);
    assertEquals(1, readResponse(other));
    assertTrue(
        heartbeats.size() <= ClientConnection.MAX_PENDING * 8,
        "still reading with " + heartbeats.size() + " more requests unanswered");
  }

  @Test
  void stopTakesNoLongerThanTheRequestsThatWereRead() throws Exception {
    start(false);
    Socket socket = connect();
    sendHeartbeat(socket, 1);
    Promise<Reply> held = nextHeartbeat();

    long beganNs = System.nanoTime();
    Future<Void> stopped = vertx.undeploy(deployment);
    held.complete(Reply.of(new HeartbeatResponse()));
    await(stopped);

    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
    assertTrue(tookMs < KafkaServerVerticle.DRAIN_TIMEOUT_MS, "took " + tookMs + " ms");
    assertEquals(1, readResponse(socket));
  }

  @Test
  void stopAnswersWhatWasReadAndAcceptsNobody() throws Exception {
    start(false);
    Socket socket = connect();
    sendHeartbeat(socket, 1);
    Promise<Reply> held = nextHeartbeat();

    Future<Void> stopped = vertx.undeploy(deployment);
    held.complete(Reply.of(new HeartbeatResponse()));

    assertEquals(1, readResponse(socket));
    assertClosed(socket);
    await(stopped);
    awaitRefusal();
  }

  /**
   * The JDK closes a listening socket for good only when its selector comes round once more; who
   * connects until then is cut off.
   */
  private void awaitRefusal() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < deadline) {
      try (Socket late = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
        assertEquals(-1, late.getInputStream().read());
      } catch (ConnectException refused) {
        return;
      } catch (SocketException cutOff) {
        // It goes on until nobody is there any more.
      }
    }
    throw new AssertionError("connections are still taken");
  }
}
