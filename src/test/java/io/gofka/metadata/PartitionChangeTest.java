package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.metadata.PartitionChange.Election;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who leads a partition, and who may, after whatever has happened to its brokers. */
class PartitionChangeTest {
  private static final List<Integer> REPLICAS = List.of(1, 2, 3);

  private static ElectionRules elr(int minIsr, Integer... active) {
    return new ElectionRules(Set.of(active)::contains, id -> true, true, minIsr, false);
  }

  private static ElectionRules withoutElr(Integer... active) {
    return new ElectionRules(Set.of(active)::contains, id -> true, false, 1, false);
  }

  private static ElectionRules unclean(ElectionRules rules) {
    return new ElectionRules(rules.active(), rules.registered(), rules.elr(), rules.minIsr(), true);
  }

  private static PartitionImage inSync(Integer... isr) {
    return new PartitionImage(REPLICAS, List.of(isr), isr[0], 5, 9);
  }

  private static PartitionImage leaderless(
      List<Integer> isr, List<Integer> elr, List<Integer> lastKnownElr) {
    return new PartitionImage(
        REPLICAS,
        isr,
        elr,
        lastKnownElr,
        PartitionImage.NO_LEADER,
        5,
        9,
        List.of(),
        List.of(),
        LeaderRecoveryState.RECOVERED);
  }

  private static PartitionImage after(PartitionImage state, ElectionRules rules) {
    return new PartitionChange(state, rules).result().orElseThrow();
  }

  @Test
  void nothingChangesWhileEverybodyIsThere() {
    assertEquals(Optional.empty(), new PartitionChange(inSync(1, 2, 3), elr(2, 1, 2, 3)).result());
    assertTrue(PartitionChange.isInOrder(inSync(1, 2, 3), elr(2, 1, 2, 3)));
  }

  @Test
  void firstReplicaInSyncTakesOverFromADeadLeader() {
    PartitionImage next = after(inSync(1, 3, 2), elr(2, 2, 3));
    assertEquals(2, next.leader(), "the first of the assignment, not of the ISR");
    assertEquals(List.of(3, 2), next.isr());
    assertEquals(6, next.leaderEpoch());
    assertEquals(10, next.partitionEpoch());
  }

  /** Kafka since 3.6: only a change of leader makes followers start anew. */
  @Test
  void shrunkIsrLeavesTheLeaderEpochAsItIs() {
    PartitionImage next = after(inSync(1, 2, 3), elr(1, 1, 2));
    assertEquals(1, next.leader());
    assertEquals(List.of(1, 2), next.isr());
    assertEquals(5, next.leaderEpoch());
    assertEquals(10, next.partitionEpoch());
  }

  @Test
  void whoLeavesATooSmallIsrStaysEligible() {
    PartitionImage next = after(inSync(1, 2), elr(2, 1));
    assertEquals(List.of(1), next.isr());
    assertEquals(List.of(2), next.elr());
    next = after(next, elr(2));
    assertEquals(List.of(), next.isr());
    assertEquals(Set.of(1, 2), Set.copyOf(next.elr()));
    assertEquals(PartitionImage.NO_LEADER, next.leader());
    assertEquals(6, next.leaderEpoch());
    assertEquals(List.of(1), next.lastKnownElr(), "it led last");
  }

  @Test
  void whoLeavesAnIsrThatIsStillLargeEnoughIsNotEligible() {
    PartitionImage next = after(inSync(1, 2, 3), elr(2, 1, 2));
    assertEquals(List.of(), next.elr());
  }

  @Test
  void eligibleReplicaThatComesBackLeadsAlone() {
    PartitionImage next = after(leaderless(List.of(), List.of(1, 3), List.of(1)), elr(2, 3));
    assertEquals(3, next.leader());
    assertEquals(List.of(3), next.isr());
    assertEquals(List.of(1), next.elr());
    assertEquals(LeaderRecoveryState.RECOVERED, next.leaderRecoveryState());
  }

  /** It commits without the others from then on: they must not come after it as its equals. */
  @Test
  void eligibleReplicaThatIsEnoughAloneLeavesNobodyElseEligible() {
    PartitionImage both = after(inSync(1, 2), elr(1));
    assertEquals(Set.of(1, 2), Set.copyOf(both.elr()), "both were fenced at once");
    PartitionImage alone = after(both, elr(1, 2));
    assertEquals(2, alone.leader());
    assertEquals(List.of(), alone.elr());
    PartitionImage without = after(alone, elr(1, 1));
    assertEquals(PartitionImage.NO_LEADER, without.leader(), "1 lacks what 2 has committed");
    assertEquals(List.of(2), without.elr());
  }

