package io.gofka.log;

/**
 * Parts of a segment that were read from the disk and found to be right, in the order of their
 * positions and apart from each other. Readers go forward, so that there are few; when there are
 * too many, the smallest is forgotten, and is read once more when it is asked for.
 */
final class VerifiedRanges {
  static final int MAX_RANGES = 16;

  private final int[] from = new int[MAX_RANGES + 1];
  private final int[] to = new int[MAX_RANGES + 1];
  private int count;

  boolean cover(int start, int end) {
    for (int i = 0; i < count; i++) {
      if (from[i] <= start && end <= to[i]) {
        return true;
      }
    }
    return false;
  }

  void add(int start, int end) {
    if (start >= end) {
      return;
    }
    int mergedFrom = start;
    int mergedTo = end;
    int kept = 0;
    int at = 0;
    for (int i = 0; i < count; i++) {
      if (from[i] <= mergedTo && mergedFrom <= to[i]) {
        mergedFrom = Math.min(mergedFrom, from[i]);
        mergedTo = Math.max(mergedTo, to[i]);
      } else {
        from[kept] = from[i];
        to[kept] = to[i];
        kept++;
        at = to[i] < start ? kept : at;
      }
    }
    System.arraycopy(from, at, from, at + 1, kept - at);
    System.arraycopy(to, at, to, at + 1, kept - at);
    from[at] = mergedFrom;
    to[at] = mergedTo;
    count = kept + 1;
    if (count > MAX_RANGES) {
      forgetSmallest();
    }
  }

  /** Nothing at or behind {@code position} is known any more. */
  void truncate(int position) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (from[i] < position) {
        from[kept] = from[i];
        to[kept] = Math.min(to[i], position);
        kept++;
      }
    }
    count = kept;
  }

  private void forgetSmallest() {
    int smallest = 0;
    for (int i = 1; i < count; i++) {
      smallest = to[i] - from[i] < to[smallest] - from[smallest] ? i : smallest;
    }
    count--;
    System.arraycopy(from, smallest + 1, from, smallest, count - smallest);
    System.arraycopy(to, smallest + 1, to, smallest, count - smallest);
  }
}
