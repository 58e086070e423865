package io.gofka.record;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.compression.InflateLimit;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Goes through the records of one batch as bytes, for those who copy records without looking into
 * them: compaction. Memory is bounded by the largest record that is really there.
 *
 * <p>{@link #next} throws {@link ApiException} with INVALID_RECORD when the bytes are not what a
 * batch may hold.
 */
public final class RawRecords implements AutoCloseable {
  private static final int FIRST_BUFFER_BYTES = 1024;

  private final InputStream in;
  private final int count;
  private final long baseOffset;
  private byte[] body = new byte[FIRST_BUFFER_BYTES];
  private int length;
  private int at;
  private int index = -1;
  private long timestampDelta;
  private int timestampEnd;
  private int offsetDelta;
  private int keyAt;
  private int keyLength;
  private boolean hasValue;

  /** Reads a batch whose CRC has been checked. */
  public RawRecords(RecordBatch batch) {
    this(
        RecordReader.inflated(batch, InflateLimit.MAX_INFLATED_BYTES),
        batch.recordsCount(),
        batch.baseOffset());
  }

  /** Reads {@code count} records that are not compressed. */
  RawRecords(InputStream in, int count, long baseOffset) {
    this.in = in;
    this.count = count;
    this.baseOffset = baseOffset;
  }

  /** Moves to the next record; false after the last. */
  public boolean next() {
    try {
      if (index + 1 >= count) {
        if (in.read() >= 0) {
          throw invalid("bytes follow the last of " + count + " records");
        }
        return false;
      }
      index++;
      length = readLength();
      fill();
      parse();
      return true;
    } catch (ApiException refused) {
      throw refused;
    } catch (IOException | RuntimeException broken) { // Codecs throw either.
      throw invalid("record " + index + " of " + count + ": " + broken.getMessage());
    }
  }

  public long offset() {
    return baseOffset + offsetDelta;
  }

  /** Timestamp relative to the batch's base timestamp, in ms. */
  public long timestampDelta() {
    return timestampDelta;
  }

  public boolean hasKey() {
    return keyLength >= 0;
  }

  /** False for a tombstone. */
  public boolean hasValue() {
    return hasValue;
  }

  /**
   * Where the key lies: from {@link #keyAt}, {@link #keyLength} bytes; good until the next move.
   */
  public byte[] bytes() {
    return body;
  }

  public int keyAt() {
    return keyAt;
  }

  /** -1 when there is no key. */
  public int keyLength() {
    return keyLength;
  }

  /** Appends the record as it is. */
  void copyTo(ByteBuf out) {
    Varints.write(out, length);
    out.writeBytes(body, 0, length);
  }

  /** Appends the record with another timestamp delta. */
  void copyTo(ByteBuf out, long otherTimestampDelta) {
    Varints.write(out, length - (timestampEnd - 1) + Varints.size(otherTimestampDelta));
    out.writeByte(body[0]);
    Varints.write(out, otherTimestampDelta);
    out.writeBytes(body, timestampEnd, length - timestampEnd);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException ignored) {
      // The source is a buffer: closing gives memory back, and nothing can be lost.
    }
  }

  /** The length before a record, which may not be negative. */
  private int readLength() throws IOException {
    long zigzag = 0;
    for (int i = 0; i < Varints.MAX_INT_BYTES; i++) {
      int next = in.read();
      if (next < 0) {
        throw invalid("record " + index + " is cut off");
      }
      zigzag |= (long) (next & 0x7f) << (7 * i);
      if ((next & 0x80) == 0) {
        long value = (zigzag >>> 1) ^ -(zigzag & 1);
        if (value < 0 || value > Integer.MAX_VALUE) {
          break;
        }
        return (int) value;
      }
    }
    throw invalid("record " + index + " has an impossible length");
  }

  /** Reads the record; the buffer grows with what is there, not with what is claimed. */
  private void fill() throws IOException {
    int filled = 0;
    while (filled < length) {
      if (filled == body.length) {
        body = Arrays.copyOf(body, (int) Math.min(length, 2L * body.length));
      }
      int wanted = Math.min(length, body.length) - filled;
      int read = in.readNBytes(body, filled, wanted);
      if (read < wanted) {
        throw invalid("record " + index + " is cut off");
      }
      filled += read;
    }
  }

  private void parse() {
    at = 1; // Attributes: none are defined.
    timestampDelta = varlong(Varints.MAX_LONG_BYTES);
    timestampEnd = at;
    offsetDelta = varint();
    keyLength = field();
    keyAt = at;
    at += Math.max(keyLength, 0);
    hasValue = field() >= 0;
  }

  /** The length of a field that fits into what is left of the record; -1 stands for null. */
  private int field() {
    int size = varint();
    if (size < -1 || size > length - at) {
      throw invalid("record " + index + " claims a field of " + size + " bytes");
    }
    return size;
  }

  private int varint() {
    long value = varlong(Varints.MAX_INT_BYTES);
    if (value != (int) value) {
      throw invalid("record " + index + " has an integer out of range");
    }
    return (int) value;
  }

  private long varlong(int maxBytes) {
    long zigzag = 0;
    for (int i = 0; i < maxBytes; i++) {
      if (at >= length) {
        throw invalid("record " + index + " is cut off");
      }
      int next = body[at++];
      zigzag |= (long) (next & 0x7f) << (7 * i);
      if ((next & 0x80) == 0) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw invalid("record " + index + " has an integer of more than " + maxBytes + " bytes");
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_RECORD, message);
  }
}
