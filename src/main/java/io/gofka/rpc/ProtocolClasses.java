package io.gofka.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gofka.rpc.proto.HelloReply;
import io.gofka.rpc.proto.HelloRequest;

/**
 * The classes behind messages between nodes. Their first use makes descriptors of all of them,
 * which takes a thread for hundreds of milliseconds: not the one that has votes to answer.
 */
public final class ProtocolClasses {
  private ProtocolClasses() {}

  /** Makes them; blocks. Where there are no other nodes nobody needs it. */
  public static void load() {
    HelloRequest request = HelloRequest.newBuilder().setVersion(1).build();
    HelloReply reply = HelloReply.newBuilder().setVersion(1).build();
    try {
      if (!HelloRequest.parseFrom(request.toByteString()).equals(request)
          || !HelloReply.parseFrom(reply.toByteString()).equals(reply)) {
        throw new IllegalStateException("a message is another one when it is read");
      }
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
