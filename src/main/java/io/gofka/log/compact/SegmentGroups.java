package io.gofka.log.compact;

import java.util.ArrayList;
import java.util.List;

/** Puts neighbouring segments together that become one, so that small ones don't pile up. */
public final class SegmentGroups {
  /** At most so many segments become one: they are open while they are replaced. */
  public static final int MAX_SEGMENTS = 100;

  private SegmentGroups() {}

  /**
   * Groups in the order of the log; each has at least one segment and, if more, together at most
   * {@code maxBytes} and offsets that an index can tell apart.
   */
  public static List<List<SegmentShape>> of(List<SegmentShape> segments, int maxBytes) {
    List<List<SegmentShape>> groups = new ArrayList<>();
    List<SegmentShape> group = new ArrayList<>();
    long bytes = 0;
    for (SegmentShape segment : segments) {
      boolean fits =
          group.isEmpty()
              || (bytes + segment.sizeBytes() <= maxBytes
                  && segment.endOffset() - 1 - group.get(0).baseOffset() <= Integer.MAX_VALUE
                  && group.size() < MAX_SEGMENTS);
      if (!fits) {
        groups.add(List.copyOf(group));
        group.clear();
        bytes = 0;
      }
      group.add(segment);
      bytes += segment.sizeBytes();
    }
    if (!group.isEmpty()) {
      groups.add(List.copyOf(group));
    }
    return groups;
  }
}
