package io.gofka.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A crash before and after every effect of twelve scenarios: see {@link KillPoints}. */
class KillPointTest {
  @Test
  void quorumSurvivesACrashAtEveryEffectOfEveryScenario() {
    List<Scenario> scenarios = Scenario.all();
    assertEquals(12, scenarios.size());
    AtomicLong runs = new AtomicLong();
    for (Scenario scenario : scenarios) {
      KillPoints.Run whole = KillPoints.run(scenario, -1, Disk.Kept.ALL);
      assertTrue(whole.violation().isEmpty(), () -> scenario.name() + ": " + whole);
      assertTrue(whole.effects() > 20, () -> scenario.name() + ": " + whole);
      LongStream.range(0, whole.effects())
          .parallel()
          .forEach(
              killAt -> {
                for (Disk.Kept kept : Disk.Kept.values()) {
                  KillPoints.Run run = KillPoints.run(scenario, killAt, kept);
                  runs.incrementAndGet();
                  assertTrue(
                      run.violation().isEmpty(),
                      () ->
                          scenario.name()
                              + ", killed at "
                              + killAt
                              + ", keeps "
                              + kept
                              + ": "
                              + run.violation());
                  if (!run.hadUnsynced()) {
                    break; // It keeps the same in any case.
                  }
                }
              });
    }
    System.out.println("Kill points: " + runs + " runs of " + scenarios.size() + " scenarios");
  }
}
