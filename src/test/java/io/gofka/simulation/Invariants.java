package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.RaftMessage.AppendAccepted;
import io.gofka.raft.RaftMessage.SnapshotReply;
import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.Snapshot;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What must hold in every quorum at every moment, whatever its network and disks do. Looks at what
 * each node wants done, before it is done, and remembers what the quorum has agreed on. Sections
 * are those of Ongaro's dissertation.
 */
final class Invariants {
  private record Leader(ReplicaKey key, int incarnation) {}

  private record Place(long index, long term) {}

  private final Cluster cluster;
  private final Map<Long, Leader> leaders = new HashMap<>();
  private final Map<Place, Long> chains = new HashMap<>();
  private final ReplicaLog history = new ReplicaLog();
  private final List<Long> commitTerms = new ArrayList<>();
  private final Set<Long> termsWithCommits = new HashSet<>();
  private final List<Long> committedConfigurations = new ArrayList<>();
  private final List<VoterSet> configurations = new ArrayList<>();

  /** Which message of a leader each replica has followed last, by term. */
  private final Map<Long, Map<ReplicaKey, Long>> followed = new HashMap<>();

  Invariants(Cluster cluster, VoterSet formedWith) {
    this.cluster = cluster;
    committedConfigurations.add(-1L);
    configurations.add(formedWith);
  }

  /** First index that nobody has committed. */
  long committedEnd() {
    return history.end();
  }

  /** The chain at an index that is committed. */
  long committedChain(long index) {
    if (index >= history.end()) {
      throw new Violation("only what is committed", "entry " + index + " of " + history.end());
    }
    return history.chain(index);
  }

  /** The configuration that held right behind a committed entry. */
  VoterSet configurationAt(long index) {
    int at = committedConfigurations.size() - 1;
    while (committedConfigurations.get(at) > index) {
      at--;
    }
    return configurations.get(at);
  }

  /** Index of the last configuration that is committed, -1 for that of the beginning. */
  long lastConfigurationIndex() {
    return committedConfigurations.get(committedConfigurations.size() - 1);
  }

  /** One leader in a term, and one office in a life (§3.4; KAFKA-10527). */
  void onActsAsLeader(SimulatedNode node, long term) {
    if (term == node.ledTerm()) {
      return;
    }
    Leader leader = new Leader(node.disk().key(), node.incarnation());
    Leader other = leaders.putIfAbsent(term, leader);
    if (other != null && !other.equals(leader)) {
      throw new Violation(
          "election safety", "%s and %s lead in term %d".formatted(other, leader, term));
    }
    if (term < node.ledTerm()) {
      throw new Violation("terms never fall", node.name() + " leads again in term " + term);
    }
    node.lead(term);
    checkElected(node, term);
    checkLeaderComplete(node, term);
  }

  /** §3.4: voted for by a majority of those who may, itself only with its vote on its own disk. */
  private void checkElected(SimulatedNode node, long term) {
    VoterSet voters = node.configuration();
    int votes = 0;
    for (Voter voter : voters.voters().values()) {
      votes += cluster.hasVoted(voter, term, node.name()) ? 1 : 0;
    }
    if (votes < majority(voters)) {
      throw new Violation(
          "elected by a majority",
          "%s leads in term %d with %d votes of %s".formatted(node.name(), term, votes, voters));
    }
  }

  private static int majority(VoterSet voters) {
    return voters.voters().size() / 2 + 1;
  }

  /**
   * §3.6.3: what was committed in a term is in the log of every leader of a later one. A candidate
   * may learn that it was elected when others are already in a later term: it need not have theirs.
   */
  private void checkLeaderComplete(SimulatedNode node, long term) {
    long last = history.end() - 1;
    while (last >= 0 && commitTerms.get((int) last) >= term) {
      last--;
    }
    Disk.Content written = node.disk().written();
    if (last < 0 || written.snapshotIndex() >= last) {
      return;
    }
    if (!written.log.has(last) || written.log.chain(last) != history.chain(last)) {
      throw new Violation(
          "leader completeness",
          "%s leads in term %d without entry %d, its log ends at %d"
              .formatted(node.name(), term, last, written.log.end()));
    }
  }

