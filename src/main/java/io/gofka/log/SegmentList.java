package io.gofka.log;

import io.gofka.record.RecordBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The segments of one log, by their base offsets; never empty, and the last one is written to. */
final class SegmentList {
  private final List<Segment> segments;
  private Optional<OpenFiles> openFiles = Optional.empty();
  // Of the segments before the last, which don't change: their bytes, and the greatest timestamp of
  // each and all before it. Made when they are asked for.
  private long[] latestUpTo = {};
  private long sealedBytes;
  private boolean current;

  SegmentList(List<Segment> segments) {
    this.segments = new ArrayList<>(segments);
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("a log has at least one segment");
    }
  }

  List<Segment> all() {
    return Collections.unmodifiableList(segments);
  }

  int count() {
    return segments.size();
  }

  Segment get(int index) {
    return segments.get(index);
  }

  Segment first() {
    return segments.get(0);
  }

  Segment last() {
    return segments.get(segments.size() - 1);
  }

  void add(Segment next) {
    current = false;
    segments.add(next);
    openFiles.ifPresent(next::track);
  }

  /** From now on the open files of all segments count among these. */
  void track(OpenFiles files) {
    openFiles = Optional.of(files);
    segments.forEach(segment -> segment.track(files));
  }

  /** Takes the first {@code count} out; not all. */
  List<Segment> removeFirst(int count) {
    current = false;
    List<Segment> first = segments.subList(0, count);
    List<Segment> removed = List.copyOf(first);
    first.clear();
    removed.forEach(Segment::remove);
    return removed;
  }

  /** Puts one segment in the place of neighbours, the first of which begins where it does. */
  void replace(List<Segment> old, Segment replacement) {
    int from = segments.indexOf(old.get(0));
    int to = from + old.size();
    if (from < 0
        || to >= segments.size()
        || !segments.subList(from, to).equals(old)
        || old.get(0).baseOffset() != replacement.baseOffset()) {
      throw new IllegalStateException("the segments to replace are not those of the log");
    }
    current = false;
    old.forEach(Segment::remove);
    segments.subList(from, to).clear();
    segments.add(from, replacement);
    openFiles.ifPresent(replacement::track);
  }

  long sizeBytes() {
    summarize();
    return sealedBytes + last().sizeBytes();
  }

  private void summarize() {
    if (current) {
      return;
    }
    current = true;
    latestUpTo = new long[segments.size() - 1];
    sealedBytes = 0;
    long latest = RecordBatch.NO_TIMESTAMP;
    for (int i = 0; i < latestUpTo.length; i++) {
      sealedBytes += segments.get(i).sizeBytes();
      latest = Math.max(latest, segments.get(i).maxTimestampMs());
      latestUpTo[i] = latest;
    }
  }

  /** Those from the one in which a read at {@code offset} begins. */
  List<Segment> from(long offset) {
    return segments.subList(indexOf(offset), segments.size());
  }

  /** Those up to {@code segment}; it is the last of them. */
  List<Segment> upTo(Segment segment) {
    return segments.subList(0, segments.indexOf(segment) + 1);
  }

  /** Those with records at or behind {@code offset}, and always the last one. */
  List<Segment> notBefore(long offset) {
    int from = segments.size() - 1;
    while (from > 0 && segments.get(from - 1).endOffset() > offset) {
      from--;
    }
    return List.copyOf(segments.subList(from, segments.size()));
  }

  /** The segment in which a read at {@code offset} begins. */
  Segment containing(long offset) {
    return segments.get(indexOf(offset));
  }

  private int indexOf(long offset) {
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments.get(middle).baseOffset() <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    while (low < segments.size() - 1
        && (offset >= segments.get(low).endOffset() || hasNothingLeft(low))) {
      low++; // Behind the last batch that compaction has left of a segment.
    }
    return low;
  }

  /**
   * The first one with a record as late as {@code timestampMs}, of those that end after {@code
   * fromOffset}.
   */
  Optional<Segment> asLateAs(long timestampMs, long fromOffset) {
    summarize();
    int first = firstEndingAfter(fromOffset);
    if (first == 0 || latestUpTo[first - 1] < timestampMs) {
      first = Math.max(first, firstAtLeast(timestampMs));
    }
    for (int i = first; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (segment.sizeBytes() > 0
          && segment.endOffset() > fromOffset
          && segment.maxTimestampMs() >= timestampMs) {
        return Optional.of(segment);
      }
    }
    return Optional.empty();
  }

  private int firstEndingAfter(long offset) {
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments.get(middle).endOffset() > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int firstAtLeast(long timestampMs) {
    int low = 0;
    int high = latestUpTo.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (latestUpTo[middle] >= timestampMs) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  long maxTimestampMs(long logStartOffset) {
    long max = RecordBatch.NO_TIMESTAMP;
    for (Segment segment : segments) {
      if (segment.endOffset() > logStartOffset) {
        max = Math.max(max, segment.maxTimestampMs());
      }
    }
    return max;
  }

  /** How many of the first lie wholly below the log start; never all. */
  int countBelow(long logStartOffset) {
    int count = 0;
    while (count + 1 < segments.size() && segments.get(count + 1).baseOffset() <= logStartOffset) {
      count++;
    }
    return count;
  }

  /**
   * How many of the first have nothing younger than {@code timestampMs} (wall clock) and are
   * committed.
   */
  int countOlderThan(long timestampMs, long highWatermark) {
    int count = 0;
    while (count < segments.size()
        && (hasNothingLeft(count) || newestMs(segments.get(count)) < timestampMs)
        && (segments.get(count).sizeBytes() > 0 || hasNothingLeft(count))
        && segments.get(count).endOffset() <= highWatermark) {
      count++;
    }
    return count;
  }

  /** Compaction has taken all of it; the last one is only new. */
  private boolean hasNothingLeft(int index) {
    return segments.get(index).sizeBytes() == 0 && index < segments.size() - 1;
  }

  /** By the broker's clock where the records have none. */
  private static long newestMs(Segment segment) {
    return segment.maxTimestampMs() == RecordBatch.NO_TIMESTAMP
        ? segment.createdMs()
        : segment.maxTimestampMs();
  }

  /** How many of the first can go so that the rest still has at least {@code keptBytes}. */
  int countBeyond(long keptBytes, long highWatermark) {
    long excess = sizeBytes() - keptBytes;
    int count = 0;
    while (count < segments.size()
        && (segments.get(count).sizeBytes() > 0 || hasNothingLeft(count))
        && excess >= segments.get(count).sizeBytes()
        && segments.get(count).endOffset() <= highWatermark) {
      excess -= segments.get(count).sizeBytes();
      count++;
    }
    return count;
  }
}
