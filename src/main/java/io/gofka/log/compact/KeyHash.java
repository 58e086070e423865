package io.gofka.log.compact;

/**
 * SipHash-2-4 with 128 bits: a hash under a secret key, quick for the short keys of records.
 *
 * <p>One thread: the result lies in the object until the next call. Source: Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", and the 128-bit variant of its reference implementation.
 */
final class KeyHash {
  private final long k0;
  private final long k1;
  private long v0;
  private long v1;
  private long v2;
  private long v3;
  private long low;
  private long high;

  /** A hash under the key of these 128 bits. */
  KeyHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The first eight bytes of the last result, little endian. */
  long low() {
    return low;
  }

  /** The second eight bytes. */
  long high() {
    return high;
  }

  void hash(byte[] bytes, int from, int length) {
    v0 = k0 ^ 0x736f6d6570736575L;
    v1 = k1 ^ 0x646f72616e646f6dL ^ 0xee;
    v2 = k0 ^ 0x6c7967656e657261L;
    v3 = k1 ^ 0x7465646279746573L;
    int end = from + (length & ~7);
    for (int at = from; at < end; at += 8) {
      absorb(word(bytes, at, 8));
    }
    absorb(word(bytes, end, length & 7) | (long) length << 56);
    v2 ^= 0xee;
    rounds(4);
    low = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    rounds(4);
    high = v0 ^ v1 ^ v2 ^ v3;
  }

  private static long word(byte[] bytes, int from, int count) {
    long word = 0;
    for (int i = 0; i < count; i++) {
      word |= (bytes[from + i] & 0xffL) << (8 * i);
    }
    return word;
  }

  private void absorb(long word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  private void rounds(int count) {
    for (int i = 0; i < count; i++) {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
