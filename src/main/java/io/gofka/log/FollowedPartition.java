package io.gofka.log;

import io.gofka.replica.FollowerReplica;
import io.gofka.replica.LeaderMessage.Pushed;
import java.util.ArrayDeque;
import java.util.Deque;

/** A partition in the one leader epoch in which this broker copies it, and what is to be done. */
final class FollowedPartition {
  private final int leaderId;
  private final int leaderEpoch;
  private final FollowerReplica replica;
  private final Deque<Step> steps = new ArrayDeque<>(0);
  private boolean underWay;
  private boolean proceeding;
  private long timerDueMs = Long.MAX_VALUE;

  /** What is done with the log, one after the other. */
  sealed interface Step {}

  /** Records to be appended; they are held until then. */
  record Append(Pushed pushed) implements Step {}

  /** All of the log is to be made durable. */
  record Sync() implements Step {}

  record TruncateTo(long offset) implements Step {}

  record TruncateFullyAndStartAt(long offset) implements Step {}

  FollowedPartition(int leaderId, int leaderEpoch, FollowerReplica replica) {
    this.leaderId = leaderId;
    this.leaderEpoch = leaderEpoch;
    this.replica = replica;
  }

  int leaderId() {
    return leaderId;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  FollowerReplica replica() {
    return replica;
  }

  Deque<Step> steps() {
    return steps;
  }

  /** Whether one of the steps, that has left the others, is being done. */
  boolean isUnderWay() {
    return underWay;
  }

  void underWay(boolean now) {
    underWay = now;
  }

  /** Whether somebody further up the stack goes through the steps. */
  boolean isProceeding() {
    return proceeding;
  }

  void proceeding(boolean now) {
    proceeding = now;
  }

  /**
   * Whether a timer has to be set for that moment (monotonic), because none fires as early. The
   * caller sets it.
   */
  boolean takeTimer(long dueMs) {
    boolean take = dueMs < timerDueMs;
    timerDueMs = Math.min(timerDueMs, dueMs);
    return take;
  }

  void timerFired(long dueMs) {
    if (timerDueMs == dueMs) {
      timerDueMs = Long.MAX_VALUE;
    }
  }
}
