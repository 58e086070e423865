package io.gofka.record.compression;

import java.io.IOException;
import java.io.OutputStream;
import org.xerial.snappy.Snappy;

/** Writes snappy in the framing described at {@link SnappyFrameInputStream}. */
final class SnappyFrameOutputStream extends OutputStream {
  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int VERSION = 1;

  private final OutputStream out;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final byte[] compressed = new byte[Snappy.maxCompressedLength(BLOCK_BYTES)];
  private int filled;
  private boolean started;
  private boolean closed;

  SnappyFrameOutputStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    block[filled++] = (byte) value;
    if (filled == BLOCK_BYTES) {
      writeBlock();
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int count = Math.min(length - done, BLOCK_BYTES - filled);
      System.arraycopy(bytes, offset + done, block, filled, count);
      filled += count;
      done += count;
      if (filled == BLOCK_BYTES) {
        writeBlock();
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    writeBlock();
    out.close();
  }

  private void writeBlock() throws IOException {
    if (!started) {
      started = true;
      out.write(SnappyFrameInputStream.MAGIC);
      writeInt(VERSION);
      writeInt(VERSION);
    }
    if (filled > 0) {
      int length = Snappy.compress(block, 0, filled, compressed, 0);
      writeInt(length);
      out.write(compressed, 0, length);
      filled = 0;
    }
  }

  private void writeInt(int value) throws IOException {
    out.write(value >>> 24);
    out.write(value >>> 16);
    out.write(value >>> 8);
    out.write(value);
  }
}
