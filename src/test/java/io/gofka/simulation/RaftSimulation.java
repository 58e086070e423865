package io.gofka.simulation;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * One seed: a quorum of Raft cores with clients, first among the faults of its mix, where nothing
 * wrong may happen, then healed step by step, where things must go on:
 *
 * <ol>
 *   <li>faults: only safety is asked for;
 *   <li>one fault stands (a node is down, isolated, or deaf) and all else is well: a command is
 *       done within a bounded time;
 *   <li>all is well: every node has everything within a bounded time;
 *   <li>a node other than the leader is cut off for a while and comes back: the leader stays, in
 *       its term;
 *   <li>all is well again, and once more every node has everything.
 * </ol>
 */
final class RaftSimulation {
  private final long seed;
  private final World world;
  private final FaultMix mix;
  private final Cluster cluster;
  private final Nemesis nemesis;
  private final Liveness liveness;
  private final long timeout;
  private boolean clientsRun = true;

  /**
   * What became of a seed.
   *
   * @param progressTimeouts the longest time that the first command took after healing, in election
   *     timeouts
   */
  record Result(
      long seed,
      long hash,
      long virtualMicros,
      long events,
      long committed,
      int acknowledged,
      double progressTimeouts,
      Optional<Violation> violation,
      String trace) {}

  RaftSimulation(long seed, boolean tracing) {
    this.seed = seed;
    SplittableRandom drawing = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 17);
    this.mix = FaultMix.draw(drawing);
    this.world = new World(seed, tracing);
    Function<Cluster, Workload> workload =
        seed % 3 == 1 ? MetadataWorkload::new : NumberedCommands::new;
    this.cluster = new Cluster(world, mix, workload);
    this.nemesis = new Nemesis(cluster);
    this.liveness = new Liveness(cluster);
    this.timeout = mix.electionTimeoutMicros();
  }

  static Result run(long seed, boolean tracing) {
    RaftSimulation simulation = new RaftSimulation(seed, tracing);
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
        cluster.invariants().committedEnd(),
        cluster.workload().acknowledged(),
        liveness.worstProgressTimeouts(),
        violation,
        violation.isPresent() ? mix + "\n" + world.lastTrace() : "");
  }

  private void run() {
    world.trace(mix.toString());
    cluster.nodes().forEach(SimulatedNode::start);
    cluster.workload().start();
    command();
    nemesis.start();
    world.runUntil(mix.faultPhaseMicros());
    phase("heal");
    nemesis.stop();
    liveness.heal();
    standOneFault();
    liveness.healAll();
    liveness.requireProgress("after healing");
    liveness.requireConvergence("after healing");
    requireStability();
    liveness.healAll();
    liveness.requireProgress("at the end");
    clientsRun = false;
    liveness.requireConvergence("at the end");
  }

  private void phase(String name) {
    if (world.tracing()) {
      world.trace("=== " + name);
    }
  }

  /** Clients come at random. */
  private void command() {
    if (!clientsRun) {
      return;
    }
    world.after(world.about(mix.clientGapMicros()), this::command);
    cluster.workload().ask();
  }

  /** A majority is well, and goes on without the rest. */
  private void standOneFault() {
    SimulatedNode victim = cluster.nodes().get((int) world.between(0, mix.nodes() - 1));
    int kind = (int) world.between(0, 3);
    // Some faults need a leader to be at their worst.
    if (kind >= 2) {
      liveness.healAll();
      liveness.requireProgress("before the standing fault");
      victim = cluster.leader().orElse(victim);
    }
    if (!cluster.operator().isServedWithout(victim.name(), false)) {
      return;
    }
    phase("stands: " + kind + " " + victim.name());
    if (kind == 0) {
      liveness.healAll();
      victim.crash(Disk.Kept.ALL);
    } else {
      for (SimulatedNode other : cluster.nodes()) {
        if (other != victim) {
          cluster.network().cut(other.index(), victim.index(), true); // It is deaf,
          cluster.network().cut(victim.index(), other.index(), kind == 2); // or cut off.
        }
      }
      cluster.tellUnreachable(victim);
      liveness.healNodesBut(victim);
    }
    liveness.requireProgress("with one fault");
  }

  /** Pre-vote and stickiness (§9.6, §4.2.3): who comes back doesn't depose a live leader. */
  private void requireStability() {
    cluster.network().reconnect(); // A vote that is twenty timeouts late disturbs, and may.
    world.runUntil(world.nowMicros() + 3 * timeout); // Also who has just found its leader.
    liveness.requireConvergence("before the interruption");
    SimulatedNode leader = cluster.leader().orElseThrow();
    long term = leader.ledTerm();
    SimulatedNode victim = cluster.nodes().get((int) world.between(0, mix.nodes() - 1));
    if (victim == leader || !cluster.operator().isServedWithout(victim.name(), false)) {
      return;
    }
    int kind = (int) world.between(0, 2);
    phase("interrupt: " + kind + " " + victim.name());
    for (SimulatedNode other : cluster.nodes()) {
      if (other != victim && (kind != 2 || other == leader)) {
        cluster.network().cut(other.index(), victim.index(), true);
        cluster.network().cut(victim.index(), other.index(), kind == 0);
      }
    }
    world.runUntil(world.nowMicros() + world.between(3 * timeout, 6 * timeout));
    liveness.requireLeader(leader, term, "while another is cut off");
    cluster.network().heal();
    world.runUntil(world.nowMicros() + 3 * timeout);
    liveness.requireLeader(leader, term, "after it came back");
  }
}
