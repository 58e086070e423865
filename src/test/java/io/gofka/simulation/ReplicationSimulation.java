package io.gofka.simulation;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One seed of a whole cluster: controllers and brokers with real logs, and clients; first among
 * faults, where nothing that was promised may be broken, then healed, where all replicas are in
 * sync within a bounded time, and equal to the byte.
 */
final class ReplicationSimulation {
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
    world.runUntil(world.nowMicros() + 4 * workload.lagTimeMaxMs() * World.MILLIS);
    if (workload.dataClients().acknowledged() == before) {
      throw new Violation("progress in bounded time", "no producer was told anything");
    }
    workload.dataClients().stop();
    liveness.requireConvergence("after healing");
    workload.requireEqualLogs();
  }
}
