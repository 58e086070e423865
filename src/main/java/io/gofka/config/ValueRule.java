package io.gofka.config;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * What a setting allows beyond its type.
 *
 * @param text the rule in words that go on from the type's: "a whole number, at least 1"; empty
 *     when every value of the type is allowed
 * @param test whether a parsed value is allowed
 */
public record ValueRule(String text, Predicate<Object> test) {
  public static final ValueRule ANY = new ValueRule("", value -> true);

  public ValueRule {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(test, "test");
  }

  static ValueRule atLeast(long least) {
    return new ValueRule("at least " + least, value -> number(value) >= least);
  }

  static ValueRule between(long least, long most) {
    return new ValueRule(
        "from " + least + " to " + most, value -> number(value) >= least && number(value) <= most);
  }

  static ValueRule fraction(double least, double most) {
    return new ValueRule(
        "from " + least + " to " + most,
        value -> {
          double number = ((Number) value).doubleValue();
          return number >= least && number <= most;
        });
  }

  /** A special value besides what another rule allows. */
  ValueRule or(long special, String meaning) {
    return new ValueRule(
        text + ", or " + special + " " + meaning,
        value -> number(value) == special || test.test(value));
  }

  /** For lists: the same, but not the empty list. */
  ValueRule nonEmpty() {
    return new ValueRule(
        text.isEmpty() ? "not empty" : text + ", not empty",
        value -> !((List<?>) value).isEmpty() && test.test(value));
  }

  static ValueRule oneOf(String... choices) {
    List<String> allowed = List.of(choices);
    return new ValueRule("one of " + String.join(", ", choices), allowed::contains);
  }

  static ValueRule oneOfIgnoringCase(String... choices) {
    List<String> allowed = List.of(choices);
    return new ValueRule(
        "one of " + String.join(", ", choices),
        value -> allowed.stream().anyMatch(((String) value)::equalsIgnoreCase));
  }

  /** Lists of these words, the empty list included. */
  static ValueRule someOf(String... choices) {
    List<String> allowed = List.of(choices);
    return new ValueRule(
        "of " + String.join(" and ", choices), value -> allowed.containsAll((List<?>) value));
  }

  /** Texts (or, for lists, lists) that a parser takes without IllegalArgumentException. */
  static ValueRule readableBy(String text, Predicate<Object> parser) {
    return new ValueRule(
        text,
        value -> {
          try {
            return parser.test(value);
          } catch (IllegalArgumentException unreadable) {
            return false;
          }
        });
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }
}
