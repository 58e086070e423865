package io.gofka.log;

import java.io.IOException;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** What happens to a log, step by step; a function of a seed. */
abstract class RandomHistory {
  final Random random;
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

  /**
   * Runs as many as {@code <property>.seeds} says, from {@code <property>.seed} on; a failure says
   * how to replay it.
   *
   * @param count how many without that property
   * @param ended told of each when it is over
   * @return how many they were
   */
  static <H extends RandomHistory> int runAll(
      String property, int count, LongFunction<H> ofSeed, Consumer<H> ended) {
    int histories = Integer.getInteger(property + ".seeds", count);
    long first = Long.getLong(property + ".seed", 0);
    for (long seed = first; seed < first + histories; seed++) {
      H history = ofSeed.apply(seed);
      try {
        ((RandomHistory) history).run();
      } catch (IOException | RuntimeException | Error failure) {
        throw new AssertionError(
            "seed %d, step %d (replay with -D%s.seeds=1 -D%s.seed=%d)"
                .formatted(seed, history.step(), property, property, seed),
            failure);
      }
      ended.accept(history);
    }
    return histories;
  }
}
