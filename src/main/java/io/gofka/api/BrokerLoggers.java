package io.gofka.api;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigOp;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The loggers of this process and their levels (KIP-412). Levels last as long as the process.
 * Kafka's FATAL is what nothing here logs, so it silences a logger.
 */
final class BrokerLoggers {
  private static final String ROOT = "root";

  private static final Map<String, Level> LEVELS =
      Map.of(
          "FATAL", Level.OFF,
          "ERROR", Level.ERROR,
          "WARN", Level.WARN,
          "INFO", Level.INFO,
          "DEBUG", Level.DEBUG,
          "TRACE", Level.TRACE);

  private final LoggerContext context;

  BrokerLoggers(LoggerContext context) {
    this.context = context;
  }

  /** The level that holds for each logger there is. */
  SortedMap<String, String> levels() {
    SortedMap<String, String> levels = new TreeMap<>();
    for (Logger logger : context.getLoggerList()) {
      levels.put(nameOf(logger), nameOf(logger.getEffectiveLevel()));
    }
    return levels;
  }

  /**
   * Sets levels, or goes back to those inherited: all of them or, when one is refused, none.
   *
   * @throws ApiException INVALID_CONFIG for an unknown logger or level; INVALID_REQUEST for an
   *     operation that levels don't have
   */
  void alter(List<ConfigOp> operations, boolean validateOnly) {
    operations.forEach(this::check);
    if (!validateOnly) {
      operations.forEach(this::apply);
    }
  }

  private void check(ConfigOp operation) {
    String name = operation.name();
    switch (operation.type()) {
      case SET -> {
        requireLogger(name);
        String level = operation.value().orElse("");
        if (!LEVELS.containsKey(level.toUpperCase(Locale.ROOT))) {
          throw new ApiException(
              ErrorCode.INVALID_CONFIG,
              "logger %s can't have the level '%s'; there are FATAL, ERROR, WARN, INFO, DEBUG, TRACE"
                  .formatted(name, level));
        }
      }
      case DELETE -> {
        requireLogger(name);
        if (name.equals(ROOT)) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, "the root logger's level can be set, but not taken away");
        }
      }
      default ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              operation.type() + " is nothing for the level of a logger");
    }
  }

  private void apply(ConfigOp operation) {
    Level level =
        operation.type() == ConfigOp.Type.SET
            ? LEVELS.get(operation.value().orElseThrow().toUpperCase(Locale.ROOT))
            : null; // What logback takes for "as its parent".
    requireLogger(operation.name()).setLevel(level);
  }

  private Logger requireLogger(String name) {
    Logger logger = context.exists(name.equals(ROOT) ? org.slf4j.Logger.ROOT_LOGGER_NAME : name);
    if (logger == null) {
      throw new ApiException(ErrorCode.INVALID_CONFIG, "there is no logger '" + name + "'");
    }
    return logger;
  }

  private static String nameOf(Logger logger) {
    return logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
  }

  private static String nameOf(Level level) {
    return level.equals(Level.OFF) ? "FATAL" : level.toString();
  }
}
