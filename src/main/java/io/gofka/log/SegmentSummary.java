package io.gofka.log;

import io.gofka.record.RecordBatch;

/**
 * What is known of a segment without reading it.
 *
 * @param sizeBytes from its beginning to the end of its last batch
 * @param endOffset first offset after it
 * @param firstTimestampMs greatest timestamp of its first batch: its age begins there; -1 when it
 *     is empty or has no timestamps
 * @param maxTimestampMs the greatest of all its batches, -1 when there is none
 * @param maxTimestampPosition where the first batch with that timestamp begins
 * @param lastEpoch leader epoch of its last batch, -1 when it is empty
 * @param headerHash {@link HeaderHash} of all its batches
 * @param coveredEndOffset where the next segment begins: behind {@code endOffset} when compaction
 *     has taken the last records
 * @param abortedTransactions how many transactions are aborted by a marker in it
 */
record SegmentSummary(
    int sizeBytes,
    long endOffset,
    long firstTimestampMs,
    long maxTimestampMs,
    int maxTimestampPosition,
    int lastEpoch,
    int headerHash,
    long coveredEndOffset,
    int abortedTransactions) {

  static SegmentSummary empty(long baseOffset) {
    return new SegmentSummary(
        0,
        baseOffset,
        RecordBatch.NO_TIMESTAMP,
        RecordBatch.NO_TIMESTAMP,
        0,
        RecordBatch.NO_LEADER_EPOCH,
        HeaderHash.INITIAL,
        baseOffset,
        0);
  }

  /** The next segment begins there: compaction has taken the records before it. */
  SegmentSummary coveringUpTo(long nextBaseOffset) {
    return new SegmentSummary(
        sizeBytes,
        endOffset,
        firstTimestampMs,
        maxTimestampMs,
        maxTimestampPosition,
        lastEpoch,
        headerHash,
        nextBaseOffset,
        abortedTransactions);
  }

  SegmentSummary withAborted(int count) {
    return count == abortedTransactions
        ? this
        : new SegmentSummary(
            sizeBytes,
            endOffset,
            firstTimestampMs,
            maxTimestampMs,
            maxTimestampPosition,
            lastEpoch,
            headerHash,
            coveredEndOffset,
            count);
  }
}
