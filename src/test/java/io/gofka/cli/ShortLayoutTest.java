package io.gofka.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.ZonedDateTime;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

class ShortLayoutTest {
  private final ShortLayout layout = new ShortLayout(TimeZone.getTimeZone("Asia/Kolkata"));

  @Test
  void lineHasTimeLevelShortNameAndMessage() {
    assertEquals(
        "23:59:09.007 WARN  Thing - port 5" + System.lineSeparator(),
        layout.doLayout(event(Level.WARN, "2026-11-22T23:59:09.007+05:30", "port {}", null)));
    assertEquals(
        "00:00:00.000 ERROR Thing - x" + System.lineSeparator(),
        layout.doLayout(event(Level.ERROR, "1969-01-01T00:00:00+05:30", "x", null)));
  }

  @Test
  void failureStandsBelowItsMessage() {
    String text =
        layout.doLayout(
            event(
                Level.ERROR,
                "2026-11-22T12:00:00+05:30",
                "broken",
                new IllegalStateException("why")));
    assertTrue(text.contains("broken" + System.lineSeparator() + "java.lang.IllegalState"), text);
    assertTrue(text.contains("ShortLayoutTest"), text);
  }

  @Test
  void clientsCannotForgeLines() {
    String text =
        layout.doLayout(
            event(
                Level.INFO, "2026-11-22T12:00:00+05:30", "group a\n12:00 ERROR \u001b[31m", null));
    assertEquals(
        "12:00:00.000 INFO  Thing - group a\\u000a12:00 ERROR \\u001b[31m" + System.lineSeparator(),
        text);
  }

  private static LoggingEvent event(Level level, String time, String message, Throwable thrown) {
    LoggingEvent event =
        new LoggingEvent(
            "fqcn",
            new LoggerContext().getLogger("io.gofka.some.Thing"),
            level,
            message,
            thrown,
            new Object[] {5});
    event.setInstant(ZonedDateTime.parse(time).toInstant());
    return event;
  }
}
