package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * The cores of leading and following, and the controllers' rules of who leads, under everything
 * that a network and processes do. A seed that fails is run alone with {@code -Dgofka.seed=…}, more
 * of them with {@code -Dgofka.seeds=…}.
 */
class ReplicationSafetyTest {
  private static final int SEEDS = Integer.getInteger("gofka.seeds", 400);
  private static final int STEPS = 3_000;

  @Test
  void whatIsCommittedStaysWhateverHappens() {
    Integer only = Integer.getInteger("gofka.seed");
    long committed = 0;
    long elections = 0;
    long joins = 0;
    for (int seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
      ReplicationWorld world = new ReplicationWorld(seed);
      try {
        world.run(STEPS);
        world.healAndSettle();
      } catch (RuntimeException | AssertionError found) {
        throw new AssertionError("seed " + seed + "\n" + world.story(), found);
      }
      committed += world.committed();
      elections += world.leaderEpoch();
      joins += world.joins();
    }
    if (only == null) { // The runs must have come to where things can go wrong.
      assertTrue(
          committed > 20L * SEEDS,
          "committed " + committed + ", elections " + elections + ", joins " + joins);
      assertTrue(elections > 5L * SEEDS, "elections " + elections);
      assertTrue(joins > 2L * SEEDS, "joins " + joins);
    }
  }

  @Test
  void equalSeedsAreEqualRuns() {
    ReplicationWorld one = new ReplicationWorld(7);
    ReplicationWorld other = new ReplicationWorld(7);
    one.run(STEPS);
    other.run(STEPS);
    assertEquals(one.story(), other.story());
  }
}
