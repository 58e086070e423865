package io.gofka.log.compact;

import java.util.List;

/**
 * How far a log can be compacted now, and how much it needs it.
 *
 * @param firstDirtyOffset below it each key is there once
 * @param endOffset whole segments below it may be touched
 * @param cleanBytes in segments below the first dirty offset
 * @param dirtyBytes in the other segments below {@code endOffset}
 * @param overdue a record has waited for longer than {@code max.compaction.lag.ms}
 */
public record CleaningScope(
    long firstDirtyOffset, long endOffset, long cleanBytes, long dirtyBytes, boolean overdue) {

  /**
   * Looks at a log. Neither the segment that is written to nor one that isn't decided and committed
   * as a whole is touched, nor what comes after a segment that is younger than {@code
   * min.compaction.lag.ms}.
   *
   * @param complete all segments but the one that is written to, by offset
   * @param checkpoint how far the log has been cleaned, as far as anybody knows
   * @param stableOffset the last stable offset, not beyond the high watermark
   * @param nowMs wall clock
   */
  public static CleaningScope of(
      List<SegmentShape> complete,
      long checkpoint,
      long logStartOffset,
      long stableOffset,
      CleaningRules rules,
      long nowMs) {
    long end = logStartOffset;
    long firstDirtyOffset = logStartOffset;
    for (SegmentShape segment : complete) {
      if (segment.endOffset() > stableOffset
          || (segment.endOffset() > checkpoint && isTooYoung(segment, rules, nowMs))) {
        break;
      }
      end = Math.max(end, segment.endOffset());
    }
    long logEnd = complete.isEmpty() ? 0 : complete.get(complete.size() - 1).endOffset();
    if (checkpoint > logStartOffset && checkpoint <= logEnd) {
      firstDirtyOffset = checkpoint;
    }
    long clean = 0;
    long dirty = 0;
    boolean overdue = false;
    for (SegmentShape segment : complete) {
      if (segment.endOffset() > end) {
        break;
      }
      if (segment.endOffset() <= firstDirtyOffset) {
        clean += segment.sizeBytes();
      } else {
        dirty += segment.sizeBytes();
        overdue |= isOverdue(segment, rules, nowMs);
      }
    }
    return new CleaningScope(firstDirtyOffset, end, clean, dirty, overdue);
  }

  private static boolean isTooYoung(SegmentShape segment, CleaningRules rules, long nowMs) {
    return rules.minLagMs() > 0 && segment.maxTimestampMs() > nowMs - rules.minLagMs();
  }

  private static boolean isOverdue(SegmentShape segment, CleaningRules rules, long nowMs) {
    return segment.firstTimestampMs() > 0
        && rules.maxLagMs() < nowMs
        && segment.firstTimestampMs() < nowMs - rules.maxLagMs();
  }

  /** Share of what can be compacted that isn't yet, 0 to 1. */
  public double dirtyRatio() {
    long total = cleanBytes + dirtyBytes;
    return total == 0 ? 0 : (double) dirtyBytes / total;
  }

  /** Whether it is worth it. */
  public boolean isDue(double minDirtyRatio) {
    return dirtyBytes > 0 && (overdue || dirtyRatio() > minDirtyRatio);
  }
}
