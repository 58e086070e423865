package io.gofka.metadata;

import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Works out the next state of one partition: what is wanted is told first, {@link #result} makes of
 * it a state that keeps the rules. Pure, used once, by one thread.
 *
 * <p>The rules, in the order in which they are applied:
 *
 * <ol>
 *   <li>Brokers that are fenced, about to stop or unknown leave the ISR (KIP-841).
 *   <li>A reassignment whose added replicas are all in sync is completed: the removed ones go
 *       (KIP-455). The leader epoch grows with that, so that they stop following. One that is in
 *       sync goes only when enough others are, or the partition could not be written any more.
 *   <li>Who leaves the ISR while it is smaller than min.insync.replicas stays eligible (ELR):
 *       nothing is committed without it from then on, so it has all there is. When the ISR is large
 *       enough again, nobody is eligible any more (KIP-966).
 *   <li>Without ELR, the ISR never becomes empty: the last ones stay in it, though they can't lead
 *       for now.
 *   <li>A leader stays leader as long as it is in sync. Otherwise the first replica in the order of
 *       the assignment that is; when there is none, the first one that is eligible and active,
 *       which makes the ISR alone at first. Where that is enough, nobody else is eligible from then
 *       on.
 *   <li>When nobody in sync or eligible is left anywhere, because all have restarted uncleanly, the
 *       one that led last (Kafka's balanced recovery); when the topic allows it, or somebody asked
 *       for it, any replica. Both may have lost records: the partition is marked as recovering.
 *   <li>The leader epoch grows when the leader changes (to none, too). It doesn't when the ISR
 *       shrinks, as in Kafka since 3.6: a removed follower is told by the partition epoch. The
 *       partition epoch grows with every change.
 * </ol>
 */
final class PartitionChange {
  /** Which replica is wanted as leader. */
  enum Election {
    /** The present one, or the first that can. */
    ANY,
    /** The first of the replicas, if it can. */
    PREFERRED,
    /** Any rather than none, at the price of records. */
    UNCLEAN
  }

  private final PartitionImage before;
  private final ElectionRules rules;
  private List<Integer> replicas;
  private List<Integer> isr;
  private List<Integer> adding;
  private List<Integer> removing;
  private List<Integer> elr;
  private List<Integer> lastKnownElr;
  private LeaderRecoveryState recovery;
  private Election election = Election.ANY;
  private IntPredicate uncleanlyRestarted = id -> false;
  private IntPredicate unusable = id -> false;

  PartitionChange(PartitionImage before, ElectionRules rules) {
    this.before = before;
    this.rules = rules;
    this.replicas = before.replicas();
    this.isr = before.isr();
    this.adding = before.addingReplicas();
    this.removing = before.removingReplicas();
    this.recovery = before.leaderRecoveryState();
    this.elr = before.elr();
    this.lastKnownElr = before.lastKnownElr();
  }

  /**
   * A broker may have lost the end of its log: it is neither in sync nor eligible. Without ELR that
   * isn't known to matter, and nothing is done.
   */
  PartitionChange withUncleanRestart(int brokerId) {
    if (rules.elr()) {
      uncleanlyRestarted = id -> id == brokerId;
      isr = without(isr, uncleanlyRestarted);
    }
    return this;
  }

  /** A broker can't use its replica now: it is not in sync, and another is to lead. */
  PartitionChange withUnusable(int brokerId) {
    unusable = id -> id == brokerId;
    isr = without(isr, unusable);
    return this;
  }

  PartitionChange withIsr(List<Integer> inSync, LeaderRecoveryState recoveryState) {
    isr = inSync;
    recovery = recoveryState;
    return this;
  }

  PartitionChange withReplicas(List<Integer> all, List<Integer> added, List<Integer> removed) {
    replicas = all;
    adding = added;
    removing = removed;
    isr = without(isr, id -> !all.contains(id));
    return this;
  }

  PartitionChange with(Election wanted) {
    election = wanted;
    return this;
  }

  /**
   * Whether the rules ask for no change of a partition, as far as that is seen at a glance: most
   * are in order whenever something happens to a broker.
   */
  static boolean isInOrder(PartitionImage state, ElectionRules rules) {
    if (!state.hasLeader()
        || !state.elr().isEmpty()
        || !state.lastKnownElr().isEmpty()
        || state.isReassigning()) {
      return false;
    }
    for (int id : state.isr()) {
      if (!rules.active().test(id)) {
        return false;
      }
    }
    return true; // The leader is one of them.
  }

  /** The new state; empty when it is the old one. */
  Optional<PartitionImage> result() {
    isr = without(isr, id -> !rules.active().test(id));
    maybeCompleteReassignment();
    if (isr.isEmpty() && !rules.elr()) {
      List<Integer> stay = without(before.isr(), id -> !replicas.contains(id));
      isr = stay.isEmpty() ? before.isr() : stay;
    }
    updateElr();
    int leader = elect();
    boolean replicaGone = !replicas.containsAll(before.replicas());
    boolean newEpoch = leader != before.leader() || replicaGone;
    if (isr.isEmpty() && before.hasLeader()) {
      lastKnownElr = List.of(before.leader());
    }
    PartitionImage after =
        new PartitionImage(
            replicas,
            isr,
            elr,
            lastKnownElr,
            leader,
            before.leaderEpoch() + (newEpoch ? 1 : 0),
            before.partitionEpoch(),
            adding,
            removing,
            recovery);
    return after.equals(before) ? Optional.empty() : Optional.of(withNextPartitionEpoch(after));
  }

  private void maybeCompleteReassignment() {
    if (adding.isEmpty() && removing.isEmpty()) {
      return;
    }
    List<Integer> remaining = without(replicas, removing::contains);
    List<Integer> remainingIsr = without(isr, removing::contains);
    // Who has all that is committed goes only when enough others have it.
    boolean noneHasAll =
        removing.stream()
            .noneMatch(
                id -> isr.contains(id) || before.isr().contains(id) || before.elr().contains(id));
    boolean enough =
        noneHasAll || remainingIsr.size() >= Math.min(rules.minIsr(), remaining.size());
    if (isr.containsAll(adding) && !remaining.isEmpty() && !remainingIsr.isEmpty() && enough) {
      replicas = remaining;
      isr = remainingIsr;
      adding = List.of();
      removing = List.of();
    }
  }

  private void updateElr() {
    if (!rules.elr() || isEnoughInSync()) {
      elr = List.of();
      lastKnownElr = List.of();
      return;
    }
    Set<Integer> eligible = new LinkedHashSet<>(before.elr());
    eligible.addAll(before.isr());
    isr.forEach(eligible::remove);
    eligible.removeIf(
        id ->
            uncleanlyRestarted.test(id) || !replicas.contains(id) || !rules.registered().test(id));
    elr = List.copyOf(eligible);
  }

  private int elect() {
    if (election == Election.PREFERRED && mayLead(replicas.get(0))) {
      return replicas.get(0);
    }
    if (before.hasLeader() && mayLead(before.leader())) {
      return before.leader();
    }
    for (int id : replicas) {
      if (mayLead(id)) {
        return id;
      }
    }
    for (int id : replicas) {
      if (elr.contains(id) && canServe(id)) {
        return electEligible(id);
      }
    }
    if (rules.elr() && elr.isEmpty()) {
      for (int id : lastKnownElr) {
        if (replicas.contains(id) && canServe(id)) {
          return electUncleanly(id);
        }
      }
    }
    if (election == Election.UNCLEAN || rules.unclean()) {
      for (int id : replicas) {
        if (canServe(id)) {
          return electUncleanly(id);
        }
      }
    }
    return PartitionImage.NO_LEADER;
  }

  /** Who is in sync and not active is there only because nobody else is (without ELR). */
  private boolean mayLead(int id) {
    return isr.contains(id) && canServe(id);
  }

  private boolean canServe(int id) {
    return rules.active().test(id) && !unusable.test(id);
  }

  /**
   * It has all that is committed, and so have the others that are eligible: they stay so, unless it
   * is enough alone. Then it goes on committing without them.
   */
  private int electEligible(int id) {
    isr = List.of(id);
    elr = without(elr, other -> other == id);
    if (isEnoughInSync()) {
      elr = List.of();
      lastKnownElr = List.of();
    }
    return id;
  }

  private boolean isEnoughInSync() {
    return isr.size() >= Math.min(rules.minIsr(), replicas.size());
  }

  private int electUncleanly(int id) {
    isr = List.of(id);
    elr = List.of(); // What the others have is no longer what the partition is.
    lastKnownElr = List.of();
    recovery = LeaderRecoveryState.RECOVERING;
    return id;
  }

  /** The same, so that nothing that rests on the state before is taken any more. */
  static PartitionImage withNextPartitionEpoch(PartitionImage state) {
    return new PartitionImage(
        state.replicas(),
        state.isr(),
        state.elr(),
        state.lastKnownElr(),
        state.leader(),
        state.leaderEpoch(),
        state.partitionEpoch() + 1,
        state.addingReplicas(),
        state.removingReplicas(),
        state.leaderRecoveryState());
  }

  private static List<Integer> without(List<Integer> ids, IntPredicate gone) {
    boolean none = true;
    for (int id : ids) {
      none &= !gone.test(id);
    }
    if (none) {
      return ids;
    }
    List<Integer> rest = new ArrayList<>(ids.size());
    for (int id : ids) {
      if (!gone.test(id)) {
        rest.add(id);
      }
    }
    return rest;
  }
}
