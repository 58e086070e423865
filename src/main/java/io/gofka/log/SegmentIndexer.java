package io.gofka.log;

import io.gofka.record.RecordBatch;

/**
 * Follows the batches of one segment as they are appended or scanned: keeps its summary and adds an
 * entry to its sparse index whenever one is due.
 */
final class SegmentIndexer {
  private final long baseOffset;
  private final SparseIndex index;
  private int indexedUpTo;
  private int sizeBytes;
  private long endOffset;
  private long firstTimestampMs;
  private long maxTimestampMs;
  private int maxTimestampPosition;
  private int lastEpoch;
  private int headerHash;
  private long coveredEndOffset;
  private int abortedTransactions;

  /** Begins where {@code summary} ends, with the index as it is there. */
  SegmentIndexer(long baseOffset, SegmentSummary summary, SparseIndex index) {
    this.baseOffset = baseOffset;
    this.index = index;
    this.indexedUpTo = index.count() == 0 ? 0 : index.position(index.count() - 1);
    this.sizeBytes = summary.sizeBytes();
    this.endOffset = summary.endOffset();
    this.firstTimestampMs = summary.firstTimestampMs();
    this.maxTimestampMs = summary.maxTimestampMs();
    this.maxTimestampPosition = summary.maxTimestampPosition();
    this.lastEpoch = summary.lastEpoch();
    this.headerHash = summary.headerHash();
    this.coveredEndOffset = summary.coveredEndOffset();
    this.abortedTransactions = summary.abortedTransactions();
  }

  /** The batch lies at the segment's end now. */
  void add(RecordBatch batch, int indexIntervalBytes) {
    if (sizeBytes == 0) {
      firstTimestampMs = batch.maxTimestamp();
    } else if (sizeBytes - indexedUpTo >= indexIntervalBytes) {
      index.add((int) (batch.baseOffset() - baseOffset), sizeBytes, maxTimestampMs, headerHash);
      indexedUpTo = sizeBytes;
    }
    if (batch.maxTimestamp() > maxTimestampMs) {
      maxTimestampMs = batch.maxTimestamp();
      maxTimestampPosition = sizeBytes;
    }
    sizeBytes += batch.sizeInBytes();
    endOffset = batch.nextOffset();
    coveredEndOffset = endOffset;
    lastEpoch = batch.partitionLeaderEpoch();
    headerHash = HeaderHash.next(headerHash, batch);
  }

  /** The next segment begins there: compaction has taken the records before it. */
  void coverUpTo(long nextBaseOffset) {
    coveredEndOffset = Math.max(endOffset, nextBaseOffset);
  }

  /** So many transactions are aborted by markers that lie here. */
  void abortedTransactions(int count) {
    abortedTransactions = count;
  }

  SparseIndex index() {
    return index;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  long endOffset() {
    return endOffset;
  }

  long firstTimestampMs() {
    return firstTimestampMs;
  }

  long maxTimestampMs() {
    return maxTimestampMs;
  }

  int maxTimestampPosition() {
    return maxTimestampPosition;
  }

  int lastEpoch() {
    return lastEpoch;
  }

  int headerHash() {
    return headerHash;
  }

  int abortedTransactions() {
    return abortedTransactions;
  }

  SegmentSummary summary() {
    return new SegmentSummary(
        sizeBytes,
        endOffset,
        firstTimestampMs,
        maxTimestampMs,
        maxTimestampPosition,
        lastEpoch,
        headerHash,
        coveredEndOffset,
        abortedTransactions);
  }
}
