package io.gofka.log;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far one follower of one partition has been pushed within a session. What it hasn't
 * acknowledged is bounded: a window of bytes that is full stays so until it acknowledges some.
 */
final class PushFeed {
  /** What one partition may have under way to one follower, apart from the last push into it. */
  static final int WINDOW_BYTES = 1 << 20;

  private final ShardPartition partition;
  private final int followerId;
  private final int leaderEpoch;
  private final long session;
  private final Deque<Sent> unacknowledged = new ArrayDeque<>();
  private long unacknowledgedBytes;
  private long nextOffset;
  private boolean queued;
  private boolean reading;
  private boolean held;
  private boolean ended;
  private long highWatermarkTold = -1;
  private long logStartTold = -1;

  private record Sent(long endOffset, int bytes) {}

  PushFeed(
      ShardPartition partition, int followerId, int leaderEpoch, long session, long fromOffset) {
    this.partition = partition;
    this.followerId = followerId;
    this.leaderEpoch = leaderEpoch;
    this.session = session;
    this.nextOffset = fromOffset;
  }

  ShardPartition partition() {
    return partition;
  }

  int followerId() {
    return followerId;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  long session() {
    return session;
  }

  /** The first offset that wasn't pushed yet. */
  long nextOffset() {
    return nextOffset;
  }

  boolean hasRoomFor(int bytes) {
    return unacknowledgedBytes == 0 || unacknowledgedBytes + bytes <= WINDOW_BYTES;
  }

  /** Whether nothing more may be read for it before it acknowledges something. */
  boolean isFull() {
    return unacknowledgedBytes >= WINDOW_BYTES;
  }

  void pushed(long endOffset, int bytes) {
    nextOffset = endOffset;
    unacknowledgedBytes += bytes;
    unacknowledged.add(new Sent(endOffset, bytes));
  }

  void acked(long endOffset) {
    while (!unacknowledged.isEmpty() && unacknowledged.peek().endOffset() <= endOffset) {
      unacknowledgedBytes -= unacknowledged.poll().bytes();
    }
  }

  /**
   * Whether it waits for its turn to be fed from the file, for a worker on its behalf, or for the
   * throttle.
   */
  boolean isBusy() {
    return queued || reading || held;
  }

  void held(boolean now) {
    held = now;
  }

  boolean isReading() {
    return reading;
  }

  void queued(boolean now) {
    queued = now;
  }

  void reading(boolean now) {
    reading = now;
  }

  boolean isEnded() {
    return ended;
  }

  void end() {
    ended = true;
  }

  /** Whether the follower hasn't heard of these yet; with that, it has. */
  boolean takeNews(long highWatermark, long logStartOffset) {
    boolean isNews = highWatermark > highWatermarkTold || logStartOffset > logStartTold;
    highWatermarkTold = Math.max(highWatermarkTold, highWatermark);
    logStartTold = Math.max(logStartTold, logStartOffset);
    return isNews;
  }
}
