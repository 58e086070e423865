package io.gofka.bench;

import java.util.Locale;

/**
 * Something that is measured in a broker.
 *
 * @param unit of one broker's value
 * @param goal what the ratio, ours to Kafka's, should be
 */
record Measure(String title, String unit, String goal) {
  /** Of this the less the better. */
  static Measure atMost(String title, String unit, double ratio) {
    return new Measure(title, unit, String.format(Locale.ROOT, "≤ %.2f", ratio));
  }

  /** Of this the more the better. */
  static Measure atLeast(String title, String unit, double ratio) {
    return new Measure(
        title, unit, String.format(Locale.ROOT, ratio < 10 ? "≥ %.2f" : "≥ %.0f", ratio));
  }

  /** Of this nobody has set a goal. */
  static Measure forInformation(String title, String unit) {
    return new Measure(title, unit, "");
  }
}
