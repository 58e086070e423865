package io.gofka.log.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CleaningScopeTest {
  private static final long NOW = 1_000_000;
  private static final CleaningRules RULES = new CleaningRules(0.5, 0, Long.MAX_VALUE, 1000);

  private static SegmentShape segment(long from, long to, int bytes, long timestampMs) {
    return new SegmentShape(from, to, bytes, 0, timestampMs, timestampMs, 0);
  }

  private static final List<SegmentShape> LOG =
      List.of(
          segment(0, 10, 300, NOW - 900),
          segment(10, 20, 100, NOW - 800),
          segment(20, 30, 100, NOW - 700),
          segment(30, 40, 100, NOW - 600));

  @Test
  void dirtyIsWhatLiesBehindTheLastCleaning() {
    CleaningScope scope = CleaningScope.of(LOG, 10, 0, 40, RULES, NOW);
    assertEquals(new CleaningScope(10, 40, 300, 300, false), scope);
    assertEquals(0.5, scope.dirtyRatio());
    assertFalse(scope.isDue(0.5));
    assertTrue(scope.isDue(0.4));
  }

  @Test
  void undecidedRecordsEndItWithTheirWholeSegment() {
    assertEquals(20, CleaningScope.of(LOG, 0, 0, 29, RULES, NOW).endOffset());
    assertEquals(30, CleaningScope.of(LOG, 0, 0, 30, RULES, NOW).endOffset());
  }

  @Test
  void youngSegmentEndsItAlsoForOlderOnesBehind() {
    CleaningRules lag = new CleaningRules(0.5, 750, Long.MAX_VALUE, 1000);
    assertEquals(20, CleaningScope.of(LOG, 0, 0, 40, lag, NOW).endOffset());
    // What is clean already stays in, however young.
    assertEquals(30, CleaningScope.of(LOG, 30, 0, 40, lag, NOW).endOffset());
  }

  @Test
  void recordBeyondTheLongestLagMakesItDueWhateverTheRatio() {
    CleaningRules lag = new CleaningRules(1, 0, 650, 1000);
    CleaningScope scope = CleaningScope.of(LOG, 20, 0, 40, lag, NOW);
    assertTrue(scope.overdue());
    assertTrue(scope.isDue(1));
    assertFalse(CleaningScope.of(LOG, 30, 0, 40, lag, NOW).isDue(1));
  }

  @Test
  void checkpointThatCanNotBeTrueIsTheStartOfTheLog() {
    assertEquals(5, CleaningScope.of(LOG, 0, 5, 40, RULES, NOW).firstDirtyOffset());
    assertEquals(5, CleaningScope.of(LOG, 41, 5, 40, RULES, NOW).firstDirtyOffset());
    assertEquals(40, CleaningScope.of(LOG, 40, 5, 40, RULES, NOW).firstDirtyOffset());
  }

  @Test
  void cleanLogIsNeverDue() {
    assertFalse(CleaningScope.of(LOG, 40, 0, 40, RULES, NOW).isDue(0));
    assertFalse(CleaningScope.of(List.of(), 0, 0, 40, RULES, NOW).isDue(0));
  }
}
