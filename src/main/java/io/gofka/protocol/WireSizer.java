package io.gofka.protocol;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;

/** Counts the bytes of a message; for generated code. */
public final class WireSizer extends WireOutput {
  private long size;

  /**
   * The bytes so far.
   *
   * @throws WireException when they are more than a frame can have
   */
  public int size() {
    if (size > Integer.MAX_VALUE) {
      throw error("size", size + " bytes, a message has at most " + Integer.MAX_VALUE);
    }
    return (int) size;
  }

  @Override
  public void int8(byte value) {
    size += Byte.BYTES;
  }

  @Override
  public void int16(short value) {
    size += Short.BYTES;
  }

  @Override
  public void int32(int value) {
    size += Integer.BYTES;
  }

  @Override
  public void int64(long value) {
    size += Long.BYTES;
  }

  @Override
  void unsignedVarint(int value) {
    size += unsignedVarintBytes(value);
  }

  @Override
  void utf8(String value, int length) {
    size += length;
  }

  @Override
  void slice(ByteBuf value) {
    size += value.readableBytes();
  }

  @Override
  void payload(Payload value) {
    size += value.size();
  }

  /** 1 to 5: seven bits a byte. */
  static int unsignedVarintBytes(int value) {
    return (Integer.SIZE - Integer.numberOfLeadingZeros(value | 1) + 6) / 7;
  }
}
