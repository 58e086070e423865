package io.gofka.log;

import java.util.Arrays;

/**
 * Some of a segment's batches, by offset, position and time: one for every {@code
 * index.interval.bytes} or so. A search begins at an entry and goes on through the batch headers.
 *
 * <p>An entry holds the batch's first offset relative to the segment's, its position, and the
 * greatest timestamp before it in the segment, which never falls from entry to entry; and the
 * {@link HeaderHash} of all batches before it.
 */
final class SparseIndex {
  private static final int INITIAL_ENTRIES = 16;

  private int[] relativeOffsets;
  private int[] positions;
  private long[] maxTimestampsBefore;
  private int[] headerHashes;
  private int count;

  SparseIndex() {
    this(0);
  }

  SparseIndex(int capacity) {
    relativeOffsets = new int[capacity];
    positions = new int[capacity];
    maxTimestampsBefore = new long[capacity];
    headerHashes = new int[capacity];
  }

  /**
   * The entries there are now, for another thread: what is added here later is not seen there, and
   * nothing is copied.
   */
  SparseIndex frozen() {
    SparseIndex frozen = new SparseIndex();
    frozen.relativeOffsets = relativeOffsets;
    frozen.positions = positions;
    frozen.maxTimestampsBefore = maxTimestampsBefore;
    frozen.headerHashes = headerHashes;
    frozen.count = count;
    return frozen;
  }

  int count() {
    return count;
  }

  void add(int relativeOffset, int position, long maxTimestampBefore, int headerHash) {
    if (count > 0 && position <= positions[count - 1]) {
      throw new IllegalStateException(
          "index entry at " + position + " after one at " + positions[count - 1]);
    }
    if (count == positions.length) {
      resize(Math.max(INITIAL_ENTRIES, count + (count >> 1)));
    }
    relativeOffsets[count] = relativeOffset;
    positions[count] = position;
    maxTimestampsBefore[count] = maxTimestampBefore;
    headerHashes[count] = headerHash;
    count++;
  }

  private void resize(int capacity) {
    relativeOffsets = Arrays.copyOf(relativeOffsets, capacity);
    positions = Arrays.copyOf(positions, capacity);
    maxTimestampsBefore = Arrays.copyOf(maxTimestampsBefore, capacity);
    headerHashes = Arrays.copyOf(headerHashes, capacity);
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

  int headerHash(int entry) {
    return headerHashes[entry];
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
    int entry = entryAtOrBefore(position);
    return entry < 0 ? 0 : positions[entry];
  }

  /** The last entry that is not beyond {@code position}, -1 when there is none. */
  int entryAtOrBefore(int position) {
    int found = Arrays.binarySearch(positions, 0, count, position);
    return found >= 0 ? found : -found - 2;
  }

  /** Forgets what lies at or after {@code position}. */
  void truncate(int position) {
    while (count > 0 && positions[count - 1] >= position) {
      count--;
    }
    resize(count); // Others may hold a frozen view of what lies behind, to be written over now.
  }
}
