package io.gofka.api;

import org.slf4j.Logger;

/**
 * Bounds how much a flood of bad clients can write to the log: at most {@link #LINES_PER_SECOND}
 * lines a second, and then how many were left out. Confined to one loop.
 */
public final class LogLimiter {
  static final int LINES_PER_SECOND = 10;

  private static final long SECOND_MS = 1_000;

  private final Logger log;
  private long secondBegan;
  private int lines;
  private long leftOut;

  public LogLimiter(Logger log) {
    this.log = log;
  }

  /** Writes the line, unless this second has had its share. */
  public void info(long nowMs, String format, Object... arguments) {
    if (nowMs - secondBegan >= SECOND_MS) {
      flush();
      secondBegan = nowMs;
      lines = 0;
    }
    if (lines < LINES_PER_SECOND) {
      lines++;
      log.info(format, arguments);
    } else {
      leftOut++;
    }
  }

  /** Tells what was left out since the last time. */
  public void flush() {
    if (leftOut > 0) {
      log.info("{} more lines like these were left out", leftOut);
      leftOut = 0;
    }
  }
}