  /** Before the node's disk is given this. */
  void onPersist(SimulatedNode node, Persist persist) {
    Disk.Content written = node.disk().written();
    persist
        .hard()
        .ifPresent(
            hard -> {
              if (hard.term() < written.hard.term()) {
                throw new Violation("terms never fall", node.name() + " writes " + hard);
              }
              Optional<ReplicaKey> vote = written.hard.votedFor();
              if (hard.term() == written.hard.term()
                  && vote.isPresent()
                  && !vote.equals(hard.votedFor())) {
                throw new Violation("one vote", node.name() + " writes " + hard + " after " + vote);
              }
            });
    persist.snapshot().ifPresent(snapshot -> checkSnapshot(node, snapshot));
    long covered =
        Math.max(
            written.snapshotIndex(),
            persist.snapshot().map(snapshot -> snapshot.meta().index()).orElse(-1L));
    persist.truncateFrom().ifPresent(from -> checkTruncation(node, written.log, from, covered));
    checkConfigurations(node, persist.append());
  }

  /** What is committed stays where it is, unless a snapshot stands for it. */
  private void checkTruncation(SimulatedNode node, ReplicaLog log, long from, long covered) {
    long first = Math.max(Math.max(from, covered + 1), log.first());
    if (log.has(first) && first < history.end() && log.chain(first) == history.chain(first)) {
      throw new Violation(
          "what is committed stays",
          "%s truncates from %d, committed up to %d"
              .formatted(node.name(), from, history.end() - 1));
    }
  }

  /** §4.1: one voter at a time. */
  private void checkConfigurations(SimulatedNode node, List<LogEntry> appended) {
    for (LogEntry entry : appended) {
      boolean own = entry.term() == node.ledTerm();
      if (entry.kind() != LogEntry.Kind.CONFIG || !own) {
        continue;
      }
      VoterSet next = VoterSet.decode(entry.payload());
      VoterSet before = node.configuration();
      if (votersChanged(before, next) > 1) {
        throw new Violation(
            "one change at a time", node.name() + " goes from " + before + " to " + next);
      }
      node.appendsConfiguration(node.configurationIndex());
    }
  }

  private static int votersChanged(VoterSet before, VoterSet next) {
    int changed = 0;
    for (Voter voter : next.voters().values()) {
      Voter known = before.voters().get(voter.nodeId());
      boolean same =
          known != null
              && (known.directoryId().isEmpty() || known.directoryId().equals(voter.directoryId()));
      changed += same ? 0 : 1;
    }
    for (String name : before.voters().keySet()) {
      changed += next.voters().containsKey(name) ? 0 : 1;
    }
    return changed;
  }

  /**
   * A leader has appended a configuration, and all that this event brought about is known: that
   * before it must be committed, and an entry of the leader's term (the bug in one-at-a-time
   * changes that was found in 2015).
   *
   * @param previous index of the configuration before it
   */
  void onConfigurationAppended(SimulatedNode node, long previous) {
    if (previous >= history.end()) {
      throw new Violation(
          "one change at a time",
          "%s appends another, that at %d isn't committed".formatted(node.name(), previous));
    }
    if (!termsWithCommits.contains(node.ledTerm())) {
      throw new Violation(
          "a leader commits in its term before it changes voters",
          "%s in term %d".formatted(node.name(), node.ledTerm()));
    }
  }

  private void checkSnapshot(SimulatedNode node, Snapshot snapshot) {
    long index = snapshot.meta().index();
    if (index >= history.end()) {
      throw new Violation(
          "snapshot of what is committed", node.name() + " stores one up to " + index);
    }
    if (history.get(index).term() != snapshot.meta().term()
        || !configurationAt(index).equals(snapshot.meta().voters())) {
      throw new Violation(
          "snapshot is the state",
          "%s stores %s, term %d and %s were committed"
              .formatted(
                  node.name(), snapshot.meta(), history.get(index).term(), configurationAt(index)));
    }
    cluster.workload().verify(snapshot, history.chain(index));
  }

