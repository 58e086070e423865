package io.gofka.log.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  /** The key of the reference implementation's test vectors: bytes 0 to 15. */
  private final KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  private String of(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    hash.hash(bytes, 0, length);
    return HexFormat.of()
        .formatHex(
            ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(hash.low())
                .putLong(hash.high())
                .array());
  }

  @Test
  void resultsAreThoseOfTheReferenceImplementation() {
    assertEquals("a3817f04ba25a8e66df67214c7550293", of(0));
    assertEquals("da87c1d86b99af44347659119b22fc45", of(1));
  }

  @Test
  void placeInTheArrayDoesNotMatterButEveryByteDoes() {
    byte[] bytes = "..a key of some length..".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    hash.hash(bytes, 2, bytes.length - 4);
    long low = hash.low();
    byte[] moved = java.util.Arrays.copyOfRange(bytes, 2, bytes.length - 2);
    hash.hash(moved, 0, moved.length);
    assertEquals(low, hash.low());
    for (int i = 0; i < moved.length; i++) {
      moved[i] ^= 1;
      hash.hash(moved, 0, moved.length);
      assertNotEquals(low, hash.low());
      moved[i] ^= 1;
    }
  }
}
