package io.gofka.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.util.TimeZone;

/**
 * {@code 12:34:56.789 INFO ClassName - message}, in local time. Written out by hand because the
 * classes behind a pattern's date take longer to load than the rest of logging.
 */
public final class ShortLayout extends LayoutBase<ILoggingEvent> {
  private static final long DAY_MS = 86_400_000;
  private static final int LEVEL_WIDTH = 5;

  private final TimeZone timeZone;

  public ShortLayout() {
    this(TimeZone.getDefault());
  }

  ShortLayout(TimeZone timeZone) {
    this.timeZone = timeZone;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    appendTime(line, event.getTimeStamp());
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(Math.max(0, LEVEL_WIDTH - level.length())));
    String logger = event.getLoggerName();
    line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
    line.append(" - ");
    appendPrintable(line, event.getFormattedMessage());
    line.append(System.lineSeparator());
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString();
  }

  /** Names that clients chose stand in messages: none of them may begin a line of its own. */
  private static void appendPrintable(StringBuilder line, String message) {
    for (int i = 0; i < message.length(); i++) {
      char character = message.charAt(i);
      if (Character.isISOControl(character) || character == '\u2028' || character == '\u2029') {
        line.append(String.format("\\u%04x", (int) character));
      } else {
        line.append(character);
      }
    }
  }

  private void appendTime(StringBuilder line, long timestampMs) {
    long localMs = Math.floorMod(timestampMs + timeZone.getOffset(timestampMs), DAY_MS);
    appendPadded(line, localMs / 3_600_000, 2);
    line.append(':');
    appendPadded(line, localMs / 60_000 % 60, 2);
    line.append(':');
    appendPadded(line, localMs / 1000 % 60, 2);
    line.append('.');
    appendPadded(line, localMs % 1000, 3);
  }

  private static void appendPadded(StringBuilder line, long number, int digits) {
    String text = Long.toString(number);
    line.append("0".repeat(digits - text.length())).append(text);
  }
}