  @Test
  void inSyncReplicaIsPreferredToAnEligibleOne() {
    PartitionImage state =
        new PartitionImage(
            REPLICAS,
            List.of(2, 3),
            List.of(1),
            List.of(),
            2,
            5,
            9,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERED);
    PartitionImage next = after(state, elr(3, 1, 3));
    assertEquals(3, next.leader());
    assertEquals(List.of(3), next.isr());
  }

  @Test
  void eligibleOnesAreForgottenOnceEnoughAreInSync() {
    PartitionImage state =
        new PartitionImage(
            REPLICAS,
            List.of(1),
            List.of(2, 3),
            List.of(),
            1,
            5,
            9,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERED);
    PartitionImage next =
        new PartitionChange(state, elr(2, 1, 2, 3))
            .withIsr(List.of(1, 2), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    assertEquals(List.of(1, 2), next.isr());
    assertEquals(List.of(), next.elr());
    assertEquals(5, next.leaderEpoch());
  }

  /** KIP-966: the end of its log may be lost. */
  @Test
  void uncleanlyRestartedReplicaIsNeitherInSyncNorEligible() {
    PartitionImage next =
        new PartitionChange(leaderless(List.of(), List.of(1, 2), List.of(1)), elr(2, 1))
            .withUncleanRestart(1)
            .result()
            .orElseThrow();
    assertEquals(List.of(2), next.elr());
    assertEquals(PartitionImage.NO_LEADER, next.leader(), "broker 2 has all there is");
  }

  @Test
  void lastLeaderIsTheLastResort() {
    PartitionImage state = leaderless(List.of(), List.of(), List.of(2));
    assertEquals(Optional.empty(), new PartitionChange(state, elr(2, 1, 3)).result());
    PartitionImage next = after(state, elr(2, 1, 2));
    assertEquals(2, next.leader());
    assertEquals(List.of(2), next.isr());
    assertEquals(LeaderRecoveryState.RECOVERING, next.leaderRecoveryState());
  }

  @Test
  void lastInSyncReplicasStayWithoutElr() {
    PartitionImage next = after(inSync(2, 3), withoutElr(1));
    assertEquals(List.of(2, 3), next.isr());
    assertEquals(PartitionImage.NO_LEADER, next.leader());
    next = after(next, withoutElr(1, 3));
    assertEquals(3, next.leader());
    assertEquals(List.of(3), next.isr());
    assertEquals(List.of(), next.elr());
  }

  @Test
  void uncleanElectionIsLastOfAllAndOnlyWhenAllowed() {
    PartitionImage state = leaderless(List.of(), List.of(2), List.of());
    assertEquals(Optional.empty(), new PartitionChange(state, elr(2, 1, 3)).result());
    PartitionImage asked =
        new PartitionChange(state, elr(2, 3)).with(Election.UNCLEAN).result().orElseThrow();
    PartitionImage allowed = after(state, unclean(elr(2, 3)));
    assertEquals(asked, allowed);
    assertEquals(3, asked.leader());
    assertEquals(List.of(3), asked.isr());
    assertEquals(List.of(), asked.elr());
    assertEquals(LeaderRecoveryState.RECOVERING, asked.leaderRecoveryState());
    assertEquals(2, after(state, unclean(elr(2, 1, 2))).leader(), "eligible before any");
  }

  @Test
  void preferredLeaderIsElectedOnlyWhenItIsInSync() {
    PartitionImage next =
        new PartitionChange(inSync(2, 1), elr(1, 1, 2, 3))
            .with(Election.PREFERRED)
            .result()
            .orElseThrow();
    assertEquals(1, next.leader());
    assertEquals(6, next.leaderEpoch());
    assertEquals(
        Optional.empty(),
        new PartitionChange(inSync(2, 3), elr(1, 1, 2, 3)).with(Election.PREFERRED).result());
  }

  private static PartitionImage moving(Integer... isr) {
    return new PartitionImage(
        List.of(3, 4, 1, 2),
        List.of(isr),
        List.of(),
        List.of(),
        isr[0],
        5,
        9,
        List.of(3, 4),
        List.of(1, 2),
        LeaderRecoveryState.RECOVERED);
  }

  @Test
  void moveIsCompletedWhenAllThatComeAreInSync() {
    ElectionRules rules = elr(1, 1, 2, 3, 4);
    PartitionImage half =
        new PartitionChange(moving(1, 2), rules)
            .withIsr(List.of(1, 2, 3), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    assertTrue(half.isReassigning());
    assertEquals(1, half.leader());
    PartitionImage done =
        new PartitionChange(half, rules)
            .withIsr(List.of(1, 2, 3, 4), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    assertFalse(done.isReassigning());
    assertEquals(List.of(3, 4), done.replicas());
    assertEquals(List.of(3, 4), done.isr());
    assertEquals(3, done.leader());
    assertEquals(6, done.leaderEpoch());
  }

  /**
   * Else the partition would refuse acks=all from the end of the move on, for want of a follower.
   */
  @Test
  void inSyncReplicaGoesOnlyWhenEnoughOthersAreInSync() {
    ElectionRules rules = elr(2, 1, 2, 3);
    PartitionImage waiting =
        new PartitionChange(inSync(1, 3), rules)
            .withReplicas(List.of(1, 2, 3), List.of(), List.of(3))
            .result()
            .orElseThrow();
    assertTrue(waiting.isReassigning());
    assertEquals(List.of(1, 3), waiting.isr());
    PartitionImage done =
        new PartitionChange(waiting, rules)
            .withIsr(List.of(1, 2, 3), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    assertEquals(List.of(1, 2), done.replicas());
    assertEquals(List.of(1, 2), done.isr());
    PartitionImage withoutTheDead =
        new PartitionChange(inSync(1), elr(2, 1))
            .withReplicas(List.of(1, 2, 3), List.of(), List.of(3))
            .result()
            .orElseThrow();
    assertEquals(List.of(1, 2), withoutTheDead.replicas(), "one out of sync is no loss");
  }

  /** Found by the simulator: what was committed was on one disk only from then on. */
  @Test
  void whoHasAllThatIsCommittedIsKeptUntilEnoughOthersHaveIt() {
    PartitionImage moving =
        new PartitionChange(inSync(1, 3), elr(2, 1, 3))
            .withReplicas(List.of(1, 2, 3), List.of(), List.of(3))
            .result()
            .orElseThrow();
    PartitionImage dead = after(moving, elr(2, 1));
    assertEquals(List.of(1, 2, 3), dead.replicas());
    assertEquals(List.of(3), dead.elr());
    PartitionImage done =
        new PartitionChange(dead, elr(2, 1, 2))
            .withIsr(List.of(1, 2), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    assertEquals(List.of(1, 2), done.replicas());
    assertFalse(done.isReassigning());
  }

  /** The replica that has gone must notice, though the leader stays. */
  @Test
  void leaderEpochGrowsWhenAReplicaGoes() {
    PartitionImage next =
        new PartitionChange(inSync(1, 2, 3), elr(1, 1, 2, 3))
            .withReplicas(List.of(1, 2, 3), List.of(), List.of(3))
            .result()
            .orElseThrow();
    assertEquals(List.of(1, 2), next.replicas());
    assertEquals(1, next.leader());
    assertEquals(6, next.leaderEpoch());
  }

  /**
   * Whatever happens in whatever order: the leader is active and in sync, epochs never go back, and
   * with ELR a replica that lacks something committed leads only when all who had it have restarted
   * uncleanly since.
   */
  @Test
  void randomHistoriesKeepTheInvariants() {
    int led = 0;
    int moved = 0;
    for (long seed = 0; seed < 600; seed++) {
      History history = new History(seed);
      for (int step = 0; step < 80; step++) {
        history.step();
        history.check();
      }
      led += history.elections;
      moved += history.moves;
    }
    assertTrue(led > 1_000 && moved > 500, led + " elections and " + moved + " moves in all");
  }

  /** One partition, and who has everything that was committed in it. */
  private static final class History {
    private static final int BROKERS = 5;

    private final long seed;
    private final Random random;
    private final int minIsr;
    private final boolean elr;
    private final Set<Integer> active = new TreeSet<>(Set.of(1, 2, 3, 4, 5));

    /** A commit needs min.insync.replicas in the ISR, and is then lacking everywhere else. */
    private final Set<Integer> complete = new TreeSet<>(REPLICAS);

    private PartitionImage state = inSync(1, 2, 3);
    private int elections;
    private int moves;

    History(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.minIsr = 1 + random.nextInt(3);
      this.elr = random.nextInt(4) > 0;
    }

    private PartitionChange change() {
      Set<Integer> now = Set.copyOf(active);
      return new PartitionChange(
          state, new ElectionRules(now::contains, id -> true, elr, minIsr, false));
    }

    void step() {
      int broker = 1 + random.nextInt(BROKERS);
      switch (random.nextInt(7)) {
        case 0 -> {
          active.remove(broker);
          follow(change().result());
        }
        case 1 -> {
          active.add(broker);
          follow(change().result());
        }
        case 2 -> {
          active.remove(broker); // As a registration does it: fenced first, then out of ISR, ELR.
          follow(change().result());
          complete.remove(broker);
          follow(change().withUncleanRestart(broker).result());
        }
        case 3 -> catchUp(broker);
        case 4 -> reassign();
        case 5 -> {
          if (state.isReassigning()
              && state.isr().stream().anyMatch(id -> !state.addingReplicas().contains(id))) {
            List<Integer> original = new ArrayList<>(state.replicas());
            original.removeAll(state.addingReplicas());
            follow(change().withReplicas(original, List.of(), List.of()).result());
          }
        }
        default -> {
          if (state.hasLeader() && state.isr().size() >= Math.min(minIsr, factor())) {
            complete.retainAll(state.isr());
          }
        }
      }
    }

    private int factor() {
      return state.replicas().size();
    }

    /** It has fetched everything up to the end. */
    private void catchUp(int broker) {
      if (state.hasLeader()
          && active.contains(broker)
          && state.replicas().contains(broker)
          && !state.isr().contains(broker)) {
        if (complete.contains(state.leader())) {
          complete.add(broker);
        } else {
          complete.remove(broker);
        }
        List<Integer> isr = new ArrayList<>(state.isr());
        isr.add(broker);
        follow(change().withIsr(isr, LeaderRecoveryState.RECOVERED).result());
      }
    }

    private void reassign() {
      List<Integer> original = new ArrayList<>(state.replicas());
      original.removeAll(state.addingReplicas());
      List<Integer> target = new ArrayList<>(List.of(1, 2, 3, 4, 5));
      Collections.shuffle(target, random);
      target = target.subList(0, 3);
      List<Integer> adding = new ArrayList<>(target);
      adding.removeAll(original);
      List<Integer> removing = new ArrayList<>(state.replicas());
      removing.removeAll(target);
      List<Integer> all = new ArrayList<>(target);
      all.addAll(removing);
      if (target.stream().anyMatch(state.isr()::contains)
          || adding.stream().anyMatch(active::contains)) {
        follow(change().withReplicas(all, adding, removing).result());
        moves++;
      }
    }

    private void follow(Optional<PartitionImage> next) {
      if (next.isEmpty()) {
        return;
      }
      PartitionImage after = next.get();
      String what = "seed " + seed + ": " + state + " to " + after;
      assertTrue(after.leaderEpoch() >= state.leaderEpoch(), what);
      assertEquals(state.partitionEpoch() + 1, after.partitionEpoch(), what);
      if (after.leader() != state.leader()) {
        assertTrue(after.leaderEpoch() > state.leaderEpoch(), what);
        elections++;
        boolean clean =
            !after.isr().equals(List.of(after.leader()))
                || state.isr().contains(after.leader())
                || state.elr().contains(after.leader());
        if (after.hasLeader() && !clean) {
          complete.add(after.leader()); // What it has is what the partition is from now on.
        }
      }
      assertTrue(!after.isr().isEmpty() || elr, what);
      state = after;
    }

    void check() {
      if (state.hasLeader()) {
        String what = "seed " + seed + ": " + state;
        assertTrue(state.isr().contains(state.leader()), what);
        assertTrue(active.contains(state.leader()), what);
        boolean lost = complete.stream().noneMatch(state.replicas()::contains);
        assertTrue(
            !elr || lost || complete.contains(state.leader()), what + ", complete: " + complete);
      }
    }
  }
}
