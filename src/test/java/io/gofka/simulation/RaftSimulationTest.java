package io.gofka.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Quorums of Raft cores among faults: see {@link RaftSimulation}. A seed that fails is printed with
 * the command that repeats it, and goes to {@code simulation/raft-seeds.txt}.
 *
 * <p>Further seeds: {@code -Dgofka.sim.from=… -Dgofka.sim.seeds=1000000}.
 */
@ExtendWith(QuietLogs.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RaftSimulationTest {
  private static final int SEEDS = 2000;
  private static final int SEEDS_RUN_TWICE = 200;
  private static final double VIRTUAL_HOURS = 300;

  @Test
  @Order(1)
  void seedsThatFailedOnceDoSoNoMore() throws IOException {
    List<Long> seeds = regressions();
    assertTrue(!seeds.isEmpty());
    for (long seed : seeds) {
      RaftSimulation.Result result = RaftSimulation.run(seed, false);
      assertTrue(result.violation().isEmpty(), () -> Simulate.replay(result));
    }
  }

  @Test
  @Order(2)
  void noSeedBreaksAnInvariantAndEachGoesOnAfterHealing() {
    long from = Long.getLong("gofka.sim.from", 0);
    long seeds = Long.getLong("gofka.sim.seeds", SEEDS);
    Queue<RaftSimulation.Result> failed = new ConcurrentLinkedQueue<>();
    Simulate.Summary summary = Simulate.seeds(from, seeds, failed::add);
    System.out.println("Raft simulation: " + summary);
    assertTrue(failed.isEmpty(), () -> Simulate.replay(failed.element()));
    double hours = summary.virtualMicros() / 3.6e9;
    assertTrue(hours >= VIRTUAL_HOURS * seeds / SEEDS, () -> hours + " virtual hours only");
    assertTrue(summary.acknowledged() > 100 * seeds, "hardly anything was done");
  }

  @Test
  @Order(3)
  void sameSeedIsTheSameRun() {
    LongStream.range(0, SEEDS_RUN_TWICE)
        .parallel()
        .forEach(
            seed ->
                assertEquals(
                    RaftSimulation.run(seed, false).hash(),
                    RaftSimulation.run(seed, seed % 20 == 0).hash(),
                    () -> "seed " + seed));
  }

  /** Replay: with the trace of what happened at last on the standard output. */
  @Test
  @EnabledIfSystemProperty(named = "gofka.sim.seed", matches = "-?[0-9]+")
  void seedFromTheCommandLine() {
    RaftSimulation.Result result = RaftSimulation.run(Long.getLong("gofka.sim.seed"), true);
    System.out.println(result.trace());
    System.out.println("hash " + Long.toHexString(result.hash()));
    result
        .violation()
        .ifPresent(
            found -> {
              throw found;
            });
  }

  private static List<Long> regressions() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                RaftSimulationTest.class.getResourceAsStream("/simulation/raft-seeds.txt"),
                StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> Long.valueOf(line.substring(0, line.indexOf(' '))))
          .toList();
    }
  }
}
