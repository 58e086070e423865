package io.gofka.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * An extension for tests with many thousands of recoveries: without their log lines, and without
 * the search for leaks, which other tests do in the same code.
 */
final class QuietRecovery implements BeforeAllCallback, AfterAllCallback {
  private final Logger log = (Logger) LoggerFactory.getLogger("io.gofka.log");
  private ResourceLeakDetector.Level leakDetection;
  private Level level;

  @Override
  public void beforeAll(ExtensionContext context) {
    leakDetection = ResourceLeakDetector.getLevel();
    level = log.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    log.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(leakDetection);
    log.setLevel(level);
  }
}
