package io.gofka.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import org.slf4j.LoggerFactory;

/**
 * For tests with many thousands of recoveries: without their log lines, and without the search for
 * leaks, which other tests do in the same code.
 */
final class QuietRecovery {
  private final Logger log = (Logger) LoggerFactory.getLogger("io.gofka.log");
  private ResourceLeakDetector.Level leakDetection;
  private Level level;

  void begin() {
    leakDetection = ResourceLeakDetector.getLevel();
    level = log.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    log.setLevel(Level.OFF);
  }

  void end() {
    ResourceLeakDetector.setLevel(leakDetection);
    log.setLevel(level);
  }
}
