package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

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
  private final LogDisk disk;
  private long logStartOffset;

  LogRetention(
      PartitionLog log,
      SegmentList segments,
      LeaderEpochs epochs,
      LogDisk disk,
      long logStartOffset) {
    this.log = log;
    this.segments = segments;
    this.epochs = epochs;
    this.disk = disk;
    this.logStartOffset = logStartOffset;
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
    if (log.isOnDisk()) {
      log.addChore(
          () ->
              disk.replace(
                  LogFiles.in(log.folder(), LogFiles.LOG_START),
                  Long.toString(offset).getBytes(StandardCharsets.UTF_8)));
    }
    dropFirst(segments.countBelow(logStartOffset));
  }

  /** See {@link PartitionLog#enforceRetention}. */
  void enforce(long timestampMs) throws IOException {
    LogConfig config = log.config();
    if (config.delete() && config.retentionMs() >= 0) {
      drop(
          segments.countOlderThan(timestampMs - config.retentionMs(), log.highWatermark()),
          timestampMs);
    }
    if (config.delete() && config.retentionBytes() >= 0) {
      drop(segments.countBeyond(config.retentionBytes(), log.highWatermark()), timestampMs);
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
      dropFirst(Math.max(0, Math.min(old, segments.count() - stay)));
    }
    if (config.retentionBytes() >= 0) {
      int excess = segments.countBeyond(config.retentionBytes(), endOffset);
      dropFirst(Math.max(0, Math.min(excess, segments.count() - stay)));
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
    if (count == 0 || log.compaction().holdsSegments()) {
      return;
    }
    List<Segment> gone = segments.removeFirst(count);
    logStartOffset = Math.max(logStartOffset, segments.first().baseOffset());
    epochs.truncateFromStart(logStartOffset);
    log.addChore(
        new SegmentDeletion(
            disk,
            log.folder(),
            gone.stream().map(Segment::baseOffset).toList(),
            log.config().fileDeleteDelayMs(),
            () -> gone.forEach(Segment::close),
            log::addChore));
  }
}
