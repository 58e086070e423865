package io.gofka.system.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads a broker's log after a test. A test that was answered well fails nevertheless when the log
 * tells of a blocked event loop, of a leaked buffer or of an error that nobody expected.
 */
final class LogAudit {
  /** Errors and stack traces; a client's words in a line of lower level are its own affair. */
  private static final Pattern BAD =
      Pattern.compile(
          "has been blocked for|LEAK:|\\bERROR\\b|OutOfMemoryError"
              + "|^\\s+at [\\w.$]+\\(|^Caused by: |^(Exception in thread|[\\w.$]+(Exception|Error)\\b)");

  private static final int SHOWN = 15;

  private LogAudit() {}

  static void check(String log, List<String> allowed, Path file) {
    List<Pattern> expected = allowed.stream().map(Pattern::compile).toList();
    var bad = new ArrayList<String>();
    for (String line : log.lines().toList()) {
      if (BAD.matcher(line).find() && expected.stream().noneMatch(p -> p.matcher(line).find())) {
        bad.add(line);
      }
    }
    if (!bad.isEmpty()) {
      throw new AssertionError(
          bad.size()
              + " bad lines in the broker's log "
              + file
              + ":\n"
              + String.join("\n", bad.subList(0, Math.min(SHOWN, bad.size()))));
    }
  }
}
