package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.replica.LeaderReplica;
import java.util.ArrayList;
import java.util.List;

/** A partition in the one leader epoch in which this broker leads it, and who waits for that. */
final class LedPartition {
  private final LeaderReplica replica;
  private final ParkedAppends parked = new ParkedAppends();
  private final List<Cut> cuts = new ArrayList<>(0);
  private boolean retryDue;

  /**
   * A deletion of records that waits for the other replicas.
   *
   * @param deadlineMs monotonic: then it is given up
   */
  record Cut(long offset, long deadlineMs, Outcome outcome) {
    interface Outcome {
      void tell(ErrorCode error, long lowWatermark);
    }
  }

  LedPartition(LeaderReplica replica) {
    this.replica = replica;
  }

  LeaderReplica replica() {
    return replica;
  }

  int leaderEpoch() {
    return replica.leaderEpoch();
  }

  ParkedAppends parked() {
    return parked;
  }

  List<Cut> cuts() {
    return cuts;
  }

  /** Whether somebody waits for a moment of the clock. */
  boolean isWaitedFor() {
    return !parked.isEmpty() || !cuts.isEmpty();
  }

  /** True for the first who asks: that one sets the timer. */
  boolean takeRetryTimer() {
    boolean take = !retryDue;
    retryDue = true;
    return take;
  }

  void retryTimerFired() {
    retryDue = false;
  }
}
