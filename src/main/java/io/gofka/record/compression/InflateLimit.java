package io.gofka.record.compression;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Ends an inflated stream that gives more than it may: a few kilobytes of a compression bomb expand
 * to as much as one cares to read.
 */
public final class InflateLimit extends FilterInputStream {
  /**
   * What one batch may inflate to. Two hundred times the default of {@code message.max.bytes}, and
   * well below a second of work.
   */
  public static final long MAX_INFLATED_BYTES = 256L << 20;

  private final long maxBytes;
  private long left;

  public InflateLimit(InputStream inflated, long maxBytes) {
    super(inflated);
    this.maxBytes = maxBytes;
    this.left = maxBytes;
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    if (value >= 0) {
      spend(1);
    }
    return value;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    if (read > 0) {
      spend(read);
    }
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = in.skip(count);
    spend(skipped);
    return skipped;
  }

  private void spend(long bytes) throws IOException {
    left -= bytes;
    if (left < 0) {
      throw new IOException("compressed records inflate to more than " + maxBytes + " bytes");
    }
  }
}
