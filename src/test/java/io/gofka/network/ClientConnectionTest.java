package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.api.ApiHandler;
import io.gofka.api.ApiRegistry;
import io.gofka.api.LogLimiter;
import io.gofka.api.Reply;
import io.gofka.api.RequestContext;
import io.gofka.api.RequestContext.Connection;
import io.gofka.common.ApiException;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.HeartbeatResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the connections of a loop take of their request memory, and give back. */
class ClientConnectionTest {
  private static final int MAX_FRAME_BYTES = 1 << 20;
  private static final int LIMIT_BYTES = 4 << 20;

  private final ApiRegistry registry = new ApiRegistry();
  private final RequestMemory memory = new RequestMemory(LIMIT_BYTES);
  private final Queue<Promise<Reply>> unanswered = new ArrayDeque<>();
  private final List<Client> clients = new ArrayList<>();
  private long nowMs = 1_000;

  ClientConnectionTest() {
    registry.register(ApiKey.HEARTBEAT, new Heartbeat());
  }

  private final class Heartbeat implements ApiHandler<HeartbeatRequest> {
    @Override
    public Future<Reply> handle(HeartbeatRequest request, RequestContext context) {
      Promise<Reply> answer = Promise.promise();
      unanswered.add(answer);
      return answer.future();
    }

    @Override
    public ApiMessage errorResponse(HeartbeatRequest request, ApiException error) {
      return new HeartbeatResponse().errorCode(error.errorCode().code());
    }
  }

  /** A connection, and the socket it is read from. */
  private final class Client extends ChannelInboundHandlerAdapter {
    private final EmbeddedChannel channel = new EmbeddedChannel(this);
    private final ClientConnection connection =
        new ClientConnection(
            new Connection(
                clients.size(),
                "PLAINTEXT",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 2)),
            channel.pipeline().context(this),
            new RequestReader(registry),
            memory,
            MAX_FRAME_BYTES,
            registry.handlers(),
            new LogLimiter(LoggerFactory.getLogger(ClientConnectionTest.class)),
            gone -> {},
            () -> nowMs);
    private final ExtendedHandle reads;

    Client() {
      channel.pipeline().addFirst(connection.decoder());
      reads =
          new FrameReadAllocator(connection.decoder(), channel.config().getRecvByteBufAllocator())
              .newHandle();
      clients.add(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      connection.onFrame((ByteBuf) frame);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      connection.onClosed();
    }

    /** Arrives as far as the connection is read. Returns how much of it. */
    int send(ByteBuf arrived) {
      int bytes = arrived.readableBytes();
      reads.reset(channel.config());
      while (arrived.isReadable() && channel.config().isAutoRead()) {
        ByteBuf buffer = reads.allocate(channel.alloc());
        int read = Math.min(arrived.readableBytes(), buffer.writableBytes());
        reads.attemptedBytesRead(buffer.writableBytes());
        buffer.writeBytes(arrived, read);
        reads.lastBytesRead(read);
        reads.incMessagesRead(1);
        channel.pipeline().fireChannelRead(buffer);
      }
      reads.readComplete();
      bytes -= arrived.readableBytes();
      arrived.release();
      return bytes;
    }

    void answer() {
      unanswered.remove().complete(Reply.of(new HeartbeatResponse()));
      channel.runPendingTasks();
    }
  }

  @AfterEach
  void everythingIsGivenBack() {
    clients.forEach(client -> client.channel.close());
    unanswered.forEach(late -> late.complete(Reply.of(new HeartbeatResponse())));
    clients.forEach(client -> client.channel.finishAndReleaseAll());
    assertEquals(0, memory.usedBytes());
  }

  /** A request with {@code paddingBytes} in a tagged field that nobody knows. */
  private static ByteBuf heartbeat(int paddingBytes) {
    ByteBuf body = Unpooled.buffer().writeShort(ApiKey.HEARTBEAT.id()).writeShort(4).writeInt(1);
    body.writeShort(-1).writeByte(0); // No client id, no tagged fields of the header.
    body.writeByte(6).writeCharSequence("group", StandardCharsets.US_ASCII);
    body.writeInt(1).writeByte(7).writeCharSequence("member", StandardCharsets.US_ASCII);
    body.writeByte(0).writeByte(1).writeByte(99); // No instance id; one tagged field.
    int size = paddingBytes;
    for (; size >= 0x80; size >>>= 7) {
      body.writeByte(size | 0x80);
    }
    body.writeByte(size).writeZero(paddingBytes);
    ByteBuf frame = Unpooled.buffer().writeInt(body.readableBytes()).writeBytes(body);
    body.release();
    return frame;
  }

  private static ByteBuf begun(int bytes) {
    return Unpooled.buffer().writeInt(MAX_FRAME_BYTES).writeZero(bytes);
  }

  @Test
  void manyUnfinishedFramesStayNearTheBound() {
    int clientCount = 200;
    for (int i = 0; i < clientCount; i++) {
      Client client = new Client();
      client.send(heartbeat(300_000));
      client.answer();
    }
    clients.forEach(client -> client.send(begun(30_000)));
    assertTrue(memory.exhausted());

    long oneReadBytes = 30_000 * 9 / 8 + 4096;
    long boundBytes = LIMIT_BYTES + MAX_FRAME_BYTES + clientCount * oneReadBytes;
    assertTrue(memory.usedBytes() <= boundBytes, memory.usedBytes() + " of " + LIMIT_BYTES);
  }

  @Test
  void closedInTheMiddleOfAFrameWithARequestRunningKeepsNobodyWaiting() {
    Client gone = new Client();
    gone.send(heartbeat(100));
    gone.send(begun(30_000));
    gone.channel.close();
    gone.answer();
    assertEquals(0, memory.usedBytes());

    Client first = new Client();
    first.send(begun(10_000));
    while (!memory.exhausted()) {
      new Client().send(begun(100_000));
    }

    assertEquals(500_000, first.send(Unpooled.buffer().writeZero(500_000)), "it is the oldest");
  }

  @Test
  void largeFrameThatIsBeingSentIsNoSilence() {
    Client client = new Client();
    client.send(begun(100_000));
    nowMs += 5_000;
    client.send(Unpooled.buffer().writeZero(1));

    assertEquals(nowMs, client.connection.lastActivityMs());
    assertTrue(client.connection.waitsForRestOfFrame());
  }

  @Test
  void whoIsPausedForMemoryIsNotWhomAllWaitFor() {
    Client oldest = new Client();
    oldest.send(begun(10_000));
    Client paused = null;
    while (!memory.exhausted()) {
      paused = new Client();
      paused.send(begun(100_000));
    }
    assertTrue(oldest.connection.waitsForRestOfFrame());
    assertFalse(paused.connection.waitsForRestOfFrame());

    nowMs += 20_000;
    oldest.channel.close();
    clients.subList(1, clients.size() - 1).forEach(other -> other.channel.close());
    assertTrue(paused.connection.waitsForRestOfFrame());
    assertEquals(nowMs, paused.connection.lastActivityMs(), "its time begins again");
  }
}
