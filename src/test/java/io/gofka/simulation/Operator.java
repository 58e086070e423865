package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Changes the voters, as a careful person would: a voter that has lost its disk is taken out and
 * let in again, and nothing is done after which a majority of disks could be missing. For no quorum
 * gets over that, and a simulation in which it happened could not ask for progress.
 */
final class Operator {
  private final Cluster cluster;
  private long nextId;
  private long pendingId = -1;
  private long pendingUntil;

  Operator(Cluster cluster) {
    this.cluster = cluster;
  }

  void onDone(long id) {
    onAnswer(id);
  }

  /**
   * @param unknown it may be made all the same
   */
  void onFailed(long id, boolean unknown) {
    if (!unknown) {
      onAnswer(id);
    }
  }

  private void onAnswer(long id) {
    if (id == pendingId) {
      pendingId = -1;
    }
  }

  private boolean isPending() {
    return pendingId >= 0 && cluster.world().nowMicros() < pendingUntil;
  }

  /** Asks the leader for some change, if there is a leader and the last change isn't open. */
  void changeVoters() {
    SimulatedNode leader = cluster.leader().filter(node -> !node.isPaused()).orElse(null);
    if (leader == null || isPending()) {
      return;
    }
    VoterSet voters = leader.configuration();
    Optional<Voter> lost =
        voters.voters().values().stream().filter(v -> !cluster.hasItsDisk(v)).findFirst();
    if (lost.isPresent() && lost.get().directoryId().isPresent()) {
      remove(leader, lost.get());
      return;
    }
    List<ReplicaKey> observers = new ArrayList<>();
    for (SimulatedNode node : cluster.nodes()) {
      if (node.isUp() && !voters.voters().containsKey(node.name())) {
        observers.add(node.disk().key());
      }
    }
    World world = cluster.world();
    if (!observers.isEmpty() && world.chance(0.6)) {
      long id = begin();
      leader.addVoter(id, observers.get((int) world.between(0, observers.size() - 1)));
    } else {
      List<Voter> bound =
          voters.voters().values().stream().filter(v -> v.directoryId().isPresent()).toList();
      if (bound.size() > 1) {
        Voter chosen = bound.get((int) world.between(0, bound.size() - 1));
        if (isServedWithout(chosen.nodeId(), true)) {
          remove(leader, chosen);
        }
      }
    }
  }

  private void remove(SimulatedNode leader, Voter voter) {
    long id = begin();
    leader.removeVoter(id, voter);
  }

  private long begin() {
    pendingId = nextId++;
    pendingUntil = cluster.world().nowMicros() + 30 * cluster.mix().electionTimeoutMicros();
    return pendingId;
  }

  /** Whether the disk of a node may be lost without more than a promise of Raft being lost. */
  boolean mayLoseDisk(SimulatedNode node) {
    if (isPending()) {
      return false;
    }
    for (VoterSet voters : possibleConfigurations()) {
      boolean unbound =
          voters.voters().values().stream().anyMatch(voter -> voter.directoryId().isEmpty());
      if (unbound || !voters.reserved().isEmpty()) {
        return false; // The leader is about to change the voters by itself.
      }
    }
    return isServedWithout(node.name(), false);
  }

  /**
   * Whether whatever configuration may come into use has a majority of disks without this node.
   *
   * @param takenOut whether the node is no longer among the voters then
   */
  boolean isServedWithout(String name, boolean takenOut) {
    for (VoterSet voters : possibleConfigurations()) {
      int size = voters.voters().size();
      int there = 0;
      for (Voter voter : voters.voters().values()) {
        if (voter.nodeId().equals(name)) {
          size -= takenOut ? 1 : 0;
        } else {
          there += cluster.hasItsDisk(voter) ? 1 : 0;
        }
      }
      if (there < size / 2 + 1) {
        return false;
      }
    }
    return true;
  }

  /** The one that is committed, and all behind it in anybody's log. */
  private List<VoterSet> possibleConfigurations() {
    Invariants invariants = cluster.invariants();
    long committed = invariants.lastConfigurationIndex();
    List<VoterSet> possible = new ArrayList<>();
    possible.add(invariants.configurationAt(committed));
    for (SimulatedNode node : cluster.nodes()) {
      addBehind(committed, node.disk().written().log, possible);
      addBehind(committed, node.disk().durable().log, possible);
    }
    return possible;
  }

  private static void addBehind(long committed, ReplicaLog log, List<VoterSet> possible) {
    for (long at = log.end() - 1; at > committed && at >= log.first(); at--) {
      if (log.get(at).kind() == LogEntry.Kind.CONFIG) {
        possible.add(VoterSet.decode(log.get(at).payload()));
      }
    }
  }
}
