package io.gofka.log;

import java.util.ArrayList;
import java.util.List;

/**
 * Which aborted transactions the reader of a range of offsets has to skip: those with a record or
 * their marker in it. They are kept with the segments of their markers, and loaded when needed.
 */
final class AbortedTransactions {
  private AbortedTransactions() {}

  /**
   * The transactions of a range, by their markers. What {@link #toLoad} names must be loaded.
   *
   * @param segments from the one with {@code fromOffset} on
   */
  static List<AbortedTransaction> in(List<Segment> segments, long fromOffset, long endOffset) {
    List<AbortedTransaction> found = List.of();
    for (Segment segment : segments) {
      List<AbortedTransaction> aborted = segment.aborted();
      for (int i = firstFrom(aborted, fromOffset); i < aborted.size(); i++) {
        AbortedTransaction transaction = aborted.get(i);
        if (transaction.firstOffset() < endOffset) {
          found = found.isEmpty() ? new ArrayList<>() : found;
          found.add(transaction);
        }
        if (transaction.lastStableOffset() >= endOffset) {
          return found;
        }
      }
    }
    return found;
  }

  /**
   * The segments, in this order, that may have transactions of the range and haven't got them in
   * memory.
   */
  static List<Segment> toLoad(List<Segment> segments, long endOffset) {
    List<Segment> missing = List.of();
    for (Segment segment : segments) {
      if (!segment.knowsAborted()) {
        missing = missing.isEmpty() ? new ArrayList<>() : missing;
        missing.add(segment);
      } else if (decides(segment.aborted(), endOffset)) {
        break;
      }
    }
    return missing;
  }

  /** Whether nothing of a range that ends there is aborted by a later marker. */
  static boolean decides(List<AbortedTransaction> aborted, long endOffset) {
    // From one marker to the next the last stable offset never goes back: the last one has it all.
    return !aborted.isEmpty() && aborted.get(aborted.size() - 1).lastStableOffset() >= endOffset;
  }

  /** Index of the first one whose marker is not before {@code offset}. */
  private static int firstFrom(List<AbortedTransaction> aborted, long offset) {
    int low = 0;
    int high = aborted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (aborted.get(middle).lastOffset() < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
