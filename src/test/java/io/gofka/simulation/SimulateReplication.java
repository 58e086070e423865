package io.gofka.simulation;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Runs many seeds of {@link ReplicationSimulation}, on all cores. As a program: the first seed and
 * how many.
 */
public final class SimulateReplication {
  private SimulateReplication() {}

  /** What so many seeds came to. */
  record Summary(
      long seeds,
      long virtualMicros,
      long events,
      long acknowledged,
      long read,
      long commits,
      double seconds) {
    @Override
    public String toString() {
      return ("%,d seeds, %,.1f virtual hours, %,d events, %,d batches acknowledged, %,d read,"
              + " %,d offsets committed, in %.1f s")
          .formatted(seeds, virtualMicros / 3.6e9, events, acknowledged, read, commits, seconds);
    }
  }

  /** How a seed that failed is repeated. */
  static String replay(ReplicationSimulation.Result failed) {
    return "seed %d: %s%nreplay: mvn test -Dtest=ReplicationSimulationTest#seedFromTheCommandLine"
            .formatted(failed.seed(), failed.violation().orElseThrow().getMessage())
        + " -Dgofka.sim.seed="
        + failed.seed();
  }

  /**
   * @param onFailure is told each seed that fails, by any thread
   */
  static Summary seeds(long from, long count, Consumer<ReplicationSimulation.Result> onFailure) {
    long began = System.nanoTime();
    AtomicLong micros = new AtomicLong();
    AtomicLong events = new AtomicLong();
    AtomicLong acknowledged = new AtomicLong();
    AtomicLong read = new AtomicLong();
    AtomicLong commits = new AtomicLong();
    LongStream.range(from, from + count)
        .parallel()
        .forEach(
            seed -> {
              ReplicationSimulation.Result result = ReplicationSimulation.run(seed, false);
              micros.addAndGet(result.virtualMicros());
              events.addAndGet(result.events());
              acknowledged.addAndGet(result.acknowledged());
              read.addAndGet(result.read());
              commits.addAndGet(result.commits());
              if (result.violation().isPresent()) {
                onFailure.accept(result);
              }
            });
    return new Summary(
        count,
        micros.get(),
        events.get(),
        acknowledged.get(),
        read.get(),
        commits.get(),
        (System.nanoTime() - began) / 1e9);
  }

  /** What the first seed that fails has found, with its number in front; empty when none fails. */
  public static String firstFailure(long from, long count) {
    for (long seed = from; seed < from + count; seed++) {
      ReplicationSimulation.Result result = ReplicationSimulation.run(seed, false);
      if (result.violation().isPresent()) {
        return "seed " + seed + " " + result.violation().get().getMessage();
      }
    }
    return "";
  }

  public static void main(String[] arguments) {
    long from = arguments.length > 0 ? Long.parseLong(arguments[0]) : 0;
    if (arguments.length == 1) {
      ReplicationSimulation.Result result = ReplicationSimulation.run(from, true);
      System.out.println(result.trace());
      result.violation().ifPresent(Throwable::printStackTrace);
      return;
    }
    long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1000;
    Summary summary = seeds(from, count, failed -> System.out.println(replay(failed)));
    System.out.println("Replication simulation: " + summary);
  }
}
