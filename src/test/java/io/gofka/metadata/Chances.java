package io.gofka.metadata;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** What can happen in a run of a {@link ReplicationWorld}, and how often: each has its own mix. */
final class Chances {
  /** Of each kind of event, how much more or less of it there is in a run. */
  private static final List<Double> FACTORS = List.of(0.2, 0.5, 1.0, 1.0, 2.0, 4.0);

  private final SplittableRandom random;
  private final Map<Chance, Integer> weights = new EnumMap<>(Chance.class);
  private final int weightSum;

  /** What can happen, and how often if nothing is special about the run. */
  enum Chance {
    APPEND(150),
    DELIVER(350),
    WORK(140),
    LEARN(140),
    TIME(70),
    ISR(60),
    LATE(30),
    STREAM(15),
    STILL(10),
    FENCE(20),
    PREFER(5),
    CRASH(10);

    private final int weight;

    Chance(int weight) {
      this.weight = weight;
    }
  }

  Chances(SplittableRandom random) {
    this.random = random;
    for (Chance chance : Chance.values()) {
      double factor = FACTORS.get(random.nextInt(FACTORS.size()));
      weights.put(chance, Math.max(1, (int) (chance.weight * factor)));
    }
    weightSum = weights.values().stream().mapToInt(Integer::intValue).sum();
  }

  Chance draw() {
    int choice = random.nextInt(weightSum);
    for (Chance chance : Chance.values()) {
      choice -= weights.get(chance);
      if (choice < 0) {
        return chance;
      }
    }
    throw new IllegalStateException("the sum is wrong");
  }
}
