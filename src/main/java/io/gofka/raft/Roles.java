package io.gofka.raft;

import io.gofka.common.HostPort;
import io.gofka.raft.QuorumState.Role;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.FollowRequest;
import io.gofka.raft.RaftMessage.LeaderHint;
import io.gofka.raft.RaftMessage.TransferNow;
import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.RaftMessage.VoteRequest;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The role of a replica, its changes and what makes them due: silence, votes, terms, leaders. The
 * states and transitions stand at {@link RaftCore}.
 */
final class Roles {
  /** Nodes that may be asked for the leader. */
  static final int MAX_CONTACTS = 200;

  /**
   * Confirms nothing. The sender of an append of an earlier term may lead again in this one, where
   * it counts its rounds anew: its old round would confirm reads that are yet to come (§6.4).
   */
  private static final long NO_ROUND = 0;

  private final ReplicaState state;
  private final LogReceiver receiver;
  private final RandomGenerator random;
  private final Election election;
  private final Set<String> contacts = new TreeSet<>();
  private Optional<Leader> leading = Optional.empty();
  private long leaderHeardMs;
  private long silenceAtMs;
  private long introductionAtMs;

  Roles(ReplicaState state, LogReceiver receiver, RandomGenerator random, long nowMs) {
    this.state = state;
    this.receiver = receiver;
    this.random = random;
    this.election = new Election(state, random);
    this.leaderHeardMs = nowMs;
    this.silenceAtMs = nowMs;
    this.introductionAtMs = nowMs;
  }

  /** What this replica does as leader, while it is that. */
  Optional<Leader> leading() {
    return leading;
  }

  void start(long nowMs) {
    boolean alone = state.mayVote() && state.log.voters().voters().size() == 1;
    if (alone || !state.mayStand()) {
      onSilence(nowMs);
    } else {
      // Nobody was heard yet, so nothing is gained by waiting; pre-vote protects a live leader.
      silenceAtMs = nowMs + staggerMs();
    }
  }

  long nextDeadlineMs() {
    return switch (state.role()) {
      case FOLLOWER -> silenceAtMs;
      case PRE_CANDIDATE, CANDIDATE -> election.nextDeadlineMs();
      case LEADER -> leading.orElseThrow().nextDeadlineMs();
      case FAILED -> Long.MAX_VALUE;
    };
  }

  void onTick(long nowMs) {
    switch (state.role()) {
      case FOLLOWER -> {
        if (nowMs >= silenceAtMs) {
          onSilence(nowMs);
        }
      }
      case PRE_CANDIDATE, CANDIDATE -> {
        if (election.isOver(nowMs)) {
          becomePreCandidate(nowMs);
        } else {
          election.onTick(nowMs);
        }
      }
      case LEADER -> {
        if (leading.orElseThrow().hearsMajority(nowMs)) {
          leading.get().onTick(nowMs);
          maybeResign(nowMs);
        } else {
          becomeFollower(state.term(), nowMs); // Check quorum, §6.2.
        }
      }
      case FAILED -> {}
    }
  }

  private void onSilence(long nowMs) {
    if (state.mayStand()) {
      becomePreCandidate(nowMs);
      return;
    }
    state.become(Role.FOLLOWER, Optional.empty());
    silenceAtMs = nowMs + state.settings.electionTimeoutMs() / 2;
    Set<String> asked = new TreeSet<>(contacts);
    asked.addAll(state.log.voters().voters().keySet());
    asked.remove(state.self().nodeId());
    for (String nodeId : asked) {
      askToFollow(nodeId);
    }
  }

  private void askToFollow(String nodeId) {
    state.out.send(nodeId, new FollowRequest(state.term(), state.settings.address(), state.formed));
  }

  void onPeerUnreachable(String nodeId, long nowMs) {
    boolean led = state.leader().filter(leader -> leader.nodeId().equals(nodeId)).isPresent();
    if (led && state.role() == Role.FOLLOWER) {
      state.become(Role.FOLLOWER, Optional.empty());
      silenceAtMs = Math.min(silenceAtMs, nowMs + staggerMs());
    }
  }

  /** One after the other, so that two don't split the votes when all notice at the same time. */
  private long staggerMs() {
    long slotMs = Math.max(1, state.settings.electionTimeoutMs() / 40);
    int rank = state.log.voters().voters().headMap(state.self().nodeId()).size();
    return slotMs * rank + random.nextLong(slotMs);
  }

