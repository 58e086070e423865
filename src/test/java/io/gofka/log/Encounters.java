package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;

/**
 * How often histories have met with what they are about. Those that never get into trouble would
 * prove nothing.
 */
final class Encounters {
  private final Map<String, Integer> counts = new TreeMap<>();

  void add(String what, int count) {
    counts.merge(what, count, Integer::sum);
  }

  void addAll(Encounters others) {
    others.counts.forEach(this::add);
  }

  int count(String what) {
    return counts.getOrDefault(what, 0);
  }

  void assertMoreThan(double least, String what) {
    assertTrue(count(what) > least, () -> "only " + count(what) + " " + what);
  }
}