  /** After the node's disk was given this: equal index and term mean equal logs up to it (§3.5). */
  void onPersisting(SimulatedNode node, Persist persist) {
    for (LogEntry entry : persist.append()) {
      long chain = node.disk().written().log.chain(entry.index());
      Long other = chains.putIfAbsent(new Place(entry.index(), entry.term()), chain);
      if (other != null && other != chain) {
        throw new Violation(
            "log matching",
            "%s has another log up to entry %d of term %d"
                .formatted(node.name(), entry.index(), entry.term()));
      }
    }
  }

  /** A vote is on the disk before it is heard of, and there is one in a term (§3.8). */
  void onVote(SimulatedNode node, String candidate, VoteReply reply) {
    if (reply.preVote() || !reply.granted()) {
      return;
    }
    Disk disk = node.disk();
    boolean durable =
        disk.durable().hard.term() == reply.term()
            && disk.durable().hard.votedFor().filter(v -> v.nodeId().equals(candidate)).isPresent();
    boolean later = disk.durable().hard.term() > reply.term();
    if (!durable && !later) {
      throw new Violation(
          "durable votes",
          "%s votes for %s in term %d, on its disk is %s"
              .formatted(node.name(), candidate, reply.term(), disk.durable().hard));
    }
    disk.vote(reply.term(), candidate);
  }

  /** What is acknowledged is on the disk (§3.8). */
  void onAccepted(SimulatedNode node, AppendAccepted reply) {
    Disk.Content durable = node.disk().durable();
    long match = reply.matchIndex();
    boolean there = match < durable.log.end() || match <= durable.snapshotIndex();
    boolean unchanged =
        !durable.log.has(match)
            || !node.disk().written().log.has(match)
            || durable.log.chain(match) == node.disk().written().log.chain(match);
    if (!there || !unchanged) {
      throw new Violation(
          "durable entries",
          "%s acknowledges %d, durable up to %d"
              .formatted(node.name(), match, durable.log.end() - 1));
    }
    // Else it could follow the leader before once more, and forget what it has acknowledged.
    if (durable.hard.term() < reply.term()) {
      throw new Violation(
          "durable terms",
          "%s acknowledges in term %d, on its disk is %s"
              .formatted(node.name(), reply.term(), durable.hard));
    }
  }

  /** The same for a snapshot. */
  void onSnapshotReply(SimulatedNode node, SnapshotReply reply, long sizeBytes) {
    Disk.Content durable = node.disk().durable();
    long index = reply.snapshotIndex();
    boolean complete = sizeBytes >= 0 && reply.nextOffset() == sizeBytes;
    if (complete && index > durable.snapshotIndex() && !durable.log.has(index)) {
      throw new Violation("durable snapshots", node.name() + " acknowledges one up to " + index);
    }
  }

  /** The node knows everything up to this entry to be committed. */
  void onCommitted(SimulatedNode node, long index) {
    ReplicaLog log = node.disk().written().log;
    if (index < history.end()) {
      return;
    }
    // Whoever commits first leads: also one that votes alone, and so tells nobody.
    onActsAsLeader(node, node.disk().written().hard.term());
    checkOnMajority(node, index);
    for (long at = history.end(); at <= index; at++) {
      if (!log.has(at)) {
        throw new Violation("committed from the log", node.name() + " has no entry " + at);
      }
      LogEntry entry = log.get(at);
      history.append(entry);
      commitTerms.add(node.ledTerm());
      termsWithCommits.add(entry.term());
      cluster.workload().onCommitted(entry);
      if (entry.kind() == LogEntry.Kind.CONFIG) {
        committedConfigurations.add(at);
        configurations.add(VoterSet.decode(entry.payload()));
      }
      if (log.chain(at) != history.chain(at)) {
        throw new Violation(
            "state machine safety", "%s commits another log up to %d".formatted(node.name(), at));
      }
    }
  }

