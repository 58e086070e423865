package io.gofka.record;

import io.netty.buffer.ByteBuf;

/** Variable-length integers of records: zigzag, seven bits a byte, least significant first. */
final class Varints {
  static final int MAX_INT_BYTES = 5;
  static final int MAX_LONG_BYTES = 10;

  private Varints() {}

  static void write(ByteBuf out, long value) {
    long zigzag = (value << 1) ^ (value >> 63);
    while ((zigzag & ~0x7fL) != 0) {
      out.writeByte((int) ((zigzag & 0x7f) | 0x80));
      zigzag >>>= 7;
    }
    out.writeByte((int) zigzag);
  }

  static int size(long value) {
    long zigzag = (value << 1) ^ (value >> 63);
    return (63 - Long.numberOfLeadingZeros(zigzag | 1)) / 7 + 1;
  }
}