  void addContacts(Set<String> nodeIds, long nowMs) {
    for (String nodeId : new TreeSet<>(nodeIds)) {
      if (contacts.size() < MAX_CONTACTS) {
        contacts.add(nodeId);
      }
    }
    if (state.role() == Role.FOLLOWER && !state.mayStand() && state.leader().isEmpty()) {
      onSilence(nowMs);
    }
  }

  void onVoteRequest(ReplicaKey from, VoteRequest request, long nowMs) {
    boolean sticky = isSticky(from, nowMs);
    // §3.6.1: whoever has less than this replica would lose what is committed.
    boolean covered = state.log.isCoveredBy(request.lastIndex(), request.lastTerm());
    boolean granted = false;
    if (request.preVote()) {
      granted = request.term() > state.term() && covered && !sticky; // §9.6
    } else if (!sticky || request.transfer() || request.term() <= state.term()) { // §4.2.3
      if (request.term() > state.term()) {
        becomeFollower(request.term(), nowMs);
      }
      granted =
          request.term() == state.term()
              && covered
              && state.votedFor().filter(voted -> !voted.equals(from)).isEmpty();
      if (granted) {
        giveVote(from, nowMs);
      }
    }
    state.out.sendAfterTerm(
        from.nodeId(), new VoteReply(state.term(), request.preVote(), granted, state.formed));
    if (!granted) {
      maybeTellStranger(from, nowMs);
    }
  }

  private void giveVote(ReplicaKey candidate, long nowMs) {
    if (state.votedFor().isEmpty()) {
      state.voteFor(candidate);
    }
    if (state.role() == Role.PRE_CANDIDATE) {
      state.become(Role.FOLLOWER, Optional.empty());
    }
    silenceAtMs = nowMs + electionTimeoutMs();
  }

  /** Whether a live leader is known that the sender would depose. */
  private boolean isSticky(ReplicaKey from, long nowMs) {
    if (leading.isPresent()) {
      return leading.get().hearsMajority(nowMs);
    }
    boolean another = state.leader().filter(leader -> !leader.equals(from)).isPresent();
    return another && nowMs - leaderHeardMs < state.settings.electionTimeoutMs();
  }

  /** One that stands without having a vote was removed and doesn't know it yet. */
  private void maybeTellStranger(ReplicaKey from, long nowMs) {
    Voter voter = state.log.voters().voters().get(from.nodeId());
    if (voter != null && voter.isVotedBy(from, true)) {
      return;
    }
    leading.ifPresentOrElse(
        leader -> leader.onStrangersVote(from, nowMs), () -> hintAtLeader(from.nodeId()));
  }

  private void hintAtLeader(String nodeId) {
    state
        .leader()
        .map(leader -> state.log.voters().voters().get(leader.nodeId()))
        .ifPresent(
            leader ->
                state.out.send(
                    nodeId, new LeaderHint(state.term(), leader.nodeId(), leader.address())));
  }

  void onVoteReply(ReplicaKey from, VoteReply reply, long nowMs) {
    boolean standing = state.role() == Role.PRE_CANDIDATE || state.role() == Role.CANDIDATE;
    if (standing) {
      election.onReply(from, reply);
      onVotes(nowMs);
    }
  }

  private void onVotes(long nowMs) {
    if (state.role() == Role.PRE_CANDIDATE && election.won()) {
      becomeCandidate(false, nowMs);
    } else if (state.role() == Role.CANDIDATE && election.won()) {
      becomeLeader(nowMs);
    }
  }

  void onTransferNow(ReplicaKey from, TransferNow order, long nowMs) {
    boolean fromLeader =
        order.term() == state.term() && state.leader().filter(from::equals).isPresent();
    if (fromLeader && state.role() == Role.FOLLOWER && state.mayStand()) {
      becomeCandidate(true, nowMs); // Without pre-vote: the leader has said yes (§3.10).
    }
  }

  void onFollowRequest(ReplicaKey from, FollowRequest request, long nowMs) {
    leading.ifPresentOrElse(
        leader -> leader.onFollowRequest(from, request.address(), request.formed(), nowMs),
        () -> hintAtLeader(from.nodeId()));
    maybeResign(nowMs);
  }