  /** §3.6.2: a majority has it on disk, and the term of the leader. */
  private void checkOnMajority(SimulatedNode node, long index) {
    ReplicaLog log = node.disk().written().log;
    if (!log.has(index)) {
      throw new Violation("committed from the log", node.name() + " has no entry " + index);
    }
    if (node.ledTerm() != log.get(index).term()) {
      throw new Violation(
          "commit of the leader's own term",
          "%s, last leader in term %d, commits entry %d of term %d"
              .formatted(node.name(), node.ledTerm(), index, log.get(index).term()));
    }
    VoterSet voters = node.configurationOfEvent();
    int have = 0;
    for (Voter voter : voters.voters().values()) {
      if (cluster.hasDurable(voter, index, log.chain(index))) {
        have++;
      }
    }
    if (have < majority(voters)) {
      throw new Violation(
          "committed is on a majority of disks",
          "%s commits %d, which %d of %s have".formatted(node.name(), index, have, voters));
    }
  }

  /**
   * The node has taken what the leader of its term sent.
   *
   * @param sequence of the message among all that were ever sent
   */
  void onFollowed(SimulatedNode node, long term, long sequence) {
    followed
        .computeIfAbsent(term, t -> new HashMap<>())
        .merge(node.disk().key(), sequence, Math::max);
  }

  /**
   * §6.4: that it still led when the read came is proven by a majority that has followed, in its
   * term, what it has sent since.
   *
   * @param since sequence of the last message that was sent before the read came
   */
  void onReadReady(SimulatedNode node, long since) {
    boolean confirmed =
        isFollowed(node, since, node.configuration())
            || isFollowed(node, since, node.configurationOfEvent());
    if (!confirmed) {
      throw new Violation(
          "a read is confirmed after it came",
          "%s answers in term %d, followed are %s, it came at %d"
              .formatted(node.name(), node.ledTerm(), followed.get(node.ledTerm()), since));
    }
  }

  private boolean isFollowed(SimulatedNode leader, long since, VoterSet voters) {
    Map<ReplicaKey, Long> replicas = followed.getOrDefault(leader.ledTerm(), Map.of());
    int have = 0;
    for (Voter voter : voters.voters().values()) {
      boolean follows =
          replicas.entrySet().stream()
              .anyMatch(e -> cluster.votesFor(voter, e.getKey()) && e.getValue() > since);
      have += follows || voter.nodeId().equals(leader.name()) ? 1 : 0;
    }
    return have >= majority(voters);
  }

  /** §4.1: the latest configuration in the log is in use, whether it is committed or not. */
  void onVoters(SimulatedNode node, VoterSet voters) {
    if (!voters.equals(node.configuration())) {
      throw new Violation(
          "latest configuration of the log",
          "%s uses %s, in its log is %s".formatted(node.name(), voters, node.configuration()));
    }
  }

  /** §3.6.3: the same entry at the same place on every node. */
  @SuppressWarnings("ReferenceEquality") // Mostly it is the very same one, and that is quicker.
  void onDelivered(SimulatedNode node, LogEntry entry) {
    long index = entry.index();
    if (index != node.applied() + 1) {
      throw new Violation(
          "delivered in order",
          "%s is given %d behind %d".formatted(node.name(), index, node.applied()));
    }
    LogEntry committed = history.get(index);
    if (!committed.equals(entry)) {
      throw new Violation(
          "state machine safety",
          "%s is given %s at %d, committed was %s".formatted(node.name(), entry, index, committed));
    }
  }

  void onSnapshotDelivered(SimulatedNode node, Snapshot snapshot) {
    if (snapshot.meta().index() <= node.applied()) {
      throw new Violation(
          "delivered in order",
          "%s is given the snapshot up to %d behind %d"
              .formatted(node.name(), snapshot.meta().index(), node.applied()));
    }
    checkSnapshot(node, snapshot);
  }
}
