package io.gofka.node;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 5s}, {@code 1h30m}, {@code 7d}. */
final class Durations {
  static final String TEXT = "a duration such as 250ms, 5s, 10m, 2h or 7d, or a number of ms";

  private static final Pattern PART = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(ms|s|m|h|d)");
  private static final Map<String, Long> UNITS_MS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

  private Durations() {}

  /**
   * The duration in ms.
   *
   * @throws IllegalArgumentException when the text is none, or no whole number of ms
   */
  static long parseMs(String text) {
    String trimmed = text.trim();
    if (trimmed.matches("\\d{1,18}")) {
      return Long.parseLong(trimmed);
    }
    BigDecimal sum = BigDecimal.ZERO;
    Matcher part = PART.matcher(trimmed);
    int end = 0;
    while (part.find() && part.start() == end) {
      BigDecimal unitMs = BigDecimal.valueOf(UNITS_MS.get(part.group(2)));
      sum = sum.add(new BigDecimal(part.group(1)).multiply(unitMs));
      end = part.end();
    }
    if (trimmed.isEmpty() || end != trimmed.length()) {
      throw new IllegalArgumentException("no duration: " + text);
    }
    try {
      return sum.longValueExact();
    } catch (ArithmeticException notWhole) {
      throw new IllegalArgumentException("no whole number of ms: " + text, notWhole);
    }
  }

  /** The shortest text that {@link #parseMs} reads as this duration. */
  static String format(long ms) {
    for (String unit : new String[] {"d", "h", "m", "s"}) {
      long unitMs = UNITS_MS.get(unit);
      if (ms > 0 && ms % unitMs == 0) {
        return ms / unitMs + unit;
      }
    }
    return ms + "ms";
  }
}
