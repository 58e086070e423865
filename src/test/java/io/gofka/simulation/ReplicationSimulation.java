package io.gofka.simulation;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One seed of a whole cluster: controllers and brokers with real logs, and clients; first among
 * faults, where nothing that was promised may be broken, then healed, where all replicas are in
 * sync within a bounded time, and equal to the byte.
 */
final class ReplicationSimulation {
  /** Within so many sessions of its members a group has come to rest. */
  private static final int GROUP_SESSIONS = 10;

  private final long seed;
  private final World world;
  private final FaultMix mix;
  private final Cluster cluster;
  private final ReplicationWorkload workload;
  private final Nemesis nemesis;
  private final Liveness liveness;

  /** What became of a seed. */
  record Result(
      long seed,
      long hash,
      long virtualMicros,
      long events,
      int acknowledged,
      long read,
      int commits,
      Optional<Violation> violation,
      String trace) {}

  ReplicationSimulation(long seed, boolean tracing) {
    this.seed = seed;
    this.mix = FaultMix.ofReplication(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 23));
    this.world = new World(seed, tracing);
    this.cluster = new Cluster(world, mix, ReplicationWorkload::new);
    this.workload = (ReplicationWorkload) cluster.workload();
    this.nemesis = new Nemesis(cluster);
    this.liveness = new Liveness(cluster);
  }

  static Result run(long seed, boolean tracing) {
    ReplicationSimulation simulation = new ReplicationSimulation(seed, tracing);
    Optional<Violation> violation = Optional.empty();
    try {
      simulation.run();
    } catch (Violation found) {
      violation = Optional.of(found);
    } catch (RuntimeException thrown) {
      violation = Optional.of(new Violation("simulation doesn't throw", thrown.toString(), thrown));
    }
    return simulation.result(violation);
  }

  private Result result(Optional<Violation> violation) {
    return new Result(
        seed,
        world.hash(),
        world.nowMicros(),
        world.events(),
        workload.dataClients().acknowledged(),
        workload.dataClients().read(),
        workload.groupClients().acknowledged(),
        violation,
        violation.isPresent() ? mix + "\n" + world.lastTrace() : "");
  }

  private void run() {
    world.trace(mix.toString());
    cluster.nodes().forEach(SimulatedNode::start);
    workload.start();
    nemesis.start();
    world.runUntil(mix.faultPhaseMicros());
    world.trace("=== heal");
    nemesis.stop();
    liveness.healAll();
    liveness.requireProgress("after healing");
    int before = workload.dataClients().acknowledged();
    long bound = world.nowMicros() + 4 * workload.lagTimeMaxMs() * World.MILLIS;
    while (workload.dataClients().acknowledged() == before) {
      if (world.nowMicros() > bound) {
        throw new Violation("progress in bounded time", "no producer was told anything");
      }
      world.runUntil(world.nowMicros() + workload.lagTimeMaxMs() * World.MILLIS / 10);
    }
    requireGroupAtRest();
    workload.dataClients().stop();
    workload.groupClients().stop();
    liveness.requireConvergence("after healing");
    workload.requireEqualLogs();
  }

  /** All members are in one generation, which lasts, and commit how far they have come. */
  private void requireGroupAtRest() {
    GroupClients group = workload.groupClients();
    long session = group.sessionTimeoutMs() * World.MILLIS;
    long bound = world.nowMicros() + GROUP_SESSIONS * session;
    world.runUntil(world.nowMicros() + session); // Who was silent too long has been told by then.
    while (group.unrest().isPresent()) {
      if (world.nowMicros() > bound) {
        throw new Violation("groups come to rest in bounded time", group.unrest().get());
      }
      world.runUntil(world.nowMicros() + session / 10);
    }
    int generation = group.generationId();
    int before = group.acknowledged();
    workload.setWallClocks();
    world.runUntil(world.nowMicros() + session + session / 2);
    if (group.unrest().isPresent() || group.generationId() != generation) {
      throw new Violation("groups stay at rest", "generation " + generation + " has ended");
    }
    if (group.acknowledged() == before) {
      throw new Violation("groups go on", "nothing was committed in a whole session");
    }
  }
}
