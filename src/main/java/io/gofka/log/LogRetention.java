package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Where a log begins, and which of its segments go: those that are too old by the time of their
 * records, those beyond the size it may have, and those below its start. On the thread of the log's
 * owner.
 *
 * <p>While the log is compacted its segments stay. The start moves at once; the segments go when
 * the cleaning, which is told to end, has ended.
 */
final class LogRetention {
  private final PartitionLog log;
  private final SegmentList segments;
  private final LeaderEpochs epochs;
  private final RecoveryPoint recoveryPoint;
  private final LogDisk disk;
  private long logStartOffset;
  private long storedLogStart;
  // Touched by workers only, apart from the beginning.
  private long durableLogStart;

  LogRetention(
      PartitionLog log,
      SegmentList segments,
      LeaderEpochs epochs,
      RecoveryPoint recoveryPoint,
      LogDisk disk,
      long logStartOffset) {
    this.log = log;
    this.segments = segments;
    this.epochs = epochs;
    this.recoveryPoint = recoveryPoint;
    this.disk = disk;
    this.logStartOffset = logStartOffset;
    this.storedLogStart = logStartOffset;
    this.durableLogStart = logStartOffset;
  }

  long logStartOffset() {
    return logStartOffset;
  }

  /** See {@link PartitionLog#deleteBefore}. */
  void deleteBefore(long offset) {
    if (offset < 0 || offset > log.highWatermark()) {
      throw new ApiException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          log.partition() + " can be cut up to " + log.highWatermark() + ", not at " + offset);
    }
    if (offset <= logStartOffset) {
      return;
    }
    logStartOffset = offset;
    epochs.truncateFromStart(offset);
    storeLogStart();
    dropFirst(segments.countBelow(logStartOffset));
  }

  /** See {@link PartitionLog#enforceRetention}. */
  void enforce(long timestampMs) throws IOException {
    LogConfig config = log.config();
    if (config.delete() && config.retentionMs() >= 0) {
      drop(
          segments.countOlderThan(timestampMs - config.retentionMs(), log.lastStableOffset()),
          timestampMs);
    }
    if (config.delete() && config.retentionBytes() >= 0) {
      drop(segments.countBeyond(config.retentionBytes(), log.lastStableOffset()), timestampMs);
    }
    dropFirst(segments.countBelow(logStartOffset));
  }

  /** See {@link PartitionLog#makeRoom}; only what ends before {@code endOffset} may go. */
  void makeRoom(long timestampMs, long endOffset) {
    LogConfig config = log.config();
    if (!config.delete()) {
      return;
    }
    int stay = segments.last().sizeBytes() > 0 ? 1 : 2;
    if (config.retentionMs() >= 0) {
      int old = segments.countOlderThan(timestampMs - config.retentionMs(), endOffset);
      dropFirstToMakeRoom(Math.max(0, Math.min(old, segments.count() - stay)));
    }
    if (config.retentionBytes() >= 0) {
      int excess = segments.countBeyond(config.retentionBytes(), endOffset);
      dropFirstToMakeRoom(Math.max(0, Math.min(excess, segments.count() - stay)));
    }
  }

  private void drop(int count, long timestampMs) throws IOException {
    if (count > 0 && count == segments.count() && !log.compaction().holdsSegments()) {
      log.roll(
          timestampMs); // The log keeps its end offset: there is always a segment that says it.
    }
    dropFirst(count);
  }

  private void dropFirst(int count) {
    if (count > 0 && !log.compaction().holdsSegments()) {
      List<Segment> gone = takeFirst(count);
      storeLogStart();
      log.addChore(deletion(gone, Optional.empty()));
    }
  }

  /** The new start is stored only once there is room for it. */
  private void dropFirstToMakeRoom(int count) {
    if (count > 0 && !log.compaction().holdsSegments()) {
      List<Segment> gone = takeFirst(count);
      long offset = logStartOffset;
      storedLogStart = offset;
      log.addChore(deletion(gone, Optional.of(() -> write(offset))));
    }
  }

  private List<Segment> takeFirst(int count) {
    List<Segment> gone = segments.removeFirst(count);
    log.durability().onRemoved(gone);
    logStartOffset = Math.max(logStartOffset, segments.first().baseOffset());
    epochs.truncateFromStart(logStartOffset);
    return gone;
  }

  /** Before anything is deleted: what is missing at the next start was deleted by us. */
  private void storeLogStart() {
    if (log.isOnDisk() && logStartOffset > storedLogStart) {
      long offset = logStartOffset;
      storedLogStart = offset;
      // In two files: without either of them the deleted records would come back.
      log.addChore(recoveryPoint.storeLogStart(log.flushedOffset()));
      log.addChore(() -> write(offset));
    }
  }

  /** What was put off until there is room must not take back what was stored meanwhile. */
  private synchronized void write(long offset) throws IOException {
    if (offset > durableLogStart) {
      LogStartFile.write(disk, log.folder(), log.partition(), offset);
      durableLogStart = offset;
    }
  }

  private Chore deletion(List<Segment> gone, Optional<Chore> storeLogStart) {
    return new SegmentDeletion(
        disk,
        log.folder(),
        gone.stream().map(Segment::baseOffset).toList(),
        log.config().fileDeleteDelayMs(),
        storeLogStart,
        () -> gone.forEach(Segment::close),
        log::addChore);
  }
}
