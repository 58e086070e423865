package io.gofka.cli;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Logging when nobody configures it: short lines to the standard output, from INFO for Gofka and
 * from WARN for libraries; to the standard error for commands whose output is for programs. It
 * stands here and not in a logback.xml because reading one takes a tenth of a second of each start.
 * A file that {@code -Dlogback.configurationFile} names takes its place; conf/logging.xml is one to
 * begin with.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class StandardLogging extends ContextAwareBase implements Configurator {
  /**
   * Calls it an error when a connection breaks before its owner has it. Whoever dials or listens
   * tells of that himself, as far as it matters.
   */
  private static final String CONNECTIONS = "io.vertx.core.net.impl.ConnectionBase";

  private static volatile ConsoleTarget target = ConsoleTarget.SystemOut;

  /** From the first line on, if it is called before anything logs. */
  public static void useStandardError() {
    target = ConsoleTarget.SystemErr;
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    ShortLayout layout = new ShortLayout();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setEncoder(encoder);
    console.setTarget(target.getName());
    console.start();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(console);
    context.getLogger("io.gofka").setLevel(Level.INFO);
    context.getLogger(CONNECTIONS).setLevel(Level.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
