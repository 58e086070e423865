package io.gofka.record;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.InflateLimit;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Goes through the records of one batch, inflating them as it goes, so that memory stays bounded
 * whatever the batch claims. Every length is checked against the record it stands in.
 *
 * <p>All methods throw {@link ApiException} with INVALID_RECORD when the bytes are not what a batch
 * may hold.
 */
public final class RecordReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 4 * 1024;

  private final RecordBatch batch;
  private final InputStream in;
  private final int count;
  private int index = -1;
  private int left;
  private long timestampDelta;
  private int offsetDelta;
  private int keyLength;
  private boolean inBody;

  /** Reads a batch whose header has been checked. */
  public RecordReader(RecordBatch batch) {
    this(batch, InflateLimit.MAX_INFLATED_BYTES);
  }

  RecordReader(RecordBatch batch, long maxInflatedBytes) {
    this.batch = batch;
    this.count = batch.recordsCount();
    this.in = inflated(batch, maxInflatedBytes);
  }

  /**
   * The bytes of the records, inflated, at most {@code maxInflatedBytes} of them.
   *
   * @throws ApiException UNSUPPORTED_COMPRESSION_TYPE for an unknown codec, INVALID_RECORD when the
   *     payload doesn't even begin as one of its codec
   */
  static InputStream inflated(RecordBatch batch, long maxInflatedBytes) {
    Codec codec =
        batch
            .codec()
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                        "codec " + (batch.attributes() & RecordBatch.CODEC_MASK)));
    int start = batch.start() + RecordBatch.HEADER_BYTES;
    int length = batch.sizeInBytes() - RecordBatch.HEADER_BYTES;
    InputStream payload = new ByteBufInputStream(batch.bytes().slice(start, length));
    if (codec == Codec.NONE) {
      return payload;
    }
    try {
      return new BufferedInputStream(
          new InflateLimit(codec.inflating(payload), maxInflatedBytes), BUFFER_BYTES);
    } catch (IOException | RuntimeException broken) {
      throw invalid("records are no " + codec.configName() + ": " + broken.getMessage());
    }
  }

  /** Moves to the next record; false after the last. */
  public boolean next() {
    try {
      if (inBody) {
        skip(left);
        inBody = false;
      }
      if (index + 1 == count) {
        if (in.read() >= 0) {
          throw invalid("bytes follow the last of " + count + " records");
        }
        return false;
      }
      index++;
      readRecordHeader();
      return true;
    } catch (ApiException refused) {
      throw refused;
    } catch (IOException | RuntimeException broken) { // Codecs throw either.
      throw invalid("record " + index + " of " + count + ": " + broken.getMessage());
    }
  }

  /** Index of the current record within its batch. */
  public int index() {
    return index;
  }

  public long offset() {
    return batch.baseOffset() + offsetDelta;
  }

  public long timestampMs() {
    return batch.timestampType() == TimestampType.LOG_APPEND_TIME
        ? batch.maxTimestamp()
        : batch.baseTimestamp() + timestampDelta;
  }

  public boolean hasKey() {
    return keyLength >= 0;
  }

  /** Reads the current record whole; can be called once for each. */
  public LogRecord record() {
    try {
      Optional<byte[]> key = readBytes(keyLength);
      Optional<byte[]> value = readBytes(readLength());
      return new LogRecord(
          offset(),
          timestampMs(),
          key.map(Unpooled::wrappedBuffer),
          value.map(Unpooled::wrappedBuffer));
    } catch (ApiException refused) {
      throw refused;
    } catch (IOException | RuntimeException broken) { // Codecs throw either.
      throw invalid("record " + index + " of " + count + ": " + broken.getMessage());
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException ignored) {
      // The source is a buffer: closing gives memory back, and nothing can be lost.
    }
  }

  private void readRecordHeader() throws IOException {
    left = Varints.MAX_INT_BYTES;
    int length = readVarint();
    if (length < 0) {
      throw invalid("record " + index + " can't have " + length + " bytes");
    }
    left = length;
    inBody = true;
    readByte(); // Attributes: none are defined.
    timestampDelta = readVarlong(Varints.MAX_LONG_BYTES);
    offsetDelta = readVarint();
    keyLength = readLength();
  }

  /** A length that fits into what is left of the record; -1 stands for null. */
  private int readLength() throws IOException {
    int length = readVarint();
    if (length < -1 || length > left) {
      throw invalid(
          "record "
              + index
              + " claims a field of "
              + length
              + " bytes where "
              + left
              + " are left");
    }
    return length;
  }

  private Optional<byte[]> readBytes(int length) throws IOException {
    if (length < 0) {
      return Optional.empty();
    }
    byte[] bytes = in.readNBytes(length);
    left -= length;
    if (bytes.length < length) {
      throw invalid("record " + index + " is cut off");
    }
    return Optional.of(bytes);
  }

  private void skip(int length) throws IOException {
    try {
      in.skipNBytes(length);
    } catch (java.io.EOFException cutOff) {
      throw invalid("record " + index + " is cut off");
    }
  }

  private int readVarint() throws IOException {
    long value = readVarlong(Varints.MAX_INT_BYTES);
    if (value != (int) value) {
      throw invalid("record " + index + " has an integer out of range");
    }
    return (int) value;
  }

  private long readVarlong(int maxBytes) throws IOException {
    long zigzag = 0;
    for (int i = 0; i < maxBytes; i++) {
      int next = readByte();
      zigzag |= (long) (next & 0x7f) << (7 * i);
      if ((next & 0x80) == 0) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw invalid("record " + index + " has an integer of more than " + maxBytes + " bytes");
  }

  private int readByte() throws IOException {
    int value = left > 0 ? in.read() : -1;
    if (value < 0) {
      throw invalid("record " + index + " is cut off");
    }
    left--;
    return value;
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_RECORD, message);
  }
}
