package io.gofka.raft;

import io.gofka.raft.QuorumState.Role;
import java.util.List;
import java.util.Optional;

/** What all parts of {@link RaftCore} share: term, vote, role, leader, log and commit index. */
final class ReplicaState {
  final RaftSettings settings;
  final RaftLog log;
  final Outbox out;

  /** Whether this directory took part in forming the quorum. */
  final boolean formed;

  private HardState hard;
  private Role role = Role.FOLLOWER;
  private Optional<ReplicaKey> leader = Optional.empty();
  private boolean active;
  private long commitIndex;
  private RaftEffect.LeadershipChanged announced = new RaftEffect.LeadershipChanged(0, "", false);

  ReplicaState(RaftSettings settings, RecoveredState recovered) {
    this.settings = settings;
    this.log = new RaftLog(recovered);
    this.out = new Outbox(log);
    this.formed = recovered.formedWith().isPresent();
    this.hard = recovered.hard();
    if (hard.term() < log.lastTerm()) {
      // A log from before there were votes. It had one replica, which opened a term at each start.
      hard = new HardState(log.lastTerm(), Optional.empty());
    }
    // What is in a snapshot was committed; of the entries behind it nothing is known (§3.8).
    this.commitIndex = log.snapshot().map(s -> s.meta().index()).orElse(-1L);
  }

  ReplicaKey self() {
    return settings.self();
  }

  long term() {
    return hard.term();
  }

  Optional<ReplicaKey> votedFor() {
    return hard.votedFor();
  }

  void enterTerm(long term) {
    if (term <= hard.term()) {
      throw new IllegalStateException(
          self() + " can't go from term " + hard.term() + " to " + term);
    }
    hard = new HardState(term, Optional.empty());
    out.persist(hard);
  }

  void voteFor(ReplicaKey candidate) {
    if (hard.votedFor().filter(voted -> !voted.equals(candidate)).isPresent()) {
      throw new IllegalStateException(
          "%s voted for %s in term %d and can't vote for %s"
              .formatted(self(), hard.votedFor().get(), hard.term(), candidate));
    }
    hard = new HardState(hard.term(), Optional.of(candidate));
    out.persist(hard);
  }

  Role role() {
    return role;
  }

  Optional<ReplicaKey> leader() {
    return leader;
  }

  /** Whether it leads and has committed an entry of its term: it knows all that is committed. */
  boolean active() {
    return active;
  }

  /** The only place where the role changes. */
  void become(Role newRole, Optional<ReplicaKey> newLeader) {
    role = newRole;
    leader = newLeader;
    active = false;
    announce();
  }

  void becomeActive() {
    active = true;
    announce();
  }

  /**
   * At once when it changes, and so before anything that another leader committed is delivered to
   * one that has lost its office.
   */
  private void announce() {
    boolean self = role == Role.LEADER && active;
    String name = role == Role.LEADER && !active ? "" : leader.map(ReplicaKey::nodeId).orElse("");
    boolean same = announced.leaderNodeId().equals(name) && announced.self() == self;
    if (!same || (!name.isEmpty() && announced.term() != term())) {
      announced = new RaftEffect.LeadershipChanged(term(), name, self);
      out.add(announced);
    }
  }

  /** Whether this replica votes, as far as it knows. */
  boolean mayVote() {
    return log.voters().isVoter(self(), formed);
  }

  /**
   * Whether this replica stands for election. One whose removal is in its log, but not known to be
   * committed, does: it may be the only one with that entry, and nobody with less could win
   * (§4.2.2). It doesn't count its own vote then.
   */
  boolean mayStand() {
    boolean removalUndecided =
        log.votersIndex() > commitIndex && log.earlierVoters().isVoter(self(), formed);
    return mayVote() || removalUndecided;
  }

  long commitIndex() {
    return commitIndex;
  }

  /** Everything up to an entry is committed. It never falls. */
  void commitUpTo(long index) {
    if (index > log.lastIndex()) {
      throw new IllegalStateException(
          "entry %d can't be committed, the log of %s ends with %d"
              .formatted(index, self(), log.lastIndex()));
    }
    if (index > commitIndex) {
      List<LogEntry> committed = log.between(commitIndex + 1, index + 1);
      commitIndex = index;
      out.add(new RaftEffect.Deliver(committed));
    }
  }

  /** A snapshot has taken the place of the log. */
  void commitSnapshot(Snapshot snapshot) {
    commitIndex = snapshot.meta().index();
    out.add(new RaftEffect.DeliverSnapshot(snapshot));
  }
}
