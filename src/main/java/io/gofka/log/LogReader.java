package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.IndexFile.Indexed;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What readers ask of one log: which batches lie where, which transactions to skip, and where the
 * records of a time are. Part of {@link PartitionLog}, on its thread; it changes nothing but what
 * is in memory of the segments.
 */
final class LogReader {
  private final PartitionLog log;
  private final SegmentList segments;
  private final LogDisk disk;

  LogReader(PartitionLog log, SegmentList segments, LogDisk disk) {
    this.log = log;
    this.segments = segments;
    this.disk = disk;
  }

  /**
   * Checks that reading may begin at {@code offset}.
   *
   * @throws ApiException OFFSET_OUT_OF_RANGE
   */
  void checkReadable(long offset) {
    if (offset < log.logStartOffset() || offset > log.logEndOffset()) {
      throw new ApiException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          log.partition()
              + " has offsets "
              + log.logStartOffset()
              + " to "
              + log.logEndOffset()
              + ", not "
              + offset);
    }
  }

  /** The segment in which a read at {@code offset} begins. */
  Segment segmentFor(long offset) {
    return segments.containing(offset);
  }

  /**
   * Finds whole batches to read. The index must be in memory.
   *
   * @param offset checked; the first batch found is the one with this offset or, in a gap, the next
   * @param maxBytes at most so much, unless the first batch alone is larger and {@code
   *     atLeastOneBatch}
   * @param endOffset first offset that the reader may not see
   * @param nowMs monotonic
   */
  LogSlice find(long offset, int maxBytes, boolean atLeastOneBatch, long endOffset, long nowMs)
      throws IOException {
    if (offset >= endOffset) {
      return LogSlice.NOTHING;
    }
    Segment segment = segmentFor(offset);
    if (!segment.isIndexed()) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR, "no index of " + segment.path() + " is in memory");
    }
    segment.used(nowMs);
    int start = segment.positionOf(offset);
    int end = segment.positionOf(endOffset);
    if (end <= start) {
      return LogSlice.NOTHING;
    }
    if (end - start > maxBytes) {
      end = segment.lastWholeBatch(start, start + Math.max(maxBytes, 0));
      if (end == start) {
        if (!atLeastOneBatch) {
          return LogSlice.NOTHING;
        }
        end = segment.batchEnd(start);
      }
    } else if (end == segment.sizeBytes()) {
      segment.readToEnd();
    }
    return new LogSlice(Optional.of(segment), start, end - start);
  }

  /**
   * The aborted transactions that the reader of a range has to skip. What {@link #abortsToLoad}
   * names must be loaded.
   *
   * @throws ApiException KAFKA_STORAGE_ERROR when it isn't
   */
  List<AbortedTransaction> aborted(long fromOffset, long endOffset) {
    List<Segment> from = segments.from(fromOffset);
    if (!AbortedTransactions.toLoad(from, endOffset).isEmpty()) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR,
          log.partition() + " has no index of aborted transactions from " + fromOffset);
    }
    return AbortedTransactions.in(from, fromOffset, endOffset);
  }

  /** Whether a transaction was aborted at or after {@code offset}; known without loading. */
  boolean hasAborted(long offset) {
    for (Segment segment : segments.from(offset)) {
      if (segment.abortedCount() > 0) {
        return true;
      }
    }
    return false;
  }

  /** What has to be loaded before {@link #aborted} can be asked. */
  List<Segment> abortsToLoad(long fromOffset, long endOffset) {
    return AbortedTransactions.toLoad(segments.from(fromOffset), endOffset);
  }

  /** Makes a segment's aborted transactions anew from the log, for a worker. */
  AbortedRebuild rebuildAborts(Segment segment) {
    return AbortedRebuild.of(disk, log.folder(), segments.upTo(segment));
  }

  /** Makes what a worker has loaded available; nothing happens when the segment is gone. */
  void install(Segment segment, Indexed indexed) {
    if (!segment.isIndexed()) {
      segment.install(indexed);
    }
  }

  /**
   * The first segment with a record as late as {@code timestampMs}, of those that end after both
   * {@code fromOffset} and the log start; empty when all are earlier.
   */
  Optional<Segment> segmentForTimestamp(long timestampMs, long fromOffset) {
    return segments.asLateAs(timestampMs, Math.max(fromOffset, log.logStartOffset()));
  }

  /** The greatest timestamp of the segments that end behind {@code offset}, -1 for none. */
  long maxTimestampMs(long offset) {
    return segments.maxTimestampMs(offset);
  }
}
