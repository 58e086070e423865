package io.gofka.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GroupSimulationTest {
  private static final int SEEDS = Integer.getInteger("gofka.simulation.groups", 300);

  @Test
  void groupKeepsItsPromisesWhateverFails() {
    int generations = 0;
    int acknowledged = 0;
    int refused = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      GroupSimulation.Outcome outcome = new GroupSimulation(seed).run();
      generations += outcome.generations();
      acknowledged += outcome.acknowledgedCommits();
      refused += outcome.refusedCommits();
    }
    // A world in which nothing happens keeps every promise.
    assertTrue(generations > 5 * SEEDS, generations + " generations");
    assertTrue(acknowledged > 100 * SEEDS, acknowledged + " commits");
    assertTrue(refused > SEEDS, refused + " refused commits");
  }
}
