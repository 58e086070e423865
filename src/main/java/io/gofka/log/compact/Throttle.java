package io.gofka.log.compact;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds several threads together to a number of bytes per second.
 *
 * <p>The one thing that the threads of compaction share: for each piece of work a thread takes the
 * time that the piece may take off a common line of time, and waits until its turn. Who has been
 * idle can't save more than a second. {@code nowNanos} is monotonic.
 */
public final class Throttle {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long SAVED_NANOS = 1_000_000_000L;

  /** The longest a single piece may make its thread wait. */
  private static final long MAX_WAIT_NANOS = 60 * SAVED_NANOS;

  private final AtomicLong freeFromNanos;
  private volatile double bytesPerSecond;

  public Throttle(double bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.freeFromNanos = new AtomicLong(nowNanos);
  }

  /** Holds for work from now on. */
  public void bytesPerSecond(double changed) {
    bytesPerSecond = changed;
  }

  /** How many bytes go through in a second. */
  public double bytesPerSecond() {
    return bytesPerSecond;
  }

  /**
   * Takes the time for so many bytes.
   *
   * @return how long the thread has to wait, 0 for not at all
   */
  public long reserve(long bytes, long nowNanos) {
    double rate = bytesPerSecond;
    double nanos = bytes / Math.max(rate, 1) * NANOS_PER_SECOND;
    if (nanos < 1) {
      return 0;
    }
    long cost = (long) Math.min(nanos, MAX_WAIT_NANOS);
    while (true) {
      long free = freeFromNanos.get();
      long from = free - nowNanos < -SAVED_NANOS ? nowNanos - SAVED_NANOS : free;
      long until = from + cost;
      if (freeFromNanos.compareAndSet(free, until)) {
        return Math.max(0, Math.min(until - nowNanos, MAX_WAIT_NANOS));
      }
    }
  }
}
