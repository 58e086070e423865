package io.gofka.raft;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Linearizable reads without an entry in the log (dissertation §6.4). A leader that has committed
 * an entry of its term knows what is committed; that it was still the leader when the read came is
 * proven by a round of heartbeats that began afterwards and was answered by a majority. Clocks play
 * no part in it. Reads that come while a round is under way share the next one.
 */
final class Reads {
  private final ReplicaState state;
  private final Deque<Long> confirming = new ArrayDeque<>();
  private final Deque<Long> waiting = new ArrayDeque<>();
  private long round;

  Reads(ReplicaState state) {
    this.state = state;
  }

  /** Fails at once when too many wait already. */
  void add(long id) {
    if (confirming.size() + waiting.size() >= state.settings.maxPendingReads()) {
      state.out.add(new RaftEffect.ReadFailed(id));
    } else {
      waiting.add(id);
    }
  }

  /** Whether a new round is wanted; {@link #begin} says which. */
  boolean wantsRound() {
    return confirming.isEmpty() && !waiting.isEmpty();
  }

  void begin(long newRound) {
    round = newRound;
    confirming.addAll(waiting);
    waiting.clear();
  }

  /** A majority has answered this round, and so all before. */
  void onConfirmed(long confirmedRound) {
    if (confirmedRound >= round) {
      for (long id : confirming) {
        state.out.add(new RaftEffect.ReadReady(id, state.commitIndex()));
      }
      confirming.clear();
    }
  }

  void fail() {
    for (long id : confirming) {
      state.out.add(new RaftEffect.ReadFailed(id));
    }
    for (long id : waiting) {
      state.out.add(new RaftEffect.ReadFailed(id));
    }
    confirming.clear();
    waiting.clear();
  }
}
