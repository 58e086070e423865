package io.gofka.protocol;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes messages of a size known beforehand into pieces that a channel writes one after the other.
 * Payloads and large {@code bytes} become pieces themselves, without a copy; everything between
 * them is written into pooled buffers.
 *
 * <p>Ends in exactly one of {@link #parts}, {@link #toByteBuf} and {@link #release}. Confined to
 * one thread.
 */
public final class WireWriter extends WireOutput {
  /** From here on {@code bytes} are cheaper as a piece of their own than copied. */
  static final int SPLICE_BYTES = 1024;

  /**
   * A message up to this size gets its buffer at once; most of a larger one are usually pieces of
   * their own.
   */
  static final int WHOLE_BYTES = 4096;

  private static final int FIRST_CHUNK_BYTES = 1024;
  private static final int MAX_CHUNK_BYTES = 32 * 1024;

  private final ByteBufAllocator allocator;
  private final int size;
  private final List<Object> parts = new ArrayList<>(4);
  private ByteBuf chunk;
  private int partStart;
  private int nextChunkBytes;
  private int written;

  private WireWriter(ByteBufAllocator allocator, int size) {
    this.allocator = allocator;
    this.size = size;
    this.nextChunkBytes = size <= WHOLE_BYTES ? size : FIRST_CHUNK_BYTES;
  }

  /** A writer for exactly that many bytes, those of payloads included. */
  public static WireWriter allocate(ByteBufAllocator allocator, int size) {
    return new WireWriter(allocator, size);
  }

  @Override
  public void int8(byte value) {
    room(Byte.BYTES).writeByte(value);
  }

  @Override
  public void int16(short value) {
    room(Short.BYTES).writeShort(value);
  }

  @Override
  public void int32(int value) {
    room(Integer.BYTES).writeInt(value);
  }

  @Override
  public void int64(long value) {
    room(Long.BYTES).writeLong(value);
  }

  @Override
  void unsignedVarint(int value) {
    ByteBuf to = room(WireSizer.unsignedVarintBytes(value));
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      to.writeByte(rest | 0x80);
      rest >>>= 7;
    }
    to.writeByte(rest);
  }

  @Override
  void utf8(String value, int length) {
    ByteBufUtil.reserveAndWriteUtf8(room(length), value, length);
  }

  @Override
  void slice(ByteBuf value) {
    int length = value.readableBytes();
    if (length > SPLICE_BYTES) {
      splice(value.retainedSlice(), length);
    } else if (length > 0) {
      room(length).writeBytes(value, value.readerIndex(), length);
    }
  }

  @Override
  void payload(Payload value) {
    writePayload(value);
  }

  /**
   * Puts the payload's part between what was written and what will be; takes over its reference.
   */
  public void writePayload(Payload value) {
    int length = value.size();
    if (length == 0) {
      value.release();
    } else {
      splice(value.part(), length);
    }
  }

  /**
   * The message: buffers and file regions in order. Each has one reference, which is the caller's
   * now.
   *
   * @throws IllegalStateException when not exactly the announced bytes were written; everything is
   *     released then
   */
  public List<Object> parts() {
    if (written != size) {
      release();
      throw new IllegalStateException(written + " bytes written, " + size + " were announced");
    }
    if (chunk != null && partStart == 0) {
      parts.add(chunk);
      chunk = null;
    }
    closeChunk();
    return parts;
  }

  /**
   * The message as one buffer, the caller's.
   *
   * @throws IllegalStateException as {@link #parts} does, or when a part is a region of a file
   */
  public ByteBuf toByteBuf() {
    List<Object> pieces = parts();
    if (pieces.isEmpty()) {
      return allocator.buffer(0);
    }
    if (pieces.size() == 1 && pieces.get(0) instanceof ByteBuf whole) {
      return whole;
    }
    CompositeByteBuf all = allocator.compositeBuffer(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      if (!(pieces.get(i) instanceof ByteBuf piece)) {
        all.release();
        pieces.subList(i, pieces.size()).forEach(ReferenceCountUtil::release);
        throw new IllegalStateException("a region of a file cannot be put into a buffer");
      }
      all.addComponent(true, piece);
    }
    return all;
  }

  /** Gives everything back, payloads taken over included, when the message isn't sent after all. */
  public void release() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
    parts.forEach(ReferenceCountUtil::release);
    parts.clear();
  }

  private void splice(Object part, int length) {
    cut();
    parts.add(part); // First of all, so that release() finds it whatever follows.
    count(length);
  }

  private ByteBuf room(int bytes) {
    count(bytes);
    if (chunk == null || chunk.writableBytes() < bytes) {
      closeChunk();
      int left = size - written + bytes;
      chunk = allocator.buffer(Math.max(bytes, Math.min(left, nextChunkBytes)));
      partStart = 0;
      nextChunkBytes = Math.min(4 * nextChunkBytes, MAX_CHUNK_BYTES);
    }
    return chunk;
  }

  private void count(int bytes) {
    if (bytes > size - written) {
      throw new IllegalStateException(
          "more is written than the " + size + " bytes that were announced");
    }
    written += bytes;
  }

  private void cut() {
    if (chunk != null && chunk.writerIndex() > partStart) {
      parts.add(chunk.retainedSlice(partStart, chunk.writerIndex() - partStart));
      partStart = chunk.writerIndex();
    }
  }

  private void closeChunk() {
    if (chunk != null) {
      cut();
      chunk.release();
      chunk = null;
    }
  }
}
