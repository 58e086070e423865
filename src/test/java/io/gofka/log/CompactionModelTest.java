package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compaction against a naive model: whatever happens, the log is what the model says. */
@ExtendWith(SampledLeaks.class)
class CompactionModelTest {
  private static final int SEEDS = 1000;

  @Test
  void compactedLogIsThatOfTheNaiveModel() {
    int[] seen = new int[3];
    int histories =
        RandomHistory.runAll(
            "gofka.compaction",
            SEEDS,
            CompactionHistory::new,
            history -> {
              seen[0] += history.rounds;
              seen[1] += history.swaps;
              seen[2] += history.partialRounds;
            });
    // Histories in which nothing is compacted would prove nothing.
    assertTrue(seen[0] > 2 * histories, "only " + seen[0] + " rounds");
    assertTrue(seen[1] > seen[0], "only " + seen[1] + " segments were replaced");
    assertTrue(seen[2] > histories / 10, "only " + seen[2] + " rounds with a full map");
  }
}
