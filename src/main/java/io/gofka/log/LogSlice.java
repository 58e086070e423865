package io.gofka.log;

import io.gofka.common.Payload;
import io.gofka.log.LogDisk.DiskFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Whole batches of one segment, found but not read. Good until the log's owner does something else
 * with the log.
 *
 * @param position where they begin in the segment
 * @param length 0 when there is nothing to read
 */
record LogSlice(Optional<Segment> segment, int position, int length) {
  /**
   * Up to here bytes are read into a buffer, above they are sent from the file. Measured on Linux
   * over loopback with a header of 100 bytes: 16 KiB cost 4.2 µs of CPU copied and 5.8 µs with
   * sendfile, 64 KiB 12.8 and 13.2, 256 KiB 57 and 49; the sending call of its own has to pay off
   * first.
   */
  static final int MAX_COPIED_BYTES = 64 * 1024;

  static final LogSlice NOTHING = new LogSlice(Optional.empty(), 0, 0);

  /** An offset behind all of them, and near them. */
  long endOffset() {
    return segment.orElseThrow().offsetBehind(position + length);
  }

  /** Whether the bytes are known to be right. */
  boolean isVerified() {
    return length == 0 || segment.orElseThrow().isVerified(position, length);
  }

  /** The bytes in the form a socket takes best; the caller owns them. */
  Payload sendable() throws IOException {
    if (length <= MAX_COPIED_BYTES) {
      return Payload.of(buffer());
    }
    return segment.orElseThrow().file().region(position, length);
  }

  /** The bytes in memory; the caller owns them. */
  ByteBuf buffer() throws IOException {
    if (length == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    return read(segment.orElseThrow().file(), position, length, PooledByteBufAllocator.DEFAULT);
  }

  static ByteBuf read(DiskFile file, int position, int length, ByteBufAllocator allocator)
      throws IOException {
    ByteBuf bytes = allocator.directBuffer(length, length);
    boolean done = false;
    try {
      ByteBuffer target = bytes.internalNioBuffer(0, length);
      int from = target.position();
      file.read(target, position);
      if (target.position() - from != length) {
        throw new IOException(
            "the segment has "
                + (target.position() - from)
                + " bytes at "
                + position
                + ", not "
                + length);
      }
      bytes.writerIndex(length);
      done = true;
      return bytes;
    } finally {
      if (!done) {
        bytes.release();
      }
    }
  }
}
