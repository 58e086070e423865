package io.gofka.record;

import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Takes records out of batches, for compaction. What stays keeps its offset, timestamp and headers;
 * the batch keeps its range of offsets and sequences, its producer, leader epoch, flags and codec.
 *
 * <p>One thread; the memory between calls is that of the largest batch so far. Release it.
 */
public final class BatchThinning {
  private final ByteBuf kept;
  private final ByteBuf shifted;

  /** What became of a batch. */
  public enum Outcome {
    /** Copied byte for byte. */
    UNCHANGED,
    /** Written anew. */
    REWRITTEN,
    /** No record is left, so nothing was written. */
    EMPTY
  }

  /** Works with two buffers, which it owns from now on. */
  public BatchThinning(ByteBuf first, ByteBuf second) {
    this.kept = first;
    this.shifted = second;
  }

  /** When a batch that has no delete horizon yet gets one. */
  public enum Horizon {
    NEVER,
    /** When one of the records that are kept is a tombstone. */
    WITH_TOMBSTONES,
    ALWAYS
  }

  /**
   * Appends to {@code out} what is left of a batch.
   *
   * @param keeps asked once for each record in order
   * @param horizonMs the delete horizon that it gets, wall clock
   * @throws io.gofka.common.ApiException INVALID_RECORD when the records can't be understood
   */
  public Outcome thin(
      RecordBatch batch,
      Predicate<RawRecords> keeps,
      Horizon horizon,
      long horizonMs,
      ByteBuf out) {
    kept.clear();
    int count = 0;
    int tombstones = 0;
    long maxDelta = Long.MIN_VALUE;
    try (RawRecords records = new RawRecords(batch)) {
      while (records.next()) {
        if (keeps.test(records)) {
          records.copyTo(kept);
          count++;
          maxDelta = Math.max(maxDelta, records.timestampDelta());
          if (!records.hasValue()) {
            tombstones++;
          }
        }
      }
    }
    if (count == 0) {
      return Outcome.EMPTY;
    }
    boolean setsHorizon =
        !batch.hasDeleteHorizon()
            && (horizon == Horizon.ALWAYS
                || (horizon == Horizon.WITH_TOMBSTONES && tombstones > 0));
    if (count == batch.recordsCount() && !setsHorizon) {
      out.writeBytes(batch.bytes(), batch.start(), batch.sizeInBytes());
      return Outcome.UNCHANGED;
    }
    OptionalLong newBaseMs = setsHorizon ? OptionalLong.of(horizonMs) : OptionalLong.empty();
    write(batch, count, batch.baseTimestamp() + maxDelta, newBaseMs, out);
    return Outcome.REWRITTEN;
  }

  /** Appends the batch without records: its header still says what producers need to know. */
  public void writeEmpty(RecordBatch batch, ByteBuf out) {
    int start = out.writerIndex();
    out.writeBytes(batch.bytes(), batch.start(), RecordBatch.HEADER_BYTES);
    short attributes =
        (short) (batch.attributes() & ~(RecordBatch.CODEC_MASK | RecordBatch.DELETE_HORIZON_BIT));
    out.setShort(start + RecordBatch.ATTRIBUTES_AT, attributes | Codec.NONE.id());
    out.setLong(start + RecordBatch.BASE_TIMESTAMP_AT, batch.maxTimestamp());
    finish(out, start, 0);
  }

  public void release() {
    kept.release();
    shifted.release();
  }

  private void write(
      RecordBatch batch, int count, long maxTimestampMs, OptionalLong newBaseMs, ByteBuf out) {
    int start = out.writerIndex();
    out.writeBytes(batch.bytes(), batch.start(), RecordBatch.HEADER_BYTES);
    if (batch.timestampType() == TimestampType.CREATE_TIME) {
      out.setLong(start + RecordBatch.MAX_TIMESTAMP_AT, maxTimestampMs);
    }
    ByteBuf records = kept;
    if (newBaseMs.isPresent()) {
      out.setShort(
          start + RecordBatch.ATTRIBUTES_AT, batch.attributes() | RecordBatch.DELETE_HORIZON_BIT);
      out.setLong(start + RecordBatch.BASE_TIMESTAMP_AT, newBaseMs.getAsLong());
      shift(count, batch.baseTimestamp() - newBaseMs.getAsLong());
      records = shifted;
    }
    Codec codec = batch.codec().orElseThrow();
    try (OutputStream deflating = Compression.of(codec).deflating(new ByteBufOutputStream(out))) {
      records.readBytes(deflating, records.readableBytes());
    } catch (IOException impossible) { // Into memory.
      throw new UncheckedIOException(impossible);
    }
    finish(out, start, count);
  }

  /** The kept records for another base timestamp: what each says of its time stays true. */
  private void shift(int count, long byMs) {
    shifted.clear();
    try (RawRecords records = new RawRecords(new ByteBufInputStream(kept), count, 0)) {
      while (records.next()) {
        records.copyTo(shifted, records.timestampDelta() + byMs);
      }
    }
  }

  private static void finish(ByteBuf out, int start, int count) {
    int size = out.writerIndex() - start;
    out.setInt(start + RecordBatch.LENGTH_AT, size - RecordBatch.LOG_OVERHEAD_BYTES);
    out.setInt(start + RecordBatch.RECORDS_COUNT_AT, count);
    new RecordBatch(out, start).updateCrc();
  }
}
