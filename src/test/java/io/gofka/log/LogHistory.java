package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * What happens to one log and its process, which stops, is killed or loses power, and starts again.
 */
abstract class LogHistory extends RandomHistory {
  final Map<String, String> settings;
  final LogProcess process;
  long timestampMs = START;
  private final long producerExpirationMs;

  /**
   * @param settings of the topic, drawn at random
   */
  LogHistory(
      long seed,
      int steps,
      Function<Random, Map<String, String>> settings,
      long producerExpirationMs) {
    super(seed, steps);
    this.settings = settings.apply(random);
    this.producerExpirationMs = producerExpirationMs;
    process = new LogProcess(config(), timestampMs);
  }

  private LogConfig config() {
    return LogConfig.of(TopicConfig.of(BrokerConfig.DEFAULTS, settings), producerExpirationMs);
  }

  /** The settings have changed. */
  final void updateConfig() {
    process.updateConfig(config());
  }

  final PartitionLog log() {
    return process.log;
  }

  /** In order. */
  abstract void stopAndStart() throws IOException;

  /** It is over. */
  final void close() {
    log().closeFiles();
    assertEquals(0, process.disk.openReferences(), "files stay open");
  }
}
