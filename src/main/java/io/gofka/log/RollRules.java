package io.gofka.log;

import io.gofka.record.RecordBatch;

/**
 * When a segment is complete and the next one begins: by its size, by the age of its records, and
 * when offsets would get too far from its first one.
 *
 * @param jitter 0 to 1: how much of the allowed segment jitter this log takes
 */
record RollRules(LogConfig config, double jitter) {
  /**
   * Whether batches have to go into a new segment.
   *
   * @param maxTimestampMs their greatest, -1 when they have none
   * @param timestampMs wall clock
   */
  boolean mustRoll(
      Segment segment, int sizeBytes, long maxTimestampMs, long lastOffset, long timestampMs) {
    return segment.sizeBytes() > 0
        && (sizeBytes > config.segmentBytes() - segment.sizeBytes()
            || isBehind(
                segment, segment.firstTimestampMs(), maxTimestampMs, lastOffset, timestampMs));
  }

  /** Whether records are too late for a segment, or their offsets too far from its first one. */
  boolean isBehind(
      Segment segment,
      long firstTimestampMs,
      long maxTimestampMs,
      long lastOffset,
      long timestampMs) {
    return lastOffset - segment.baseOffset() > Integer.MAX_VALUE
        || ageMs(segment, firstTimestampMs, maxTimestampMs, timestampMs) > segmentMs();
  }

  /** Whether it has records that should have come under compaction by now. */
  boolean isOverdueForCompaction(Segment segment, long timestampMs) {
    return config.compact()
        && segment.sizeBytes() > 0
        && ageMs(segment, segment.firstTimestampMs(), timestampMs, timestampMs)
            > config.cleaning().maxLagMs();
  }

  /** By the records' own clock if they have one, so that replayed data rolls as it did live. */
  private static long ageMs(
      Segment segment, long firstTimestampMs, long maxTimestampMs, long timestampMs) {
    return firstTimestampMs == RecordBatch.NO_TIMESTAMP
            || maxTimestampMs == RecordBatch.NO_TIMESTAMP
        ? timestampMs - segment.createdMs()
        : maxTimestampMs - firstTimestampMs;
  }

  private long segmentMs() {
    long longestMs =
        config.compact()
            ? Math.min(config.segmentMs(), config.cleaning().maxLagMs())
            : config.segmentMs();
    return longestMs - (long) (jitter * Math.min(config.segmentJitterMs(), longestMs));
  }
}
