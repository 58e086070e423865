package io.gofka.raft.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest {
  private static final int BEFORE = 7;

  @TempDir Path scratch;

  @Test
  void whatIsLargerThanASliceIsWrittenAndReadWhole() throws Exception {
    byte[] written = new byte[3 * FileDisk.SLICE_BYTES + 11];
    new Random(1).nextBytes(written);
    try (Disk.OpenFile file = FileDisk.in(scratch).open("large")) {
      ByteBuffer from = ByteBuffer.wrap(written, 5, written.length - 5);
      file.write(from, BEFORE);
      assertEquals(0, from.remaining());
      assertEquals(BEFORE + written.length - 5, file.size());

      ByteBuffer into = ByteBuffer.allocate(written.length + 100).position(5);
      assertEquals(written.length - 5, file.read(into, BEFORE));
      assertEquals(written.length, into.position());
      assertArrayEquals(
          Arrays.copyOfRange(written, 5, written.length),
          Arrays.copyOfRange(into.array(), 5, written.length));
      assertEquals(-1, file.read(into, file.size()));

      ByteBuffer limited = ByteBuffer.allocate(FileDisk.SLICE_BYTES + 1);
      assertEquals(FileDisk.SLICE_BYTES + 1, file.read(limited, BEFORE));
    }
  }
}
