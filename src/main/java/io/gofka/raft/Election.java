package io.gofka.raft;

import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.RaftMessage.VoteRequest;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The votes for this replica in one round: of a pre-vote, which changes nothing anywhere, or of a
 * vote. Requests are repeated while the round lasts, to all who have not granted: one that hears
 * the old leader still, and so refuses, may miss it a moment later.
 */
final class Election {
  private final ReplicaState state;
  private final RandomGenerator random;
  private final Set<String> granted = new TreeSet<>();
  private boolean preVote;
  private boolean transfer;
  private long resendAtMs;
  private long endsAtMs;

  Election(ReplicaState state, RandomGenerator random) {
    this.state = state;
    this.random = random;
  }

  /**
   * @param isTransfer the leader asked for it
   */
  void begin(boolean isPreVote, boolean isTransfer, long nowMs) {
    preVote = isPreVote;
    transfer = isTransfer;
    granted.clear();
    long timeoutMs = state.settings.electionTimeoutMs();
    endsAtMs = nowMs + timeoutMs / 2 + random.nextLong(timeoutMs / 2 + 1);
    ask(nowMs);
  }

  private void ask(long nowMs) {
    resendAtMs = nowMs + Math.max(1, state.settings.electionTimeoutMs() / 10);
    long term = preVote ? state.term() + 1 : state.term();
    VoteRequest request =
        new VoteRequest(term, preVote, transfer, state.log.lastIndex(), state.log.lastTerm());
    for (String name : state.log.voters().voters().keySet()) {
      if (name.equals(state.self().nodeId()) || granted.contains(name)) {
        continue;
      }
      if (preVote) {
        state.out.send(name, request);
      } else {
        // §3.4, §3.8: its own vote and the log it boasts of must not be forgotten by then.
        state.out.sendAfterAll(name, request);
      }
    }
  }

  /** Counts a vote if it comes from one who may give it. */
  void onReply(ReplicaKey from, VoteReply reply) {
    Voter voter = state.log.voters().voters().get(from.nodeId());
    boolean counts =
        reply.granted()
            && reply.preVote() == preVote
            && (preVote || reply.term() == state.term())
            && voter != null
            && voter.isVotedBy(from, reply.formed());
    if (counts) {
      granted.add(from.nodeId());
    }
  }

  /** Whether a majority has granted. Its own vote counts once it is durable, if it has one. */
  boolean won() {
    boolean ownCounts = state.mayVote() && (preVote || state.out.isTermDurable());
    int own = ownCounts ? 1 : 0;
    return granted.size() + own >= state.log.voters().majority();
  }

  /** Whether the round is over without a decision. */
  boolean isOver(long nowMs) {
    return nowMs >= endsAtMs;
  }

  void onTick(long nowMs) {
    if (nowMs >= resendAtMs) {
      ask(nowMs);
    }
  }

  long nextDeadlineMs() {
    return Math.min(resendAtMs, endsAtMs);
  }
}
