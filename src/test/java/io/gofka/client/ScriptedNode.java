package io.gofka.client;

import io.gofka.common.HostPort;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Wire;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.RequestHeader;
import io.gofka.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server that speaks Kafka's framing and otherwise does what the test says. */
public final class ScriptedNode {
  /** A request as it came, and the way back. */
  public record Asked(
      ApiKey key, short version, int correlationId, ApiMessage request, NetSocket from) {
    public void answer(ApiMessage response) {
      answer(response, version, correlationId);
    }

    public void answer(ApiMessage response, short inVersion, int toRequest) {
      ResponseHeader header = new ResponseHeader().correlationId(toRequest);
      ByteBuf frame = Unpooled.buffer();
      Wire.frame(
              UnpooledByteBufAllocator.DEFAULT,
              header,
              key.responseHeaderVersion(inVersion),
              response,
              inVersion)
          .forEach(
              part -> {
                ByteBuf bytes = (ByteBuf) part;
                frame.writeBytes(bytes);
                bytes.release();
              });
      from.write(BufferInternal.buffer(frame));
    }

    /** What a node offers that knows these APIs in these versions. */
    public void offer(int lowest, int highest, ApiKey... keys) {
      ApiVersionsResponse response = new ApiVersionsResponse();
      for (ApiKey offered : keys) {
        response
            .apiKeys()
            .add(
                new ApiVersionsResponse.ApiVersion()
                    .apiKey(offered.id())
                    .minVersion((short) lowest)
                    .maxVersion((short) highest));
      }
      answer(response);
    }
  }

  public final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final NetServer server;

  public ScriptedNode(Vertx vertx, Consumer<Asked> script) throws Exception {
    server =
        vertx
            .createNetServer()
            .connectHandler(socket -> serve(socket, script))
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  public HostPort address() {
    return new HostPort("127.0.0.1", server.actualPort());
  }

  private void serve(NetSocket socket, Consumer<Asked> script) {
    RecordParser frames = RecordParser.newFixed(Integer.BYTES);
    boolean[] inFrame = {false};
    frames.handler(
        bytes -> {
          frames.fixedSizeMode(inFrame[0] ? Integer.BYTES : bytes.getInt(0));
          if (inFrame[0]) {
            Asked one = read(bytes, socket);
            asked.add(one);
            script.accept(one);
          }
          inFrame[0] = !inFrame[0];
        });
    socket.handler(frames);
  }

  private static Asked read(Buffer frame, NetSocket from) {
    ByteBuf in = ((BufferInternal) frame).getByteBuf();
    ApiKey key = ApiKey.of(in.getShort(in.readerIndex())).orElseThrow();
    short version = in.getShort(in.readerIndex() + 2);
    RequestHeader header = RequestHeader.read(in, key.requestHeaderVersion(version));
    return new Asked(key, version, header.correlationId(), key.readRequest(in, version), from);
  }
}
