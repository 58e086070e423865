package io.gofka.log.compact;

import io.gofka.record.BatchThinning;
import io.gofka.record.BatchThinning.Horizon;
import io.gofka.record.BatchThinning.Outcome;
import io.gofka.record.RawRecords;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import java.util.Map;

/**
 * Decides what stays of the batches of a log in one round of compaction.
 *
 * <p>Of each key the last record that the round knows of stays, and all records beyond the round's
 * end. A tombstone stays until its batch's delete horizon, which the first round that keeps it
 * sets. Records of aborted transactions go; a marker stays until all records of its transaction
 * have gone, and from then on until the horizon that the next round sets. Of each producer that may
 * still write, the batch that says where it stands stays, without records if need be, and so does
 * the last batch of the round, which says where the log went on. Source: KIP-98, KIP-354, KIP-534,
 * and the behaviour of Kafka 4.3.
 *
 * <p>One thread; batches come in the order of the log, from its first on.
 */
public final class BatchFilter {
  private final OffsetMap lastOffsets;
  private final TransactionFates fates;
  private final Map<Long, LastRecord> producers;
  private final long endOffset;
  private final long newHorizonMs;
  private final long nowMs;
  private final BatchThinning thinning;

  /**
   * @param lastOffsets of the keys below {@code endOffset} that the round has looked at
   * @param producers by id, those that may still write
   * @param endOffset where the round ends: beyond it everything stays
   * @param deleteRetentionMs from now until a new delete horizon
   * @param nowMs wall clock
   * @param thinning the caller releases it
   */
  public BatchFilter(
      OffsetMap lastOffsets,
      TransactionFates fates,
      Map<Long, LastRecord> producers,
      long endOffset,
      long deleteRetentionMs,
      long nowMs,
      BatchThinning thinning) {
    this.lastOffsets = lastOffsets;
    this.fates = fates;
    this.producers = producers;
    this.endOffset = endOffset;
    this.newHorizonMs = saturatedSum(nowMs, deleteRetentionMs);
    this.nowMs = nowMs;
    this.thinning = thinning;
  }

  private static long saturatedSum(long nowMs, long durationMs) {
    return durationMs > Long.MAX_VALUE - nowMs ? Long.MAX_VALUE : nowMs + durationMs;
  }

  /**
   * Appends to {@code out} what stays of a whole batch, if anything.
   *
   * @return whether the batch stays exactly as it is
   * @throws io.gofka.common.ApiException INVALID_RECORD when its records can't be understood
   */
  public boolean filter(RecordBatch batch, ByteBuf out) {
    Outcome outcome = batch.isControl() ? control(batch, out) : data(batch, out);
    if (outcome == Outcome.EMPTY && staysWithoutRecords(batch)) {
      int from = out.writerIndex();
      thinning.writeEmpty(batch, out);
      return isSame(batch, out, from);
    }
    return outcome == Outcome.UNCHANGED;
  }

  private Outcome control(RecordBatch batch, ByteBuf out) {
    boolean unneeded = fates.isUnneeded(batch);
    if (unneeded && isPastHorizon(batch)) {
      return Outcome.EMPTY;
    }
    Horizon horizon = unneeded ? Horizon.ALWAYS : Horizon.NEVER;
    return thinning.thin(batch, marker -> true, horizon, newHorizonMs, out);
  }

  private Outcome data(RecordBatch batch, ByteBuf out) {
    if (fates.isAborted(batch)) {
      return Outcome.EMPTY;
    }
    boolean tombstonesGo = isPastHorizon(batch);
    // Beyond the end, what a tombstone deletes may still be there: its time begins in a later
    // round.
    Horizon horizon = batch.nextOffset() <= endOffset ? Horizon.WITH_TOMBSTONES : Horizon.NEVER;
    return thinning.thin(batch, each -> stays(each, tombstonesGo), horizon, newHorizonMs, out);
  }

  private boolean isPastHorizon(RecordBatch batch) {
    return batch.hasDeleteHorizon() && batch.deleteHorizonMs() <= nowMs;
  }

  private boolean stays(RawRecords each, boolean tombstonesGo) {
    if (each.offset() >= endOffset) {
      return true;
    }
    if (!each.hasKey()) {
      return false; // From before the topic was compacted: nobody could ever replace it.
    }
    return each.offset() >= lastOffsets.get(each.bytes(), each.keyAt(), each.keyLength())
        && (each.hasValue() || !tombstonesGo);
  }

  private boolean staysWithoutRecords(RecordBatch batch) {
    return batch.nextOffset() == endOffset || isLastOfItsProducer(batch);
  }

  private boolean isLastOfItsProducer(RecordBatch batch) {
    LastRecord last = batch.hasProducerId() ? producers.get(batch.producerId()) : null;
    if (last == null) {
      return false;
    }
    return last.dataOffset() == LastRecord.NO_DATA
        ? batch.isControl() && batch.producerEpoch() == last.producerEpoch()
        : batch.lastOffset() == last.dataOffset();
  }

  /** An empty batch that stays empty is written the same again, but for its base timestamp. */
  private static boolean isSame(RecordBatch batch, ByteBuf out, int from) {
    return batch.recordsCount() == 0
        && out.writerIndex() - from == batch.sizeInBytes()
        && new RecordBatch(out, from).crc() == batch.crc();
  }
}
