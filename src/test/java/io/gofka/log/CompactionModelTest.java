package io.gofka.log;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compaction against a naive model: whatever happens, the log is what the model says. */
@ExtendWith(SampledLeaks.class)
class CompactionModelTest {
  private static final int SEEDS = 1000;

  @Test
  void compactedLogIsThatOfTheNaiveModel() {
    RandomHistory.Run run = RandomHistory.runAll("gofka.compaction", SEEDS, CompactionHistory::new);
    // Histories in which nothing is compacted would prove nothing.
    run.assertMoreThan(2, "rounds");
    run.met().assertMoreThan(run.met().count("rounds"), "segments replaced");
    run.assertMoreThan(0.1, "rounds with a full map");
  }
}
