package io.gofka.log;

import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * An append in the pieces in which it is pushed, each of whole batches in one stretch of memory.
 */
final class PushedParts {
  /**
   * Requests smaller than this that were written together are copied together: for such a few bytes
   * a message of their own costs more, and their buffers are held no longer than the write.
   */
  static final int MIN_PART_BYTES = 16 * 1024;

  /** What is copied together at most. */
  static final int MAX_COPIED_BYTES = 128 * 1024;

  private PushedParts() {}

  /**
   * @param bytes the caller owns one reference
   * @param endOffset behind the last of the batches
   */
  record Part(ByteBuf bytes, long endOffset) {}

  static List<Part> of(LogAppend append) {
    List<ByteBuf> written = append.parts();
    if (written.size() == 1) {
      return List.of(new Part(written.get(0).retainedDuplicate(), append.endOffset()));
    }
    List<Part> parts = new ArrayList<>();
    int i = 0;
    while (i < written.size()) {
      ByteBuf first = written.get(i);
      int bytes = first.readableBytes();
      int next = i + 1;
      while (next < written.size()
          && isSmall(first)
          && isSmall(written.get(next))
          && bytes + written.get(next).readableBytes() <= MAX_COPIED_BYTES) {
        bytes += written.get(next).readableBytes();
        next++;
      }
      ByteBuf part =
          next == i + 1 ? first.retainedDuplicate() : copy(written.subList(i, next), bytes);
      parts.add(new Part(part, endOffset(part)));
      i = next;
    }
    return parts;
  }

  private static boolean isSmall(ByteBuf part) {
    return part.readableBytes() < MIN_PART_BYTES;
  }

  private static ByteBuf copy(List<ByteBuf> parts, int bytes) {
    ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
    for (ByteBuf part : parts) {
      copy.writeBytes(part, part.readerIndex(), part.readableBytes());
    }
    return copy;
  }

  /** Behind the last of the whole batches that fill the buffer. */
  static long endOffset(ByteBuf batches) {
    int position = batches.readerIndex();
    RecordBatch batch = new RecordBatch(batches, position);
    while (position + batch.sizeInBytes() < batches.writerIndex()) {
      position += batch.sizeInBytes();
      batch = new RecordBatch(batches, position);
    }
    return batch.nextOffset();
  }
}
