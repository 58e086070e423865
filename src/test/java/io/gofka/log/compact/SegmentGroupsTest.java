package io.gofka.log.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SegmentGroupsTest {
  private static SegmentShape segment(long from, long to, int bytes) {
    return new SegmentShape(from, to, bytes, 0, 0, 0, 0);
  }

  private static String groups(List<SegmentShape> segments, int maxBytes) {
    return SegmentGroups.of(segments, maxBytes).stream()
        .map(
            group ->
                group.stream()
                    .map(each -> Long.toString(each.baseOffset()))
                    .collect(Collectors.joining("+")))
        .collect(Collectors.joining(" "));
  }

  @Test
  void neighboursBecomeOneAsLongAsTheyFitTogether() {
    List<SegmentShape> segments =
        List.of(segment(0, 1, 40), segment(1, 2, 60), segment(2, 3, 1), segment(3, 4, 500));
    assertEquals("0+1 2 3", groups(segments, 100));
    assertEquals("0 1+2 3", groups(segments, 99));
  }

  @Test
  void offsetsStayWithinReachOfAnIndex() {
    long far = 1L << 31;
    assertEquals("0+5", groups(List.of(segment(0, 5, 1), segment(5, far, 1)), 100));
    assertEquals("0 5", groups(List.of(segment(0, 5, 1), segment(5, far + 1, 1)), 100));
  }

  @Test
  void emptySegmentsAreNotTakenTogetherWithoutEnd() {
    List<SegmentShape> segments =
        IntStream.range(0, 2 * SegmentGroups.MAX_SEGMENTS + 1)
            .mapToObj(i -> segment(i, i + 1, 0))
            .toList();
    assertEquals(3, SegmentGroups.of(segments, 100).size());
  }
}
