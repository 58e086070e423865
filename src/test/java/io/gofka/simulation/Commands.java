package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.Snapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * What the simulated log carries: commands with a number each, padded to different sizes; and
 * snapshots, which hold the chain over all entries they stand for, and padding that differs from
 * node to node, so that pieces of two of them never make a third.
 */
final class Commands {
  private static final int MARK = 0x60FCA;

  private Commands() {}

  static ByteBuf encode(int command, int padding) {
    ByteBuf out = Unpooled.buffer(8 + padding);
    out.writeInt(MARK).writeInt(command);
    return out.writeZero(padding).asReadOnly();
  }

  static int decode(LogEntry entry) {
    ByteBuf payload = entry.payload();
    int at = payload.readerIndex();
    if (payload.readableBytes() < 8 || payload.getInt(at) != MARK) {
      throw new Violation("commands of clients only", "no command in entry " + entry.index());
    }
    return payload.getInt(at + 4);
  }

  static ByteBuf snapshot(long index, long chain, int salt, int padding) {
    ByteBuf out = Unpooled.buffer(20 + padding);
    out.writeLong(index).writeLong(chain).writeInt(salt);
    for (int i = 0; i < padding; i++) {
      out.writeByte(salt + i);
    }
    return out.asReadOnly();
  }

  /** Checks a snapshot that a state machine is given. */
  static void verify(Snapshot snapshot, long committedChain) {
    ByteBuf content = snapshot.content().duplicate();
    long index = content.readLong();
    long chain = content.readLong();
    int salt = content.readInt();
    if (index != snapshot.meta().index() || chain != committedChain) {
      throw new Violation(
          "snapshot is the state",
          "content of %d under the name of %d".formatted(index, snapshot.meta().index()));
    }
    for (int i = 0; content.isReadable(); i++) {
      if (content.readByte() != (byte) (salt + i)) {
        throw new Violation("snapshot is the state", "mixed content at " + index + ", byte " + i);
      }
    }
  }
}
