package io.gofka.common;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;

/**
 * Bytes that pass through a message without being looked at or copied: a slice of a buffer, or a
 * region of a file that the socket sends by itself. Reference counted like what it stands for;
 * whoever writes it to a socket consumes one reference.
 */
public interface Payload {
  /** Number of bytes. */
  int size();

  /** What is handed to the channel: a {@link ByteBuf} or a {@link io.netty.channel.FileRegion}. */
  ReferenceCounted part();

  /** Gives the reference back when the payload isn't written after all. */
  default void release() {
    part().release();
  }

  /**
   * The bytes of a buffer, from its reader index to its writer index; takes over the caller's
   * reference.
   */
  static Payload of(ByteBuf bytes) {
    return new BufferPayload(bytes);
  }

  /** A payload in memory. */
  record BufferPayload(ByteBuf bytes) implements Payload {
    @Override
    public int size() {
      return bytes.readableBytes();
    }

    @Override
    public ByteBuf part() {
      return bytes;
    }
  }
}
