package io.gofka.replica;

/**
 * How far one follower is, as its leader knows. It belongs to one leader epoch.
 *
 * <p>When a follower was last caught up can't be asked; it follows from what it acknowledges. Who
 * has the leader's end is caught up now. Under steady writes nobody ever has it; then it is enough
 * to have reached the end as it was at some moment: the follower was caught up at that moment. The
 * moment is kept until it is reached, and only then replaced. Kafka takes a new one with each
 * fetch, which is the same where a follower asks once at a time; here many pushes are under way at
 * once, and an end that moves with each acknowledgement would never be reached.
 */
final class FollowerProgress {
  static final long UNKNOWN = -1;

  /** Long before any time, far enough from the end of the numbers to be subtracted. */
  private static final long NEVER_MS = Long.MIN_VALUE / 2;

  private final int brokerId;
  private long brokerEpoch = UNKNOWN;
  private long session = UNKNOWN;
  private boolean live;
  private long endOffset = UNKNOWN;
  private long logStartOffset = UNKNOWN;
  private long caughtUpAtMs = NEVER_MS;
  private long markedEndOffset = Long.MAX_VALUE;
  private long markedAtMs;

  FollowerProgress(int brokerId) {
    this.brokerId = brokerId;
  }

  int brokerId() {
    return brokerId;
  }

  /** Of the process that follows, {@link #UNKNOWN} before it has said so. */
  long brokerEpoch() {
    return brokerEpoch;
  }

  long session() {
    return session;
  }

  /** Whether its session has begun and has not ended. */
  boolean isLive() {
    return live;
  }

  /** Below it the follower has everything, {@link #UNKNOWN} before it has said so. */
  long endOffset() {
    return endOffset;
  }

  long logStartOffset() {
    return logStartOffset;
  }

  /** It is taken to be caught up, though it has not been heard of. */
  void assumeCaughtUp(long nowMs) {
    caughtUpAtMs = Math.max(caughtUpAtMs, nowMs);
  }

  /** Another process of the same broker: it may have lost anything. */
  void restarted(long newBrokerEpoch) {
    brokerEpoch = newBrokerEpoch;
    session = UNKNOWN;
    live = false;
    endOffset = UNKNOWN;
    logStartOffset = UNKNOWN;
  }

  /** It wants to follow; what it has is not compared yet, and nothing is known until then. */
  void asked(long newSession) {
    session = newSession;
    live = false;
    endOffset = UNKNOWN;
  }

  /** Its log is the beginning of the leader's. */
  void began(long fetchOffset, long itsLogStartOffset, long leaderEndOffset, long nowMs) {
    live = true;
    endOffset = fetchOffset;
    logStartOffset = itsLogStartOffset;
    markedEndOffset = leaderEndOffset;
    markedAtMs = nowMs;
    if (fetchOffset >= leaderEndOffset) {
      assumeCaughtUp(nowMs);
    }
  }

  void ended() {
    live = false;
  }

  void acked(long itsEndOffset, long itsLogStartOffset, long leaderEndOffset, long nowMs) {
    endOffset = Math.max(endOffset, itsEndOffset);
    logStartOffset = Math.max(logStartOffset, itsLogStartOffset);
    if (endOffset >= leaderEndOffset) {
      assumeCaughtUp(nowMs);
    } else if (endOffset >= markedEndOffset) {
      assumeCaughtUp(markedAtMs);
      markedEndOffset = leaderEndOffset;
      markedAtMs = nowMs;
    }
  }

  /** The leader's log has grown: who had all of it was caught up until now. */
  void leaderAppended(long oldEndOffset, long newEndOffset, long nowMs) {
    if (endOffset >= oldEndOffset) {
      assumeCaughtUp(nowMs);
      markedEndOffset = newEndOffset;
      markedAtMs = nowMs;
    }
  }

  boolean isCaughtUp(long leaderEndOffset, long nowMs, long lagTimeMaxMs) {
    return endOffset == leaderEndOffset || nowMs - caughtUpAtMs <= lagTimeMaxMs;
  }
}
