package io.gofka.record.compression;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.xerial.snappy.Snappy;

/**
 * Snappy as Kafka's clients send it: either in the framing of snappy-java (a 16 byte header, then
 * blocks that each begin with their compressed length as an int32), or, from librdkafka and others,
 * one bare block.
 *
 * <p>Snappy-java's own reader allocates whatever the input claims; this one checks every length
 * against what is there and what the format can reach at all.
 */
final class SnappyFrameInputStream extends InputStream {
  static final byte[] MAGIC = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

  /** Magic, version and compatible version. */
  static final int HEADER_BYTES = MAGIC.length + 8;

  /** Snappy's densest element gives 64 bytes for 3. */
  private static final int MAX_RATIO = 22;

  private static final int RATIO_SLACK_BYTES = 64;

  private final InputStream in;
  private boolean framed;
  private boolean started;
  private byte[] block = new byte[0];
  private int position;
  private int limit;

  SnappyFrameInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    return refill() ? block[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!refill()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(block, position, bytes, offset, count);
    position += count;
    return count;
  }

  @Override
  public int available() {
    return limit - position;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private boolean refill() throws IOException {
    while (position == limit) {
      byte[] compressed = nextBlock();
      if (compressed.length == 0) {
        return false;
      }
      inflate(compressed);
    }
    return true;
  }

  private void inflate(byte[] compressed) throws IOException {
    int length = Snappy.uncompressedLength(compressed);
    if (length < 0 || length > (long) compressed.length * MAX_RATIO + RATIO_SLACK_BYTES) {
      throw new IOException(
          "a snappy block of "
              + compressed.length
              + " bytes can't hold the "
              + length
              + " it claims");
    }
    if (block.length < length) {
      block = new byte[length];
    }
    limit = Snappy.uncompress(compressed, 0, compressed.length, block, 0);
    position = 0;
  }

  /** The next compressed block, empty at the end. */
  private byte[] nextBlock() throws IOException {
    if (!started) {
      started = true;
      byte[] header = in.readNBytes(HEADER_BYTES);
      framed =
          header.length == HEADER_BYTES
              && Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
      if (!framed) {
        byte[] rest = in.readAllBytes();
        byte[] bare = Arrays.copyOf(header, header.length + rest.length);
        System.arraycopy(rest, 0, bare, header.length, rest.length);
        return bare;
      }
    }
    return framed ? nextFramedBlock() : new byte[0];
  }

  private byte[] nextFramedBlock() throws IOException {
    while (true) {
      byte[] prefix = in.readNBytes(4);
      if (prefix.length == 0) {
        return prefix;
      }
      if (prefix.length < 4) {
        throw new EOFException("a snappy block's length is cut off");
      }
      if (Arrays.equals(prefix, 0, 4, MAGIC, 0, 4)) {
        // Another stream follows the first, as snappy-java allows.
        in.skipNBytes(HEADER_BYTES - 4);
        continue;
      }
      int length =
          ((prefix[0] & 0xff) << 24)
              | ((prefix[1] & 0xff) << 16)
              | ((prefix[2] & 0xff) << 8)
              | (prefix[3] & 0xff);
      if (length < 0) {
        throw new IOException("a snappy block can't have " + length + " bytes");
      }
      byte[] compressed = in.readNBytes(length); // Grows with what is really there.
      if (compressed.length < length) {
        throw new EOFException("a snappy block of " + length + " bytes is cut off");
      }
      if (length > 0) {
        return compressed;
      }
    }
  }
}
