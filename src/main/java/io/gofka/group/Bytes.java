package io.gofka.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Bytes that members send each other through the coordinator, which keeps them longer than the
 * request they came in: a copy on the heap that nobody changes. What they mean is the members'
 * business.
 */
public final class Bytes {
  /** No bytes; also what a member is assigned that the leader has not mentioned. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] bytes;

  private Bytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies from reader index to writer index, without moving them. */
  public static Bytes copyOf(ByteBuf buffer) {
    return buffer.isReadable() ? new Bytes(ByteBufUtil.getBytes(buffer)) : EMPTY;
  }

  public static Bytes copyOf(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
  }

  /** A buffer over these bytes, without a copy; it needs no release. */
  public ByteBuf toByteBuf() {
    return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes).asReadOnly());
  }

  public int size() {
    return bytes.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
