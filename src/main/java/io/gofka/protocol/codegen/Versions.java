package io.gofka.protocol.codegen;

/**
 * A range of versions, both ends included; {@link #NONE} has its lowest above its highest. Written
 * {@code "none"}, {@code "3"}, {@code "3+"} or {@code "3-7"} in schemas.
 */
record Versions(int lowest, int highest) {
  static final Versions NONE = new Versions(0, -1);

  Versions {
    if (lowest > highest && (lowest != 0 || highest != -1)) {
      throw new SchemaException("versions from " + lowest + " to " + highest);
    }
  }

  static Versions parse(String text) {
    String trimmed = text.trim();
    if (trimmed.equals("none")) {
      return NONE;
    }
    try {
      if (trimmed.endsWith("+")) {
        return new Versions(number(trimmed.substring(0, trimmed.length() - 1)), Short.MAX_VALUE);
      }
      int dash = trimmed.indexOf('-');
      if (dash < 0) {
        return new Versions(number(trimmed), number(trimmed));
      }
      return new Versions(number(trimmed.substring(0, dash)), number(trimmed.substring(dash + 1)));
    } catch (NumberFormatException e) {
      throw new SchemaException("'" + text + "' is no range of versions");
    }
  }

  private static int number(String text) {
    int number = Integer.parseInt(text.trim());
    if (number < 0 || number > Short.MAX_VALUE) {
      throw new SchemaException("version " + number + " is out of range");
    }
    return number;
  }

  boolean isEmpty() {
    return lowest > highest;
  }

  boolean contains(int version) {
    return version >= lowest && version <= highest;
  }

  boolean containsAll(Versions other) {
    return other.isEmpty() || (contains(other.lowest) && contains(other.highest));
  }

  Versions intersect(Versions other) {
    int from = Math.max(lowest, other.lowest);
    int to = Math.min(highest, other.highest);
    return isEmpty() || other.isEmpty() || from > to ? NONE : new Versions(from, to);
  }

  /**
   * Java that says whether {@code version} is in this range, when it is known to be in {@code
   * known}: {@code "true"}, {@code "false"} or one or two comparisons.
   */
  String condition(Versions known) {
    Versions common = intersect(known);
    if (common.isEmpty()) {
      return "false";
    }
    boolean from = common.lowest > known.lowest;
    boolean to = common.highest < known.highest;
    if (from && to) {
      return common.lowest == common.highest
          ? "version == " + common.lowest
          : "version >= " + common.lowest + " && version <= " + common.highest;
    }
    return from ? "version >= " + common.lowest : to ? "version <= " + common.highest : "true";
  }
}
