package io.gofka.config;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the text of a setting is read, and the code by which DescribeConfigs names that. */
public enum ConfigType {
  BOOLEAN(1, "true or false"),
  STRING(2, "text"),
  INT(3, "a whole number (32 bits)"),
  SHORT(4, "a whole number (16 bits)"),
  LONG(5, "a whole number (64 bits)"),
  DOUBLE(6, "a number"),
  LIST(7, "a comma-separated list"),
  CLASS(8, "the name of a class"),
  PASSWORD(9, "text");

  private final byte code;
  private final String text;

  ConfigType(int code, String text) {
    this.code = (byte) code;
    this.text = text;
  }

  /** The int8 that stands for this type on the wire. */
  public byte code() {
    return code;
  }

  /** What may be written, for a person. */
  public String text() {
    return text;
  }

  /**
   * The value that a text stands for: Boolean, Integer, Short, Long, Double, String, or a list of
   * strings. Blanks around it don't count.
   *
   * @throws IllegalArgumentException when the text is not of this type
   */
  public Object parse(String written) {
    String value = written.trim();
    return switch (this) {
      case BOOLEAN -> parseBoolean(value);
      case INT -> Integer.valueOf(value);
      case SHORT -> Short.valueOf(value);
      case LONG -> Long.valueOf(value);
      case DOUBLE -> Double.valueOf(value);
      case LIST -> parseList(value);
      case STRING, CLASS, PASSWORD -> value;
    };
  }

  /** The text of a value as DescribeConfigs shows it; what {@link #parse} gave is read back. */
  public String format(Object value) {
    if (value instanceof List<?> items) {
      return items.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    return String.valueOf(value);
  }

  private static Boolean parseBoolean(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false: " + value);
    };
  }

  /** Names that stand twice count once; an empty name between two commas is a mistake. */
  private static List<String> parseList(String value) {
    if (value.isEmpty()) {
      return List.of();
    }
    List<String> items = List.of(value.split("\\s*,\\s*", -1));
    if (items.contains("")) {
      throw new IllegalArgumentException("an empty item in " + value);
    }
    return items.stream().distinct().collect(Collectors.toUnmodifiableList());
  }
}
