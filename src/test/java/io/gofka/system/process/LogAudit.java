package io.gofka.system.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
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

  private static final Pattern HELD = Pattern.compile("has been blocked for (\\d+) ms");

  /** Frames of a thread that waits: nothing of this may ever happen on a loop. */
  private static final Pattern WAITING =
      Pattern.compile(
          "\\.force0?\\(|\\.park\\(|Object\\.wait|Thread\\.sleep|Process\\w*\\.waitFor");

  /**
   * A loop that is held for so long is at fault whatever it does. Below, where tests take all
   * cores, the stacks show a JVM that loads classes and links calls for the first time.
   */
  private static final int EXCUSED_MS = 500;

  private static final Pattern FRAME = Pattern.compile("^\\s+at |^io\\.vertx\\..*Thread blocked$");

  /**
   * A connection that comes in the moment in which a stopping broker has no loop for it any more,
   * and its port is still open: Netty says so with a stack, and closes it.
   */
  private static final Pattern LATE_CONNECTION =
      Pattern.compile(
          "java\\.lang\\.IllegalStateException\\R\\s+at io\\.vertx\\.core\\.net\\.impl"
              + "\\.VertxEventLoopGroup\\.next.*\\R(\\s+at .*\\R)+");

  /** A peer that dies while it is being connected to: Netty finds nobody to tell, and says so. */
  private static final Pattern DEAD_WHILE_CONNECTING =
      Pattern.compile(
          "java\\.nio\\.channels\\.NotYetConnectedException\\R\\s+at io\\.netty\\.channel\\.unix"
              + "\\.Errors\\.ioResult.*\\R(\\s+at .*\\R)+");

  /**
   * A connection that dies while Vert.x writes to it: a promise that nobody asked for is failed.
   */
  private static final Pattern DEAD_WHILE_WRITING =
      Pattern.compile(
          ".*DefaultHttp2Connection - Caught Throwable from listener onStreamClosed.*\\R"
              + "java\\.lang\\.NullPointerException: .*io\\.vertx\\.core\\.Promise\\.fail.*\\R"
              + "(\\s+at .*\\R)+");

  private static final int SHOWN = 15;

  private LogAudit() {}

  static void check(String log, List<String> allowed, Path file) {
    List<Pattern> expected = allowed.stream().map(Pattern::compile).toList();
    var bad = new ArrayList<String>();
    String examined = LATE_CONNECTION.matcher(log).replaceAll("");
    examined = DEAD_WHILE_CONNECTING.matcher(examined).replaceAll("");
    examined = DEAD_WHILE_WRITING.matcher(examined).replaceAll("");
    for (String line : withoutExcused(examined.lines().toList())) {
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

  /** Leaves out warnings of a loop that was busy for a while, with their stacks. */
  private static List<String> withoutExcused(List<String> lines) {
    var rest = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher held = HELD.matcher(lines.get(i));
      int end = i + 1;
      while (held.find(0) && end < lines.size() && FRAME.matcher(lines.get(end)).find()) {
        end++;
      }
      List<String> warning = lines.subList(i, end);
      boolean excused =
          warning.size() > 1
              && Integer.parseInt(held.group(1)) < EXCUSED_MS
              && warning.stream().noneMatch(line -> WAITING.matcher(line).find());
      if (!excused) {
        rest.addAll(warning);
      }
      i = end - 1;
    }
    return rest;
  }
}
