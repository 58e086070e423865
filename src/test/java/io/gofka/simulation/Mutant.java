package io.gofka.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A deliberate bug: a change of the source of one production class. The class is compiled anew, in
 * memory; nothing in production knows of it.
 *
 * @param bug what is wrong with it
 * @param file below {@code src/main/java/io/gofka}
 * @param snippet stands there exactly once
 * @param replacement what stands there instead
 */
record Mutant(String bug, String file, String snippet, String replacement) {
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "gofka");

  String className() {
    return "io.gofka." + file.replace(".java", "").replace('/', '.');
  }

  /**
   * @throws IllegalStateException when the snippet isn't there once: the code has changed, and the
   *     mutant has to follow
   */
  String source() {
    String source;
    try {
      source = Files.readString(SOURCES.resolve(file));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
    int at = source.indexOf(snippet);
    if (at < 0 || source.indexOf(snippet, at + 1) >= 0) {
      throw new IllegalStateException(
          "'%s' must stand once in %s for the bug '%s'".formatted(snippet, file, bug));
    }
    return source.replace(snippet, replacement);
  }
}
