package io.gofka.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.gofka.rpc.proto.CommandReply;
import io.gofka.rpc.proto.CommandRequest;
import io.gofka.rpc.proto.Heartbeat;
import io.gofka.rpc.proto.HeartbeatReply;
import io.gofka.rpc.proto.HelloReply;
import io.gofka.rpc.proto.HelloRequest;
import io.gofka.rpc.proto.MetadataFrame;
import io.gofka.rpc.proto.MetadataRequest;
import io.gofka.rpc.proto.Nothing;
import io.gofka.rpc.proto.RaftEnvelope;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import java.io.IOException;

/**
 * The calls of {@code node.proto}, for both sides.
 *
 * <p>Not the generated ones, because those take messages as JSON, too, and copy what they read once
 * more: here the bytes of an entry stay where they came in.
 */
final class NodeMethods {
  private static final ServiceName NODE = ServiceName.create("gofka", "Node");

  /**
   * One call.
   *
   * @param <Q> what is sent to the server
   * @param <R> what comes back
   */
  record Method<Q extends MessageLite, R extends MessageLite>(
      ServiceMethod<R, Q> client, ServiceMethod<Q, R> server) {
    /** As HTTP says it. */
    String path() {
      return "/" + server.fullMethodName();
    }
  }

  static final Method<HelloRequest, HelloReply> HELLO =
      method("Hello", HelloRequest.parser(), HelloReply.parser());
  static final Method<RaftEnvelope, Nothing> RAFT =
      method("Raft", RaftEnvelope.parser(), Nothing.parser());
  static final Method<CommandRequest, CommandReply> COMMAND =
      method("Command", CommandRequest.parser(), CommandReply.parser());
  static final Method<MetadataRequest, MetadataFrame> METADATA =
      method("Metadata", MetadataRequest.parser(), MetadataFrame.parser());
  static final Method<Heartbeat, HeartbeatReply> SESSION =
      method("Session", Heartbeat.parser(), HeartbeatReply.parser());

  /** Whose frames {@link ReplicaFrameWriter} writes, and {@link ReplicaFrameReader} reads. */
  static final String REPLICATE_PATH = "/" + NODE.fullyQualifiedName() + "/Replicate";

  private NodeMethods() {}

  /**
   * Loads what messages need, which takes some hundred milliseconds the first time: not to be done
   * on an event loop.
   */
  static void load() {
    HelloRequest hello = HelloRequest.newBuilder().setVersion(Limits.VERSION).build();
    GrpcMessage message = HELLO.client().encoder().encode(hello, WireFormat.PROTOBUF);
    HELLO.server().decoder().decode(message);
  }

  private static <Q extends MessageLite, R extends MessageLite> Method<Q, R> method(
      String name, Parser<Q> requests, Parser<R> replies) {
    return new Method<>(
        ServiceMethod.client(NODE, name, new Encoder<Q>(), new Decoder<>(replies)),
        ServiceMethod.server(NODE, name, new Encoder<R>(), new Decoder<>(requests)));
  }

  private static final class Encoder<T extends MessageLite> implements GrpcMessageEncoder<T> {
    @Override
    public GrpcMessage encode(T message, WireFormat format) {
      return GrpcMessage.message("identity", format, Buffer.buffer(message.toByteArray()));
    }

    @Override
    public boolean accepts(WireFormat format) {
      return format == WireFormat.PROTOBUF;
    }
  }

  private record Decoder<T extends MessageLite>(Parser<T> parser) implements GrpcMessageDecoder<T> {
    @Override
    public T decode(GrpcMessage message) {
      if (message.format() != WireFormat.PROTOBUF) {
        throw new CodecException("messages are protobuf, not " + message.format());
      }
      ByteBuf bytes = ((BufferInternal) message.payload()).getByteBuf();
      try {
        return parser.parseFrom(input(bytes));
      } catch (IOException unreadable) {
        throw new CodecException(unreadable);
      }
    }

    /** What comes out of a connection lies on the heap and belongs to nobody else. */
    private static CodedInputStream input(ByteBuf bytes) {
      ByteString wrapped =
          bytes.hasArray()
              ? UnsafeByteOperations.unsafeWrap(
                  bytes.array(), bytes.arrayOffset() + bytes.readerIndex(), bytes.readableBytes())
              : UnsafeByteOperations.unsafeWrap(bytes.nioBuffer());
      CodedInputStream input = wrapped.newCodedInput();
      input.enableAliasing(true);
      return input;
    }

    @Override
    public boolean accepts(WireFormat format) {
      return format == WireFormat.PROTOBUF;
    }
  }
}
