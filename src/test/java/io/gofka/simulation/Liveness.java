package io.gofka.simulation;

import java.util.Optional;

/** Heals a cluster, and asks that it goes on within bounded times. */
final class Liveness {
  /** Within so many election timeouts a healed quorum has done a command. */
  static final int PROGRESS_TIMEOUTS = 8;

  /** Within so many, all nodes have everything. */
  static final int CONVERGENCE_TIMEOUTS = 20;

  private final Cluster cluster;
  private final World world;
  private final long timeout;
  private double worstProgress;

  Liveness(Cluster cluster) {
    this.cluster = cluster;
    this.world = cluster.world();
    this.timeout = cluster.mix().electionTimeoutMicros();
  }

  /** The longest time that the first command took, in election timeouts. */
  double worstProgressTimeouts() {
    return worstProgress;
  }

  /**
   * Network and disks are well; nodes that are down stay so. What was on its way is lost with the
   * connections it was on: for as long as appends of a leader that is gone arrive, nobody stands.
   */
  void heal() {
    cluster.network().heal();
    cluster.network().reconnect();
    cluster.network().changeTo(Network.Weather.fine());
    cluster.healDisks();
    cluster.workload().heal();
  }

  /** Everything is well, every node is up. */
  void healAll() {
    heal();
    for (SimulatedNode node : cluster.nodes()) {
      if (node.isUp() && node.isFailed()) {
        node.crash(Disk.Kept.SOME);
      }
      if (!node.isUp()) {
        node.start();
      }
    }
    long last = world.nowMicros();
    for (SimulatedNode node : cluster.nodes()) {
      last = Math.max(last, node.pausedUntil());
    }
    world.runUntil(last);
  }

  /** The processes are well, but for one. */
  void healNodesBut(SimulatedNode victim) {
    for (SimulatedNode node : cluster.nodes()) {
      if (node != victim) {
        if (node.isUp() && node.isFailed()) {
          node.crash(Disk.Kept.SOME);
        }
        if (!node.isUp()) {
          node.start();
        }
      }
    }
    long last = world.nowMicros();
    for (SimulatedNode node : cluster.nodes()) {
      last = Math.max(last, node.pausedUntil());
    }
    world.runUntil(last);
  }

  /** A command is done in bounded time. */
  void requireProgress(String when) {
    int before = cluster.workload().acknowledged();
    long began = world.nowMicros();
    long bound = PROGRESS_TIMEOUTS * timeout;
    while (cluster.workload().acknowledged() == before) {
      if (world.nowMicros() - began > bound) {
        throw new Violation(
            "progress in bounded time",
            "nothing was done in %d election timeouts %s".formatted(PROGRESS_TIMEOUTS, when));
      }
      // Whoever is in office: one that is cut off stays in it for a while.
      for (SimulatedNode node : cluster.nodes()) {
        if (node.inOffice()) {
          cluster.workload().askFor(node);
        }
      }
      world.runUntil(world.nowMicros() + timeout / 10);
    }
    worstProgress = Math.max(worstProgress, (double) (world.nowMicros() - began) / timeout);
  }

  /** All nodes have everything in bounded time. */
  void requireConvergence(String when) {
    long target = cluster.invariants().committedEnd() - 1;
    long began = world.nowMicros();
    for (Optional<String> missing = missing(target);
        missing.isPresent();
        missing = missing(target)) {
      if (world.nowMicros() - began > CONVERGENCE_TIMEOUTS * timeout) {
        throw new Violation("convergence in bounded time", missing.get() + " " + when);
      }
      world.runUntil(world.nowMicros() + timeout / 10);
    }
  }

  private Optional<String> missing(long target) {
    for (SimulatedNode node : cluster.nodes()) {
      if (node.applied() < target) {
        return Optional.of("%s has %d, not yet %d".formatted(node.name(), node.applied(), target));
      }
    }
    return cluster.workload().missing();
  }

  /** This node, and no other, leads in this term. */
  void requireLeader(SimulatedNode leader, long term, String when) {
    for (SimulatedNode node : cluster.nodes()) {
      boolean other = node != leader && node.inOffice();
      if (other || !leader.inOffice() || leader.ledTerm() != term) {
        throw new Violation(
            "a live leader stays",
            "%s no longer leads in term %d %s, %s does in term %d"
                .formatted(leader.name(), term, when, node.name(), node.ledTerm()));
      }
    }
  }
}
