package io.gofka.simulation;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Runs many seeds, on all cores. As a program: the first seed and how many, a million if need be;
 * it ends with the first seed that fails, and how to repeat it.
 */
public final class Simulate {
  private Simulate() {}

  /** What so many seeds came to. */
  record Summary(
      long seeds,
      long virtualMicros,
      long events,
      long committed,
      long acknowledged,
      double worstProgress,
      double seconds) {
    @Override
    public String toString() {
      return ("%,d seeds, %,.1f virtual hours, %,d events, %,d entries committed, %,d commands"
              + " acknowledged, progress within %.1f election timeouts, in %.1f s")
          .formatted(
              seeds,
              virtualMicros / 3.6e9,
              events,
              committed,
              acknowledged,
              worstProgress,
              seconds);
    }
  }

  /** How a seed that failed is repeated. */
  static String replay(RaftSimulation.Result failed) {
    return "seed %d: %s%nreplay: mvn test -Dtest=RaftSimulationTest#seedFromTheCommandLine"
            .formatted(failed.seed(), failed.violation().orElseThrow().getMessage())
        + " -Dgofka.sim.seed="
        + failed.seed();
  }

  /**
   * @param onFailure is told each seed that fails, by any thread
   */
  static Summary seeds(long from, long count, Consumer<RaftSimulation.Result> onFailure) {
    long began = System.nanoTime();
    AtomicLong micros = new AtomicLong();
    AtomicLong events = new AtomicLong();
    AtomicLong committed = new AtomicLong();
    AtomicLong acknowledged = new AtomicLong();
    double worst =
        LongStream.range(from, from + count)
            .parallel()
            .mapToDouble(
                seed -> {
                  RaftSimulation.Result result = RaftSimulation.run(seed, false);
                  micros.addAndGet(result.virtualMicros());
                  events.addAndGet(result.events());
                  committed.addAndGet(result.committed());
                  acknowledged.addAndGet(result.acknowledged());
                  if (result.violation().isPresent()) {
                    onFailure.accept(result);
                  }
                  return result.progressTimeouts();
                })
            .max()
            .orElse(0);
    return new Summary(
        count,
        micros.get(),
        events.get(),
        committed.get(),
        acknowledged.get(),
        worst,
        (System.nanoTime() - began) / 1e9);
  }

  /**
   * What the first seed that fails has found, with its number in front; when none fails, what the
   * first scenario has found in which a crash is put everywhere. Empty when nothing is found.
   */
  public static String firstFailure(long from, long count) {
    for (long seed = from; seed < from + count; seed++) {
      RaftSimulation.Result result = RaftSimulation.run(seed, false);
      if (result.violation().isPresent()) {
        return "seed " + seed + " " + result.violation().get().getMessage();
      }
    }
    return KillPoints.firstFailure();
  }

  public static void main(String[] arguments) {
    long from = arguments.length > 0 ? Long.parseLong(arguments[0]) : 0;
    if (arguments.length == 1) {
      RaftSimulation.Result result = RaftSimulation.run(from, true);
      System.out.println(result.trace());
      result.violation().ifPresent(Throwable::printStackTrace);
      return;
    }
    long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1_000_000;
    long step = 10_000;
    for (long done = 0; done < count; done += step) {
      Summary summary =
          seeds(
              from + done,
              Math.min(step, count - done),
              failed -> System.out.println(replay(failed)));
      System.out.println("from " + (from + done) + ": " + summary);
    }
  }
}
