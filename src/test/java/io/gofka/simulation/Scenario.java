package io.gofka.simulation;

import io.gofka.raft.Voter;
import java.util.List;
import java.util.Optional;

/**
 * What happens to a quorum, in an order that is always the same. Each step is followed by a second
 * of virtual time, an election timeout; a node that was killed meanwhile is started again within
 * it.
 *
 * @param nodes all of them
 * @param voters of them that vote at first
 */
record Scenario(String name, int nodes, int voters, List<Step> steps) {
  /** One thing that happens; it does what it can when a node it needs is down. */
  interface Step {
    void happen(Stage stage);
  }

  static List<Scenario> all() {
    return List.of(
        new Scenario(
            "a quorum forms and takes commands", 3, 3, List.of(Stage::commands, Stage::commands)),
        new Scenario("a quorum of one", 1, 1, List.of(Stage::commands, Stage::commands)),
        new Scenario(
            "the leader dies and another takes over",
            5,
            5,
            List.of(Stage::commands, Stage::crashLeader, Stage::commands)),
        new Scenario(
            "a follower comes back and is given what it missed",
            3,
            3,
            List.of(Stage::isolateFollower, Stage::commands, Stage::heal, Stage::commands)),
        new Scenario(
            "a follower comes back and is given a snapshot",
            3,
            3,
            List.of(
                Stage::isolateFollower,
                Stage::commands,
                Stage::commands,
                Stage::commands,
                Stage::heal,
                Stage::commands)),
        new Scenario(
            "what a leader that was cut off has in its log is replaced",
            3,
            3,
            List.of(
                Stage::commands,
                Stage::isolateLeaderAndAskIt,
                Stage::pass,
                Stage::pass,
                Stage::commands,
                Stage::heal,
                Stage::commands)),
        new Scenario(
            "the leadership is handed over",
            3,
            3,
            List.of(Stage::commands, Stage::handOver, Stage::commands)),
        new Scenario(
            "a voter is added", 4, 3, List.of(Stage::commands, Stage::addVoter, Stage::commands)),
        new Scenario(
            "the leader is removed",
            4,
            4,
            List.of(Stage::commands, Stage::removeLeader, Stage::commands, Stage::pass)),
        new Scenario(
            "a voter loses its disk, is removed and added again",
            3,
            3,
            List.of(
                Stage::commands,
                Stage::loseDisk,
                Stage::removeLost,
                Stage::addVoter,
                Stage::commands)),
        new Scenario(
            "what a leader that was cut off has in its log is replaced by a snapshot",
            3,
            3,
            List.of(
                Stage::commands,
                Stage::isolateLeaderAndAskIt,
                Stage::pass,
                Stage::commands,
                Stage::commands,
                Stage::commands,
                Stage::heal,
                Stage::commands)),
        new Scenario(
            "an acknowledgement comes when its leader leads again",
            5,
            5,
            List.of(
                Stage::commands,
                Stage::askOneFollowerAndHoldItsAnswers,
                Stage::pass,
                Stage::pass,
                Stage::oneCommand,
                Stage::heal,
                Stage::pass,
                Stage::handBack,
                Stage::pass,
                Stage::askOneOtherFollower,
                Stage::heal,
                Stage::commands)));
  }

  /** A quorum in which it happens. */
  static final class Stage {
    private final Cluster cluster;
    private final World world;
    private long operation;
    private SimulatedNode former;
    private SimulatedNode formerFollower;

    Stage(Cluster cluster) {
      this.cluster = cluster;
      this.world = cluster.world();
    }

    private Optional<SimulatedNode> follower() {
      SimulatedNode leader = cluster.leader().orElse(null);
      return cluster.nodes().stream()
          .filter(node -> node != leader && node.isUp())
          .reduce((first, second) -> second);
    }

    private void commands() {
      for (int i = 0; i < 5; i++) {
        long at = i * 100L * World.MILLIS;
        world.after(
            at, () -> cluster.leader().ifPresent(leader -> cluster.workload().askFor(leader)));
      }
    }

