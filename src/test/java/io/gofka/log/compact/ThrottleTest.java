package io.gofka.log.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ThrottleTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void allThreadsTogetherKeepToTheRate() {
    Throttle throttle = new Throttle(1000, 0);
    long[] threads = {0, 0, 0};
    long bytes = 0;
    for (int round = 0; round < 100; round++) {
      for (int thread = 0; thread < threads.length; thread++) {
        threads[thread] += throttle.reserve(100, threads[thread]);
        bytes += 100;
      }
    }
    long end = Math.max(threads[0], Math.max(threads[1], threads[2]));
    assertTrue(bytes <= 1000.0 * end / SECOND + 1000, bytes + " bytes in " + end + " ns");
    assertTrue(bytes >= 1000.0 * end / SECOND - 1000, bytes + " bytes in " + end + " ns");
  }

  @Test
  void idleTimeIsSavedForNoMoreThanASecond() {
    Throttle throttle = new Throttle(1000, 0);
    assertEquals(0, throttle.reserve(1000, 100 * SECOND));
    assertEquals(SECOND, throttle.reserve(1000, 100 * SECOND));
  }

  @Test
  void withoutALimitNobodyWaits() {
    Throttle throttle = new Throttle(Double.MAX_VALUE, 0);
    for (int i = 0; i < 1000; i++) {
      assertEquals(0, throttle.reserve(1 << 20, 0));
    }
  }

  @Test
  void changedRateHoldsForTheNextPiece() {
    Throttle throttle = new Throttle(1000, 0);
    assertEquals(SECOND, throttle.reserve(1000, 0));
    throttle.bytesPerSecond(10_000);
    assertEquals(SECOND + SECOND / 10, throttle.reserve(1000, 0));
  }
}
