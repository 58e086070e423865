package io.gofka.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Thousands of clusters are in trouble all the time: their logs say so, and nobody reads it. Nor
 * are buffers watched meanwhile, since processes that die give nothing back.
 */
final class QuietLogs implements BeforeAllCallback, AfterAllCallback {
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.gofka");
  private Level before;
  private ResourceLeakDetector.Level leaksBefore;

  @Override
  public void beforeAll(ExtensionContext context) {
    before = logger.getLevel();
    logger.setLevel(Level.OFF);
    leaksBefore = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    logger.setLevel(before);
    ResourceLeakDetector.setLevel(leaksBefore);
  }
}
