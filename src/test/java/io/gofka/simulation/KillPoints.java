package io.gofka.simulation;

import java.util.Optional;

/**
 * Kills a node before each effect that any node of a scenario carries out (which is also after each
 * one), one run for each; the killed node keeps all, nothing or a part of what it had not synced.
 * Whatever the point, no invariant breaks, and the quorum goes on.
 */
final class KillPoints {
  private static final long STEP_MICROS = World.SECONDS;
  private static final long RESTART_MICROS = 300 * World.MILLIS;

  private KillPoints() {}

  /**
   * One run.
   *
   * @param effects how many were carried out; the kill comes before one of them if its number is
   *     less
   * @param hadUnsynced whether it made a difference what the killed node kept
   */
  record Run(long effects, boolean hadUnsynced, Optional<Violation> violation) {}

  /**
   * @param killAt number of the effect, from 0, before which its node dies; negative for never
   */
  static Run run(Scenario scenario, long killAt, Disk.Kept kept) {
    World world = new World(killAt, false);
    Cluster cluster =
        new Cluster(
            world, FaultMix.calm(scenario.nodes(), scenario.voters()), NumberedCommands::new);
    long[] effects = {0};
    boolean[] hadUnsynced = {false};
    cluster.killer(
        (node, effect, before) -> {
          if (!before || effects[0]++ != killAt) {
            return false;
          }
          hadUnsynced[0] = node.disk().hasUnsynced();
          node.crash(kept);
          return true;
        });
    Optional<Violation> violation = Optional.empty();
    try {
      play(scenario, cluster);
    } catch (Violation found) {
      violation = Optional.of(found);
    }
    return new Run(effects[0], hadUnsynced[0], violation);
  }

  private static void play(Scenario scenario, Cluster cluster) {
    World world = cluster.world();
    cluster.nodes().forEach(SimulatedNode::start);
    Scenario.Stage stage = new Scenario.Stage(cluster);
    world.runUntil(STEP_MICROS);
    for (Scenario.Step step : scenario.steps()) {
      step.happen(stage);
      world.runUntil(world.nowMicros() + RESTART_MICROS);
      restart(cluster);
      world.runUntil(world.nowMicros() + STEP_MICROS - RESTART_MICROS);
      restart(cluster);
    }
    cluster.killer((node, effect, before) -> false);
    Liveness liveness = new Liveness(cluster);
    liveness.healAll();
    liveness.requireProgress("at the end");
    liveness.requireConvergence("at the end");
  }

  /**
   * What the first of all these runs finds that finds something, of one scenario after the other;
   * empty when none does.
   */
  static String firstFailure() {
    for (Scenario scenario : Scenario.all()) {
      Run whole = run(scenario, -1, Disk.Kept.ALL);
      if (whole.violation().isPresent()) {
        return scenario.name() + ": " + whole.violation().get().getMessage();
      }
      for (long killAt = 0; killAt < whole.effects(); killAt++) {
        for (Disk.Kept kept : Disk.Kept.values()) {
          Run run = run(scenario, killAt, kept);
          if (run.violation().isPresent()) {
            return "%s, killed at %d: %s"
                .formatted(scenario.name(), killAt, run.violation().get().getMessage());
          }
        }
      }
    }
    return "";
  }

  private static void restart(Cluster cluster) {
    for (SimulatedNode node : cluster.nodes()) {
      if (!node.isUp()) {
        node.start();
      }
    }
  }
}
