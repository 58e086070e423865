package io.gofka.protocol;

import java.util.Arrays;

/**
 * Where in a message the reading or writing stands, so that an error can say it. Entering costs one
 * array store; text is made only when something is wrong.
 */
final class FieldPath {
  /**
   * No schema nests anywhere near as deep; a recursive one stops here instead of at the end of the
   * stack.
   */
  static final int MAX_DEPTH = 32;

  private String[] fields = new String[4];
  private int depth;

  /** Whether one more level is allowed; if so it is entered. */
  boolean enter(String field) {
    if (depth == fields.length) {
      if (depth == MAX_DEPTH) {
        return false;
      }
      fields = Arrays.copyOf(fields, Math.min(2 * depth, MAX_DEPTH));
    }
    fields[depth++] = field;
    return true;
  }

  void leave() {
    depth--;
  }

  void clear() {
    depth = 0;
  }

  void copyFrom(FieldPath other) {
    fields = Arrays.copyOf(other.fields, other.fields.length);
    depth = other.depth;
  }

  WireException error(String message, short version, String field, String problem) {
    StringBuilder text = new StringBuilder(message).append(" v").append(version).append(", ");
    for (int i = 0; i < depth; i++) {
      text.append(fields[i]).append('.');
    }
    return new WireException(text.append(field).append(": ").append(problem).toString());
  }
}
