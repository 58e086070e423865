package io.gofka.log;

import java.io.IOException;
import java.util.Random;
import java.util.function.LongFunction;

/** What happens to a log, step by step; a function of a seed. */
abstract class RandomHistory {
  /** The time of day (ms) at which all begin. */
  static final long START = 1_700_000_000_000L;

  final Random random;
  final Encounters met = new Encounters();
  private final int steps;
  private int step;

  RandomHistory(long seed, int steps) {
    this.random = new Random(seed);
    this.steps = steps;
  }

  /** How far it has come. */
  final int step() {
    return step;
  }

  /** Something happens. */
  abstract void happen() throws IOException;

  /** After the last step. */
  abstract void finish() throws IOException;

  private void run() throws IOException {
    for (step = 0; step < steps; step++) {
      happen();
    }
    finish();
  }

  /** So many histories, and all that they have met with. */
  record Run(int histories, Encounters met) {
    /**
     * @param least how often each must have met with it, on the average
     */
    void assertMoreThan(double least, String what) {
      met.assertMoreThan(least * histories, what);
    }
  }

  /**
   * Runs as many as {@code <property>.seeds} says, from {@code <property>.seed} on; a failure says
   * how to replay it.
   *
   * @param count how many without that property
   */
  static Run runAll(String property, int count, LongFunction<? extends RandomHistory> ofSeed) {
    Encounters met = new Encounters();
    int histories = Integer.getInteger(property + ".seeds", count);
    long first = Long.getLong(property + ".seed", 0);
    for (long seed = first; seed < first + histories; seed++) {
      RandomHistory history = ofSeed.apply(seed);
      try {
        history.run();
      } catch (IOException | RuntimeException | Error failure) {
        throw new AssertionError(
            "seed %d, step %d (replay with -D%s.seeds=1 -D%s.seed=%d)"
                .formatted(seed, history.step(), property, property, seed),
            failure);
      }
      met.addAll(history.met);
    }
    return new Run(histories, met);
  }
}
