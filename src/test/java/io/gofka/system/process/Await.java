package io.gofka.system.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waiting for a condition up to a deadline, never for a duration. */
public final class Await {
  private static final long POLL_NANOS = 10_000_000;

  private Await() {}

  /**
   * Waits until the condition holds.
   *
   * @throws AssertionError naming {@code what} when it does not hold in time; the condition's last
   *     failure is the cause
   */
  public static void until(String what, Duration limit, Callable<Boolean> condition) {
    until(() -> what, limit, condition);
  }

  /**
   * As above, with a description made when the wait has failed: it can show the last state seen.
   */
  public static void until(Supplier<String> what, Duration limit, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    Exception last = null;
    do {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception notYet) {
        last = notYet;
      }
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting until " + what.get());
      }
    } while (System.nanoTime() < deadline);
    throw new AssertionError("not within " + limit.toSeconds() + " s: " + what.get(), last);
  }
}
