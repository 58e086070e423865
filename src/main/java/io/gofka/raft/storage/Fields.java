package io.gofka.raft.storage;

import io.gofka.raft.ReplicaKey;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** How values stand in the small files. They are read only when the CRC of the file is right. */
final class Fields {
  private Fields() {}

  static void write(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length).writeBytes(bytes);
  }

  static String readText(ByteBuf in) {
    return in.readCharSequence(in.readInt(), StandardCharsets.UTF_8).toString();
  }

  static void write(ByteBuf out, UUID id) {
    out.writeLong(id.getMostSignificantBits()).writeLong(id.getLeastSignificantBits());
  }

  static UUID readId(ByteBuf in) {
    return new UUID(in.readLong(), in.readLong());
  }

  static void write(ByteBuf out, ReplicaKey replica) {
    write(out, replica.nodeId());
    write(out, replica.directoryId());
  }

  static ReplicaKey readReplica(ByteBuf in) {
    return new ReplicaKey(readText(in), readId(in));
  }
}
