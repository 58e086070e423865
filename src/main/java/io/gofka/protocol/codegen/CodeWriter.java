package io.gofka.protocol.codegen;

/** Java source, line by line; braces set the indentation. */
final class CodeWriter {
  private final StringBuilder text = new StringBuilder();
  private int depth;

  CodeWriter line(String line) {
    if (line.startsWith("}")) {
      depth--;
    }
    text.append("  ".repeat(line.isEmpty() ? 0 : depth)).append(line).append('\n');
    if (line.endsWith("{")) {
      depth++;
    }
    return this;
  }

  CodeWriter blank() {
    return line("");
  }

  /** Opens {@code if}; "true" opens nothing. Close with {@link #endIf} and the same condition. */
  CodeWriter beginIf(String condition) {
    return condition.equals("true") ? this : line("if (" + condition + ") {");
  }

  CodeWriter endIf(String condition) {
    return condition.equals("true") ? this : line("}");
  }

  @Override
  public String toString() {
    if (depth != 0) {
      throw new IllegalStateException("unbalanced braces, depth " + depth);
    }
    return text.toString();
  }
}
