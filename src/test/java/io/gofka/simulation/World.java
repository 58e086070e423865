package io.gofka.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * Time, chance and what happens next. All times are virtual, in microseconds since the start; all
 * chance comes from one seed. Confined to one thread.
 *
 * <p>What happens is mixed into a hash, so that two runs can be compared, and when asked for is
 * written down, of which the last lines are kept.
 */
final class World {
  static final long MILLIS = 1000;
  static final long SECONDS = 1000 * MILLIS;

  private static final int MAX_TRACE_LINES = Integer.getInteger("gofka.sim.trace", 5000);

  /** A run with more events than this doesn't come to an end. */
  private static final long MAX_EVENTS = 500_000;

  private final SplittableRandom random;
  private final EventQueue queue = new EventQueue();
  private final boolean tracing;
  private final Deque<String> trace = new ArrayDeque<>();
  private long nowMicros;
  private long events;
  private long hash = 0x9E3779B97F4A7C15L;

  World(long seed, boolean tracing) {
    this.random = new SplittableRandom(seed);
    this.tracing = tracing;
    Violation.forget();
  }

  long nowMicros() {
    return nowMicros;
  }

  /** How much has happened. */
  long events() {
    return events;
  }

  /** Depends on everything that was noted, and its order. */
  long hash() {
    return hash;
  }

  SplittableRandom random() {
    return random;
  }

  /** True with this probability. */
  boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  /** From low up to and including high. */
  long between(long low, long high) {
    return low >= high ? low : random.nextLong(low, high + 1);
  }

  /** A waiting time with this mean, seldom more than a few times as long. */
  long about(long meanMicros) {
    return 1 + (long) (-Math.log(1 - random.nextDouble()) * meanMicros);
  }

  void after(long delayMicros, Runnable event) {
    queue.add(nowMicros + Math.max(0, delayMicros), event);
  }

  void at(long timeMicros, Runnable event) {
    queue.add(Math.max(nowMicros, timeMicros), event);
  }

  /** Lets happen what happens before this time, which it is then. */
  void runUntil(long timeMicros) {
    while (!queue.isEmpty() && queue.nextTime() <= timeMicros) {
      step();
    }
    nowMicros = Math.max(nowMicros, timeMicros);
  }

  private void step() {
    nowMicros = queue.nextTime();
    Runnable event = queue.poll();
    if (++events > MAX_EVENTS) {
      throw new Violation("no endless run", events + " events");
    }
    event.run();
    Violation.rethrow(); // Whoever was called from code that lets nothing through.
  }

  /** Mixes something that happened into the hash. */
  void note(long what) {
    long mixed = (hash ^ what ^ nowMicros * 0xD6E8FEB86659FD93L) * 0xFF51AFD7ED558CCDL;
    hash = mixed ^ mixed >>> 32;
  }

  /** Whether somebody reads the trace: only then its lines are worth making. */
  boolean tracing() {
    return tracing;
  }

  void trace(String line) {
    if (tracing) {
      if (trace.size() == MAX_TRACE_LINES) {
        trace.removeFirst();
      }
      trace.addLast("%,14d us  %s".formatted(nowMicros, line));
    }
  }

  /** The last lines. */
  String lastTrace() {
    return String.join("\n", trace);
  }
}
