package io.gofka.group;

import java.util.concurrent.TimeUnit;

/**
 * When something that was left alone is old enough to be forgotten. Part of {@link
 * GroupCoordinator}.
 *
 * <p>Wall clocks lie: that of the broker which stored the time, and that of this one. What this
 * coordinator has watched itself, by the monotonic clock, is certain. What it knows from stored
 * times only must be older than wanted by as much as two clocks may err together, so that no jump
 * of a clock by up to an hour makes anything expire early; a wrong clock makes it expire late.
 */
final class Retention {
  /** Of two clocks that are wrong by at most an hour each. */
  static final long MAX_CLOCK_ERROR_MS = TimeUnit.HOURS.toMillis(2);

  /** For what was there before this coordinator was loaded. */
  static final long BEFORE_LOADING = Long.MIN_VALUE;

  private long loadedMs;

  /** From now on the coordinator watches. */
  void onLoaded(long nowMs) {
    loadedMs = nowMs;
  }

  /**
   * Since when something has been left alone.
   *
   * @param nowMs monotonic; {@link #BEFORE_LOADING} when this coordinator doesn't know
   * @param timestampMs wall clock, as stored
   */
  record Since(long nowMs, long timestampMs) {
    /** The later of both. */
    Since or(Since other) {
      return new Since(Math.max(nowMs, other.nowMs), Math.max(timestampMs, other.timestampMs));
    }
  }

  boolean isOver(long retentionMs, Since since, Moment moment) {
    long watchedMs = moment.nowMs() - Math.max(since.nowMs(), loadedMs);
    if (watchedMs >= retentionMs) {
      return true;
    }
    long storedMs = Math.max(0, Math.min(since.timestampMs(), moment.timestampMs()));
    // In this order nothing overflows, however long the retention is.
    return moment.timestampMs() - storedMs - MAX_CLOCK_ERROR_MS >= retentionMs;
  }
}
