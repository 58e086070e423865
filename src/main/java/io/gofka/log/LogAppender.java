package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.List;

/**
 * Where what is appended to one log goes. Part of {@link PartitionLog}, on its thread.
 *
 * <p>A leader gives batches their offsets and its epoch. A follower takes them with those that the
 * leader gave them, so that the logs are alike byte for byte; its segments are its own.
 */
final class LogAppender {
  /** A write of copies spans no more offsets, so that they fit into one segment, if a new one. */
  private static final int MAX_OFFSETS_IN_WRITE = Integer.MAX_VALUE / 2;

  private final PartitionLog log;
  private final SegmentList segments;
  private final RecoveryPoint recoveryPoint;
  private final double jitter;
  private RollRules rollRules;
  // Whether an append has begun to make the folder, and whether one has succeeded.
  private boolean begun;
  private boolean onDisk = true;

  /**
   * @param jitter 0 to 1: how much of the allowed segment jitter this log takes
   */
  LogAppender(PartitionLog log, SegmentList segments, RecoveryPoint recoveryPoint, double jitter) {
    this.log = log;
    this.segments = segments;
    this.recoveryPoint = recoveryPoint;
    this.jitter = jitter;
    this.rollRules = new RollRules(log.config(), jitter);
  }

  /** The log is new: the first append makes its folder. */
  void notOnDisk() {
    onDisk = false;
  }

  void updateConfig(LogConfig changed) {
    rollRules = new RollRules(changed, jitter);
  }

  double jitter() {
    return jitter;
  }

  /** Whether the folder may exist. */
  boolean hasBegun() {
    return begun || onDisk;
  }

  /** Whether the folder exists. */
  boolean isOnDisk() {
    return onDisk;
  }

  /** Whether the active segment should have come under compaction by now (wall clock). */
  boolean mustRollForCompaction(long timestampMs) {
    return rollRules.isOverdueForCompaction(segments.last(), timestampMs);
  }

  // ---- as leader

  /** See {@link PartitionLog#begin}. */
  LogAppend begin(List<RecordBatch> batches, int sizeBytes, int leaderEpoch, long timestampMs)
      throws IOException {
    if (sizeBytes > log.config().segmentBytes()) {
      throw new ApiException(
          ErrorCode.RECORD_LIST_TOO_LARGE,
          sizeBytes + " bytes don't fit into a segment of " + log.config().segmentBytes());
    }
    assign(batches, log.logEndOffset(), leaderEpoch);
    return begin(batches, sizeBytes, timestampMs);
  }

  private static void assign(List<RecordBatch> batches, long baseOffset, int leaderEpoch) {
    long offset = baseOffset;
    for (int i = 0; i < batches.size(); i++) {
      RecordBatch batch = batches.get(i);
      batch.assign(offset, leaderEpoch);
      offset = batch.nextOffset();
    }
  }

  private LogAppend begin(List<RecordBatch> batches, int sizeBytes, long timestampMs)
      throws IOException {
    RecordBatch last = batches.get(batches.size() - 1);
    if (rollRules.mustRoll(
        segments.last(), sizeBytes, maxTimestampMs(batches), last.lastOffset(), timestampMs)) {
      log.roll(timestampMs);
    } else if (recoveryPoint.isDue(segments.last(), log.flushedOffset())) {
      log.proveUpToNow();
    }
    begun = true;
    return new LogAppend(
        batches,
        sizeBytes,
        last.partitionLeaderEpoch(),
        segments.last(),
        onDisk ? () -> {} : log::makeFolder);
  }

  private static long maxTimestampMs(List<RecordBatch> batches) {
    long max = RecordBatch.NO_TIMESTAMP;
    for (int i = 0; i < batches.size(); i++) {
      max = Math.max(max, batches.get(i).maxTimestamp());
    }
    return max;
  }

  /** See {@link PartitionLog#extend}. */
  boolean extend(LogAppend append, List<RecordBatch> batches, int sizeBytes, long timestampMs) {
    if (!append.hasRoomFor(sizeBytes)
        || append.position() + (long) append.sizeBytes() + sizeBytes
            > log.config().segmentBytes()) {
      return false;
    }
    assign(batches, append.endOffset(), append.leaderEpoch());
    Segment segment = append.segment();
    long firstTimestampMs =
        segment.sizeBytes() > 0
            ? segment.firstTimestampMs()
            : append.batches().get(0).maxTimestamp();
    if (rollRules.isBehind(
        segment,
        firstTimestampMs,
        maxTimestampMs(batches),
        batches.get(batches.size() - 1).lastOffset(),
        timestampMs)) {
      return false; // It will be given other offsets.
    }
    append.add(batches, sizeBytes);
    return true;
  }

  // ---- as follower

  /** See {@link PartitionLog#beginCopied}. */
  LogAppend beginCopied(List<RecordBatch> batches, long timestampMs) throws IOException {
    RecordBatch first = batches.get(0);
    if (first.baseOffset() < log.logEndOffset()
        || first.partitionLeaderEpoch() < log.latestEpoch()) {
      throw new IllegalStateException(
          log.partition() + " ends at " + log.logEndOffset() + ", " + first + " can't follow");
    }
    if (first.lastOffset() - segments.last().baseOffset() > Integer.MAX_VALUE) {
      log.rollTo(first.baseOffset(), timestampMs);
    }
    int count = 1;
    int sizeBytes = first.sizeInBytes();
    int roomBytes = log.config().segmentBytes();
    Segment active = segments.last();
    if (active.sizeBytes() > 0 && sizeBytes <= roomBytes - active.sizeBytes()) {
      roomBytes -= active.sizeBytes();
    }
    while (count < batches.size()) {
      RecordBatch next = batches.get(count);
      if (sizeBytes + (long) next.sizeInBytes() > roomBytes
          || next.lastOffset() - first.baseOffset() > MAX_OFFSETS_IN_WRITE) {
        break;
      }
      sizeBytes += next.sizeInBytes();
      count++;
    }
    return begin(batches.subList(0, count), sizeBytes, timestampMs);
  }

  // ---- both

  /** See {@link PartitionLog#commit}. */
  void commit(LogAppend append, long timestampMs, long nowMs) {
    Segment segment = append.segment();
    if (segment != segments.last() || segment.sizeBytes() != append.position()) {
      throw new IllegalStateException(
          log.partition() + " has changed under an append at " + append.position());
    }
    append.handOver();
    onDisk = true;
    for (int i = 0; i < append.batches().size(); i++) {
      RecordBatch batch = append.batches().get(i);
      log.beginEpoch(batch.partitionLeaderEpoch(), batch.baseOffset());
      segment.appended(batch, log.config().indexIntervalBytes(), nowMs);
      log.producers().appended(batch, timestampMs).ifPresent(segment::onAborted);
    }
    recoveryPoint.onAppended(nowMs);
  }
}