  void onLeaderHint(LeaderHint hint) {
    String nodeId = hint.leaderNodeId();
    if (state.leader().isPresent() || nodeId.equals(state.self().nodeId())) {
      return;
    }
    HostPort address = hint.address();
    state.out.add(new RaftEffect.AddressLearnt(nodeId, address));
    askToFollow(nodeId);
  }

  /** An answer to this replica as leader. */
  void onReply(ReplicaKey from, RaftMessage.Reply reply, long nowMs) {
    if (leading.isPresent() && reply.term() == state.term()) {
      leading.get().onReply(from, reply, nowMs);
      maybeResign(nowMs);
    }
  }

  /** More is durable here. */
  void onPersisted(long nowMs) {
    onVotes(nowMs);
    leading.ifPresent(leader -> leader.onPersisted(nowMs));
    maybeResign(nowMs);
  }

  /**
   * Whether the sender of an append or a chunk leads in this replica's term. One of an earlier term
   * is told about this one, so that it gives up.
   */
  boolean follows(ReplicaKey from, long term, long prevIndex, long nowMs) {
    if (term < state.term()) {
      state.out.sendAfterTerm(
          from.nodeId(),
          new AppendRejected(state.term(), prevIndex, RaftLog.NO_TERM, 0, NO_ROUND, state.formed));
      return false;
    }
    boolean another = state.leader().filter(leader -> !leader.equals(from)).isPresent();
    if (leading.isPresent() || another) {
      throw new IllegalStateException( // Election safety, §3.4.
          "%s and %s both lead in term %d".formatted(state.leader(), from, term));
    }
    state.become(Role.FOLLOWER, Optional.of(from));
    leaderHeardMs = nowMs;
    silenceAtMs = nowMs + electionTimeoutMs();
    maybeIntroduceItself(from, nowMs);
    return true;
  }

  /**
   * The leader keeps the addresses of the voters right. And it may not know that this replica is
   * there: what comes may be meant for a voter with this node's name, but another directory.
   */
  private void maybeIntroduceItself(ReplicaKey leader, long nowMs) {
    Voter self = state.log.voters().voters().get(state.self().nodeId());
    boolean elsewhere = self != null && !self.address().equals(state.settings.address());
    if ((elsewhere || !state.mayVote()) && nowMs >= introductionAtMs) {
      introductionAtMs = nowMs + state.settings.electionTimeoutMs();
      askToFollow(leader.nodeId());
    }
  }

  private long electionTimeoutMs() {
    long timeoutMs = state.settings.electionTimeoutMs();
    return timeoutMs + random.nextLong(timeoutMs + 1);
  }

  /** Without a leader yet: of a higher term, or because this one gave up. */
  void becomeFollower(long term, long nowMs) {
    leaveOffice();
    if (term > state.term()) {
      state.enterTerm(term);
      receiver.onNewTerm();
    }
    if (state.role() != Role.FOLLOWER) {
      silenceAtMs = nowMs + electionTimeoutMs();
    }
    state.become(Role.FOLLOWER, Optional.empty());
  }

  private void becomePreCandidate(long nowMs) {
    state.become(Role.PRE_CANDIDATE, Optional.empty());
    election.begin(true, false, nowMs);
    onVotes(nowMs);
  }

  private void becomeCandidate(boolean transfer, long nowMs) {
    state.enterTerm(state.term() + 1);
    receiver.onNewTerm();
    state.voteFor(state.self());
    state.become(Role.CANDIDATE, Optional.empty());
    election.begin(false, transfer, nowMs);
  }

  private void becomeLeader(long nowMs) {
    state.become(Role.LEADER, Optional.of(state.self()));
    leading = Optional.of(new Leader(state, nowMs));
  }

  /** Its removal is committed: it was the last thing it did (§4.2.2). */
  void maybeResign(long nowMs) {
    if (leading.filter(Leader::resigning).isPresent()) {
      becomeFollower(state.term(), nowMs);
    }
  }

  void becomeFailed() {
    leaveOffice();
    state.become(Role.FAILED, Optional.empty());
  }

  private void leaveOffice() {
    leading.ifPresent(Leader::onLeadershipLost);
    leading = Optional.empty();
  }
}
