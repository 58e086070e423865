package io.gofka.record;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The checksum of record batches (CRC-32C, Castagnoli), over buffers of any kind without a copy.
 */
public final class Crc32c {
  private Crc32c() {}

  /** Checksum of {@code length} bytes from {@code index}, as an unsigned 32 bit value. */
  public static long of(ByteBuf bytes, int index, int length) {
    CRC32C crc = new CRC32C();
    if (bytes.nioBufferCount() == 1) {
      // Not the internal view: slices of one frame are read on several loops at once and share it.
      crc.update(bytes.nioBuffer(index, length));
    } else {
      for (ByteBuffer part : bytes.nioBuffers(index, length)) {
        crc.update(part);
      }
    }
    return crc.getValue();
  }
}
