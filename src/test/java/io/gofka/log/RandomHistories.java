package io.gofka.log;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** Random histories of a log, one after the other, each a function of its seed. */
final class RandomHistories {
  private RandomHistories() {}

  /** What can happen to a log, in steps. */
  interface History {
    void run() throws IOException;

    /** How far it has come. */
    int step();
  }

  /**
   * Runs as many as {@code <property>.seeds} says, from {@code <property>.seed} on; a failure says
   * how to replay it.
   *
   * @param count how many without that property
   * @param ended told of each when it is over
   * @return how many they were
   */
  static <H extends History> int run(
      String property, int count, LongFunction<H> ofSeed, Consumer<H> ended) {
    int histories = Integer.getInteger(property + ".seeds", count);
    long first = Long.getLong(property + ".seed", 0);
    for (long seed = first; seed < first + histories; seed++) {
      H history = ofSeed.apply(seed);
      try {
        history.run();
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
