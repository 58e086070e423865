package io.gofka.record;

import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * Builds one record batch (magic 2) with base offset 0, for those who write records of this node's
 * own. Without further calls it is a plain one: not compressed, not idempotent, create time.
 *
 * <p>Add records, then {@link #build} once, or {@link #release}.
 */
public final class RecordBatchBuilder {
  private final ByteBufAllocator allocator;
  private final ByteBuf records;
  private Compression compression = Compression.NONE;
  private long producerId = RecordBatch.NO_PRODUCER_ID;
  private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
  private int baseSequence = RecordBatch.NO_SEQUENCE;
  private int flags;
  private int count;
  private long baseTimestampMs = RecordBatch.NO_TIMESTAMP;
  private long maxTimestampMs = RecordBatch.NO_TIMESTAMP;

  public RecordBatchBuilder(ByteBufAllocator allocator) {
    this.allocator = allocator;
    this.records = allocator.buffer();
  }

  public RecordBatchBuilder compression(Compression value) {
    compression = value;
    return this;
  }

  /** Makes the batch one of an idempotent producer. */
  public RecordBatchBuilder producer(long id, short epoch, int firstSequence) {
    producerId = id;
    producerEpoch = epoch;
    baseSequence = firstSequence;
    return this;
  }

  /** Marks the batch as part of the producer's transaction. */
  public RecordBatchBuilder transactional() {
    flags |= RecordBatch.TRANSACTIONAL_BIT;
    return this;
  }

  /** Marks the batch as one of control records. */
  public RecordBatchBuilder control() {
    flags |= RecordBatch.CONTROL_BIT;
    return this;
  }

  /**
   * Adds a record without headers. The buffers' readable bytes are copied; they are not consumed.
   *
   * @param timestampMs wall clock
   */
  public RecordBatchBuilder add(long timestampMs, Optional<ByteBuf> key, Optional<ByteBuf> value) {
    if (count == 0) {
      baseTimestampMs = timestampMs;
    }
    maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
    long timestampDelta = timestampMs - baseTimestampMs;
    int length =
        1
            + Varints.size(timestampDelta)
            + Varints.size(count)
            + fieldSize(key)
            + fieldSize(value)
            + Varints.size(0);
    Varints.write(records, length);
    records.writeByte(0);
    Varints.write(records, timestampDelta);
    Varints.write(records, count);
    writeField(key);
    writeField(value);
    Varints.write(records, 0);
    count++;
    return this;
  }

  /** Number of records so far. */
  public int count() {
    return count;
  }

  /** Size of the batch so far, before compression. */
  public int sizeInBytes() {
    return RecordBatch.HEADER_BYTES + records.readableBytes();
  }

  /** The batch, from reader index to writer index; the caller owns it. */
  public ByteBuf build() {
    if (count == 0) {
      throw new IllegalStateException("a batch without records can't be appended");
    }
    ByteBuf out = allocator.buffer(RecordBatch.HEADER_BYTES + records.readableBytes());
    try {
      out.writeZero(RecordBatch.HEADER_BYTES);
      try (OutputStream deflating = compression.deflating(new ByteBufOutputStream(out))) {
        records.readBytes(deflating, records.readableBytes());
      }
      writeHeader(out);
      return out;
    } catch (IOException | RuntimeException failure) {
      out.release();
      throw failure instanceof IOException io
          ? new UncheckedIOException(io)
          : (RuntimeException) failure;
    } finally {
      records.release();
    }
  }

  /** Gives the memory back when the batch isn't built after all. */
  public void release() {
    records.release();
  }

  private void writeHeader(ByteBuf out) {
    out.setInt(RecordBatch.LENGTH_AT, out.readableBytes() - RecordBatch.LOG_OVERHEAD_BYTES);
    out.setInt(RecordBatch.PARTITION_LEADER_EPOCH_AT, RecordBatch.NO_LEADER_EPOCH);
    out.setByte(RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
    out.setShort(RecordBatch.ATTRIBUTES_AT, flags | compression.codec().id());
    out.setInt(RecordBatch.LAST_OFFSET_DELTA_AT, count - 1);
    out.setLong(RecordBatch.BASE_TIMESTAMP_AT, baseTimestampMs);
    out.setLong(RecordBatch.MAX_TIMESTAMP_AT, maxTimestampMs);
    out.setLong(RecordBatch.PRODUCER_ID_AT, producerId);
    out.setShort(RecordBatch.PRODUCER_EPOCH_AT, producerEpoch);
    out.setInt(RecordBatch.BASE_SEQUENCE_AT, baseSequence);
    out.setInt(RecordBatch.RECORDS_COUNT_AT, count);
    new RecordBatch(out, 0).updateCrc();
  }

  private static int fieldSize(Optional<ByteBuf> field) {
    int length = field.map(ByteBuf::readableBytes).orElse(-1);
    return Varints.size(length) + Math.max(length, 0);
  }

  private void writeField(Optional<ByteBuf> field) {
    Varints.write(records, field.map(ByteBuf::readableBytes).orElse(-1));
    field.ifPresent(bytes -> records.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes()));
  }
}
