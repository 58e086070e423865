package io.gofka.simulation;

import io.gofka.simulation.FaultMix.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lets go wrong what the mix of a seed has, again and again, until it is stopped. */
final class Nemesis {
  private final Cluster cluster;
  private final World world;
  private final FaultMix mix;
  private final List<Fault> faults;
  private boolean stopped;

  Nemesis(Cluster cluster) {
    this.cluster = cluster;
    this.world = cluster.world();
    this.mix = cluster.mix();
    this.faults = new ArrayList<>(mix.faults());
  }

  void start() {
    if (!stopped) {
      world.after(world.about(mix.faultGapMicros()), this::strike);
    }
  }

  /** Nothing new goes wrong; what has gone wrong already is for others to heal. */
  void stop() {
    stopped = true;
    cluster.killer((node, effect, before) -> false);
  }

  private void strike() {
    if (stopped) {
      return;
    }
    Fault fault = faults.get((int) world.between(0, faults.size() - 1));
    SimulatedNode node = anyNode();
    world.note(fault.name().hashCode() * 131L + node.index());
    if (world.tracing()) {
      world.trace("*** " + fault + " " + node.name());
    }
    strike(fault, node);
    start();
  }

  private void strike(Fault fault, SimulatedNode node) {
    switch (fault) {
      case CRASH -> crash(node);
      case CRASH_BETWEEN_EFFECTS -> crashBetweenEffects(node);
      case CRASH_OF_LEADER -> cluster.leader().ifPresent(this::crash);
      case POWER_LOSS -> cluster.nodes().forEach(this::crash);
      case PAUSE -> node.pauseUntil(world.nowMicros() + someTimeouts(4));
      case ISOLATION -> isolate(node, someTimeouts(10));
      case ISOLATION_OF_LEADER ->
          cluster.leader().ifPresent(leader -> isolate(leader, someTimeouts(6)));
      case ONE_WAY_CUT -> cutOneWay(node);
      case HALVES -> cutInHalves();
      case BRIDGE -> cutToABridge(node);
      case CLOG -> clog(node);
      case SLOW_DISK -> cluster.slowDisk(node, world.nowMicros() + someTimeouts(10));
      case DISK_FAILURE -> failDisk(node);
      case LOST_DISK -> loseDisk(node);
      case TRANSFER -> transfer(node);
      case VOTER_CHANGE -> cluster.operator().changeVoters();
      case FALSE_ALARM -> cluster.leader().ifPresent(leader -> raiseFalseAlarm(node, leader));
      case FLAPPING -> cluster.leader().ifPresent(this::flap);
      default -> throw new IllegalStateException("nobody knows how to do " + fault);
    }
  }

  private SimulatedNode anyNode() {
    return cluster.nodes().get((int) world.between(0, mix.nodes() - 1));
  }

  private long someTimeouts(int atMost) {
    return world.between(1, atMost * mix.electionTimeoutMicros());
  }

  private Disk.Kept someKept() {
    return List.of(Disk.Kept.values()).get((int) world.between(0, Disk.Kept.values().length - 1));
  }

  private void crash(SimulatedNode node) {
    if (node.isUp()) {
      node.crash(someKept());
      restartSoon(node);
    }
  }

  private void restartSoon(SimulatedNode node) {
    long soon = world.chance(0.5) ? mix.electionTimeoutMicros() / 4 : someTimeouts(10);
    world.after(
        soon,
        () -> {
          if (!node.isUp() && !stopped) {
            node.start();
          }
        });
  }

  private void crashBetweenEffects(SimulatedNode victim) {
    long[] left = {world.between(1, 40)};
    boolean beforeIt = world.chance(0.5);
    cluster.killer(
        (node, effect, before) -> {
          if (node != victim || before != beforeIt || --left[0] > 0 || !node.isUp()) {
            return false;
          }
          cluster.killer((other, any, either) -> false);
          crash(node);
          return true;
        });
  }

  private void isolate(SimulatedNode node, long micros) {
    for (SimulatedNode other : cluster.nodes()) {
      cut(node, other, micros);
      cut(other, node, micros);
    }
    cluster.tellUnreachable(node);
  }

  private void cut(SimulatedNode from, SimulatedNode to, long micros) {
    if (from == to) {
      return;
    }
    cluster.network().cut(from.index(), to.index(), true);
    world.after(micros, () -> cluster.network().cut(from.index(), to.index(), false));
  }

  /** It hears nobody, or nobody hears it; or that is so between two nodes only. */
  private void cutOneWay(SimulatedNode node) {
    boolean deaf = world.chance(0.5);
    boolean onlyOne = world.chance(0.3);
    SimulatedNode one = anyNode();
    long micros = someTimeouts(10);
    for (SimulatedNode other : cluster.nodes()) {
      if (!onlyOne || other == one) {
        cut(deaf ? other : node, deaf ? node : other, micros);
      }
    }
  }

  private void cutInHalves() {
    long side = world.random().nextLong();
    long micros = someTimeouts(10);
    for (SimulatedNode from : cluster.nodes()) {
      for (SimulatedNode to : cluster.nodes()) {
        if ((side >> from.index() & 1) != (side >> to.index() & 1)) {
          cut(from, to, micros);
        }
      }
    }
  }

  /** Only one node still reaches both halves. */
  private void cutToABridge(SimulatedNode bridge) {
    long side = world.random().nextLong();
    long micros = someTimeouts(10);
    for (SimulatedNode from : cluster.nodes()) {
      for (SimulatedNode to : cluster.nodes()) {
        boolean apart = (side >> from.index() & 1) != (side >> to.index() & 1);
        if (apart && from != bridge && to != bridge) {
          cut(from, to, micros);
        }
      }
    }
  }

  private void clog(SimulatedNode node) {
    long until = world.nowMicros() + someTimeouts(5);
    boolean inbound = world.chance(0.5);
    for (SimulatedNode other : cluster.nodes()) {
      int from = inbound ? other.index() : node.index();
      int to = inbound ? node.index() : other.index();
      cluster.network().clog(from, to, until);
    }
  }

  /** The process goes on without promising anything, until somebody restarts it. */
  private void failDisk(SimulatedNode node) {
    cluster.failDisk(node);
    world.after(
        someTimeouts(5),
        () -> {
          if (node.isUp() && !stopped) {
            crash(node);
          }
        });
  }

  /** The disk dies; or it is damaged, the node refuses to start with it, and it is wiped. */
  private void loseDisk(SimulatedNode node) {
    if (cluster.operator().mayLoseDisk(node)) {
      node.crash(Disk.Kept.SOME);
      cluster.wipe(node);
      restartSoon(node);
    }
  }

  private void transfer(SimulatedNode target) {
    Optional<String> to = world.chance(0.5) ? Optional.of(target.name()) : Optional.empty();
    cluster.leader().ifPresent(leader -> leader.transferLeadership(to));
  }

  private void raiseFalseAlarm(SimulatedNode node, SimulatedNode leader) {
    if (node != leader) {
      node.peerUnreachable(leader.name());
    }
  }

  /** The connections to the leader break and are there again, for a while. */
  private void flap(SimulatedNode leader) {
    long at = 0;
    for (long times = world.between(2, 20); times > 0; times--) {
      at += world.about(mix.electionTimeoutMicros() / 40);
      for (SimulatedNode other : cluster.nodes()) {
        if (world.chance(0.7)) {
          world.after(at, () -> raiseFalseAlarm(other, leader));
        }
      }
    }
  }
}