    private void crashLeader() {
      cluster.leader().ifPresent(leader -> leader.crash(Disk.Kept.ALL));
    }

    private void isolateFollower() {
      follower().ifPresent(this::isolate);
    }

    private void isolateLeaderAndAskIt() {
      cluster
          .leader()
          .ifPresent(
              leader -> {
                isolate(leader);
                for (int i = 0; i < 3; i++) {
                  if (leader.isUp()) {
                    cluster.workload().askFor(leader);
                  }
                }
              });
    }

    private void isolate(SimulatedNode node) {
      for (SimulatedNode other : cluster.nodes()) {
        if (other != node) {
          cut(node, other);
        }
      }
    }

    private void oneCommand() {
      cluster.leader().ifPresent(leader -> cluster.workload().askFor(leader));
    }

    /** Six entries get to one follower only, who acknowledges them, and it takes long. */
    private void askOneFollowerAndHoldItsAnswers() {
      former = cluster.leader().orElse(null);
      formerFollower = follower().orElse(null);
      if (former == null || formerFollower == null) {
        return;
      }
      for (SimulatedNode other : cluster.nodes()) {
        if (other != former && other != formerFollower) {
          cut(former, other);
          cut(formerFollower, other);
        }
      }
      long until = world.nowMicros() + 8200 * World.MILLIS;
      cluster.network().clog(formerFollower.index(), former.index(), until);
      for (int i = 0; i < 6 && former.isUp(); i++) {
        cluster.workload().askFor(former);
      }
    }

    private void handBack() {
      if (former != null) {
        cluster.leader().ifPresent(l -> l.transferLeadership(Optional.of(former.name())));
      }
    }

    /** Entries get to one follower only, and now the acknowledgement of other ones comes. */
    private void askOneOtherFollower() {
      if (former == null || !former.inOffice()) {
        return;
      }
      SimulatedNode reached = null;
      for (SimulatedNode other : cluster.nodes()) {
        if (other == formerFollower) {
          cluster.network().cut(former.index(), other.index(), true);
        } else if (other != former && reached == null) {
          reached = other;
        } else if (other != former) {
          cut(former, other);
        }
      }
      for (int i = 0; i < 3 && former.isUp(); i++) {
        cluster.workload().askFor(former);
      }
    }

    private void cut(SimulatedNode one, SimulatedNode other) {
      cluster.network().cut(one.index(), other.index(), true);
      cluster.network().cut(other.index(), one.index(), true);
    }

    private void heal() {
      cluster.network().heal();
    }

    private void handOver() {
      cluster.leader().ifPresent(leader -> leader.transferLeadership(Optional.empty()));
    }

    private void addVoter() {
      cluster
          .leader()
          .ifPresent(
              leader ->
                  cluster.nodes().stream()
                      .filter(SimulatedNode::isUp)
                      .filter(node -> !leader.configuration().voters().containsKey(node.name()))
                      .findFirst()
                      .ifPresent(node -> leader.addVoter(operation++, node.disk().key())));
    }

    private void removeLeader() {
      cluster
          .leader()
          .ifPresent(
              leader ->
                  leader.removeVoter(
                      operation++, leader.configuration().voters().get(leader.name())));
    }

    private void loseDisk() {
      follower()
          .filter(cluster.operator()::mayLoseDisk)
          .ifPresent(
              node -> {
                node.crash(Disk.Kept.NOTHING);
                cluster.wipe(node);
              });
    }

    private void removeLost() {
      SimulatedNode leader = cluster.leader().orElse(null);
      if (leader == null) {
        return;
      }
      Optional<Voter> lost =
          leader.configuration().voters().values().stream()
              .filter(voter -> !cluster.hasItsDisk(voter))
              .findFirst();
      lost.ifPresent(voter -> leader.removeVoter(operation++, voter));
    }

    private void pass() {}
  }
}
