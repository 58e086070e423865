package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compaction against a naive model: whatever happens, the log is what the model says. */
class CompactionModelTest {
  private static final int SEEDS = 1000;
  private static final int STEPS = 50;

  private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

  /** The other levels note every access, which takes ten times as long as the test. */
  @BeforeAll
  static void lookForLeaksBySample() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
  }

  @AfterAll
  static void lookForLeaksAsBefore() {
    ResourceLeakDetector.setLevel(LEVEL);
  }

  @Test
  void compactedLogIsThatOfTheNaiveModel() {
    int histories = Integer.getInteger("gofka.compaction.seeds", SEEDS);
    long first = Long.getLong("gofka.compaction.seed", 0);
    int swaps = 0;
    int rounds = 0;
    int partial = 0;
    for (long seed = first; seed < first + histories; seed++) {
      CompactionHistory history = new CompactionHistory(seed);
      int step = 0;
      try {
        for (; step < STEPS; step++) {
          history.step();
        }
        history.timestampMs += history.deleteRetentionMs;
        history.clean();
        history.check();
        history.stopAndStart();
        history.check();
        history.log.closeFiles();
      } catch (Throwable failure) {
        throw new AssertionError(
            "seed "
                + seed
                + ", step "
                + step
                + " (replay with -Dgofka.compaction.seeds=1 -Dgofka.compaction.seed="
                + seed
                + ")",
            failure);
      }
      swaps += history.swaps;
      rounds += history.rounds;
      partial += history.partialRounds;
    }
    // Histories in which nothing is compacted would prove nothing.
    assertTrue(rounds > 2 * histories, "only " + rounds + " rounds");
    assertTrue(swaps > rounds, "only " + swaps + " segments were replaced");
    assertTrue(partial > histories / 10, "only " + partial + " rounds with a full map");
  }
}
