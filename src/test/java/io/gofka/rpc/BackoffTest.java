package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff = new Backoff(250, 2_000, new SplittableRandom(5));

  @Test
  void pausesDoubleUpToTheirBoundAndAreAtLeastHalf() {
    for (long fullMs : new long[] {250, 500, 1_000, 2_000, 2_000, 2_000}) {
      long pauseMs = backoff.nextMs();
      assertTrue(pauseMs >= fullMs / 2 && pauseMs <= fullMs, pauseMs + " of " + fullMs);
    }
    assertEquals(6, backoff.tries());
  }

  @Test
  void afterSuccessTheFirstPauseIsShortAgain() {
    for (int i = 0; i < 1_000; i++) {
      backoff.nextMs();
    }
    backoff.reset();
    assertTrue(backoff.nextMs() <= 250);
  }

  @Test
  void pausesDiffer() {
    SplittableRandom random = new SplittableRandom(5);
    long distinct =
        java.util.stream.LongStream.range(0, 50)
            .map(i -> new Backoff(1_000, 2_000, random).nextMs())
            .distinct()
            .count();
    assertTrue(distinct > 30, distinct + " of 50");
  }
}
