package io.gofka.log;

import java.util.Arrays;

/**
 * Some of a segment's batches, by offset, position and time: one for every {@code
 * index.interval.bytes} or so. A search begins at an entry and goes on through the batch headers.
 *
 * <p>An entry holds the batch's first offset relative to the segment's, its position, and the
 * greatest timestamp before it in the segment, which never falls from entry to entry.
 */
final class SparseIndex {
  private static final int INITIAL_ENTRIES = 16;

  private int[] relativeOffsets;
  private int[] positions;
  private long[] maxTimestampsBefore;
  private int count;

  SparseIndex() {
    this(0);
  }

  SparseIndex(int capacity) {
    relativeOffsets = new int[capacity];
    positions = new int[capacity];
    maxTimestampsBefore = new long[capacity];
  }

  int count() {
    return count;
  }

  void add(int relativeOffset, int position, long maxTimestampBefore) {
    if (count > 0 && position <= positions[count - 1]) {
      throw new IllegalStateException(
          "index entry at " + position + " after one at " + positions[count - 1]);
    }
    if (count == positions.length) {
      int capacity = Math.max(INITIAL_ENTRIES, count + (count >> 1));
      relativeOffsets = Arrays.copyOf(relativeOffsets, capacity);
      positions = Arrays.copyOf(positions, capacity);
      maxTimestampsBefore = Arrays.copyOf(maxTimestampsBefore, capacity);
    }
    relativeOffsets[count] = relativeOffset;
    positions[count] = position;
    maxTimestampsBefore[count] = maxTimestampBefore;
    count++;
  }

  int relativeOffset(int entry) {
    return relativeOffsets[entry];
  }

  int position(int entry) {
    return positions[entry];
  }

  long maxTimestampBefore(int entry) {
    return maxTimestampsBefore[entry];
  }

  /** Where to begin to look for an offset: at or before its batch. */
  int positionForOffset(long relativeOffset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (relativeOffsets[middle] <= relativeOffset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : positions[low - 1];
  }

  /** Where to begin to look for the first batch with a record as late as {@code timestamp}. */
  int positionForTimestamp(long timestamp) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (maxTimestampsBefore[middle] < timestamp) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : positions[low - 1];
  }

  /** The last known beginning of a batch that is not beyond {@code position}. */
  int batchStartAtOrBefore(int position) {
    int found = Arrays.binarySearch(positions, 0, count, position);
    int entry = found >= 0 ? found : -found - 2;
    return entry < 0 ? 0 : positions[entry];
  }

  /** Forgets what lies at or after {@code position}. */
  void truncate(int position) {
    while (count > 0 && positions[count - 1] >= position) {
      count--;
    }
  }
}
