package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.HostPort;
import io.gofka.raft.CommittedEntries;
import io.gofka.raft.Hello;
import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftMessage;
import io.gofka.rpc.proto.HelloRequest;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever can reach the port of a node can send it anything. */
class HostileInputTest {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private final TalkingNode node = new TalkingNode("node", "one");
  private final TalkingNode friend = new TalkingNode("friend", "one");

  /** Whatever has happened, the node still talks to others. */
  @AfterEach
  void friendsAreStillServed() {
    assertEquals(node.status(), friend.ask(Addresses.HELLO, new Hello(node.address())));
    friend.knows(node);
    friend.send(node, new RaftMessage.TransferNow(5));
    assertEquals(new RaftMessage.TransferNow(5), TalkingNode.next(node.received).message());
    friend.close();
    node.close();
  }

  @Test
  void garbageEndsTheConnection() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 20; i++) {
      byte[] garbage = new byte[1 + random.nextInt(20_000)];
      random.nextBytes(garbage);
      assertClosedAfter(garbage);
    }
    byte[] afterPreface = new byte[5_000];
    random.nextBytes(afterPreface);
    assertClosedAfter(joined(PREFACE, afterPreface));
    assertClosedAfter("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void whoSaysNothingIsNotWaitedFor() throws IOException {
    try (Socket mute = new Socket(node.address().host(), node.address().port())) {
      assertClosedAfter(joined(PREFACE, EMPTY_SETTINGS));
      mute.setSoTimeout((int) TalkingNode.DEADLINE_MS);
      assertEquals(-1, mute.getInputStream().read());
    }
  }

  @Test
  void endlessHeadersEndTheConnection() throws IOException {
    try (Socket socket = new Socket(node.address().host(), node.address().port())) {
      OutputStream out = socket.getOutputStream();
      out.write(joined(PREFACE, EMPTY_SETTINGS));
      out.write(new byte[] {0, 0, 0, 1, 0, 0, 0, 0, 1}); // HEADERS that don't end
      byte[] more = new byte[9 + 100]; // CONTINUATION: a literal, 97 bytes of a value
      more[2] = 100;
      more[3] = 9;
      more[8] = 1;
      more[9] = 0;
      more[10] = 1;
      more[11] = 'a';
      more[12] = 96;
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < 1_000_000; i++) {
              out.write(more);
            }
          });
    }
  }

  @Test
  void aHugeMessageIsRefusedBeforeItHasCome() {
    byte[] prefix = {0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertEquals("8", post("/gofka.Node/Hello", "identity", prefix), "RESOURCE_EXHAUSTED");
  }

  @Test
  void compressedMessagesAreRefusedUnread() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 40; i++) {
        zip.write(zeros);
      }
    }
    assertEquals("12", post("/gofka.Node/Hello", "gzip", framed(1, bomb.toByteArray())));
    assertEquals("12", post("/gofka.Node/Hello", "other", framed(1, bomb.toByteArray())));
    assertNotEquals("0", post("/gofka.Node/Hello", null, framed(1, bomb.toByteArray())));
  }

  @Test
  void whatIsNoGreetingIsRefused() {
    assertNotEquals("0", post("/gofka.Node/Hello", null, framed(0, new byte[] {-1, -1, -1})));
    assertNotEquals("0", post("/gofka.Node/Hello", null, framed(0, new byte[0])));
    HelloRequest unreadable =
        HelloRequest.newBuilder()
            .setVersion(1)
            .setLeastVersion(1)
            .setStatus(
                Forms.status(node.status(), Leaders.Known.NOBODY).toBuilder()
                    .setNodeId("a\nforged line in the log"))
            .build();
    assertNotEquals("0", post("/gofka.Node/Hello", null, framed(0, unreadable.toByteArray())));
  }

  @Test
  void nothingIsDoneForWhoHasNotGreeted() {
    for (String method : List.of("Raft", "Command", "Metadata", "Session", "Nonsense")) {
      assertEquals("9", post("/gofka.Node/" + method, null, framed(0, new byte[0])));
    }
  }

  @Test
  void aFollowerThatReadsNothingHoldsUpNobodyElse() {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      entries.add(
          new LogEntry(1, i, LogEntry.Kind.DATA, Unpooled.wrappedBuffer(new byte[150_000])));
    }
    node.announce(Addresses.COMMITTED_ENTRIES, new CommittedEntries(entries));
    BlockingQueue<Long> reached = new LinkedBlockingQueue<>();
    try (TalkingNode stuck = follower("stuck", feed -> Promise.<Long>promise().future());
        TalkingNode reading =
            follower(
                "reading",
                feed -> {
                  long next = feed.isEmpty() ? 0 : feed.get(feed.size() - 1).index() + 1;
                  reached.add(next);
                  return Future.succeededFuture(next);
                })) {
      while (TalkingNode.next(reached) < 100) {
        assertTrue(stuck.address().port() != reading.address().port());
      }
    }
  }

  private TalkingNode follower(
      String name, java.util.function.Function<List<LogEntry>, Future<Long>> feed) {
    return new TalkingNode(
        name,
        "one",
        new RpcSettings(new HostPort("127.0.0.1", 0), List.of(node.address()), true, 20, 3),
        self ->
            self.serve(
                Addresses.METADATA_FEED,
                fed ->
                    fed instanceof io.gofka.metadata.MetadataFeed.Entries entries
                            && !entries.entries().isEmpty()
                        ? feed.apply(entries.entries())
                        : Future.succeededFuture(0L)));
  }

  /** What the call ends with: a status of gRPC, or how the stream or connection was ended. */
  private String post(String path, String encoding, byte[] body) {
    HttpClient client =
        friend.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    Future<String> status =
        client
            .request(HttpMethod.POST, node.address().port(), node.address().host(), path)
            .compose(
                request -> {
                  request.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
                  if (encoding != null) {
                    request.putHeader("grpc-encoding", encoding);
                  }
                  request.setChunked(true);
                  request.exceptionHandler(ended -> {});
                  request.write(Buffer.buffer(body));
                  return request
                      .response()
                      .compose(
                          response -> {
                            String early = response.getHeader("grpc-status");
                            return early != null
                                ? Future.succeededFuture(early)
                                : response.end().map(v -> response.getTrailer("grpc-status"));
                          });
                })
            .otherwise(ended -> "ended");
    String ended = TalkingNode.await(status);
    TalkingNode.await(client.close());
    return String.valueOf(ended);
  }

  private void assertClosedAfter(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(node.address().host(), node.address().port())) {
      socket.setSoTimeout((int) TalkingNode.DEADLINE_MS);
      try {
        socket.getOutputStream().write(bytes);
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[10_000];
        long read = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          read += count;
          assertTrue(read < 100_000, "a long answer");
        }
      } catch (java.net.SocketException reset) {
        assertTrue(reset.getMessage() != null);
      }
    }
  }

  private static byte[] framed(int flag, byte[] message) {
    Buffer framed =
        Buffer.buffer().appendByte((byte) flag).appendInt(message.length).appendBytes(message);
    return framed.getBytes();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    return Buffer.buffer(first).appendBytes(second).getBytes();
  }
}
