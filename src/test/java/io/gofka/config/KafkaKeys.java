package io.gofka.config;

import java.util.List;
import java.util.Set;

/** The settings that Kafka has as well. */
final class KafkaKeys {
  /** Kafka takes them for a running broker only, and defines them apart from all others. */
  private static final Set<String> OF_RUNNING_BROKERS =
      Set.of(
          "leader.replication.throttled.rate",
          "follower.replication.throttled.rate",
          "replica.alter.log.dirs.io.max.bytes.per.second");

  private KafkaKeys() {}

  static List<ConfigKey> of(ConfigSet keys) {
    return keys.keys().stream()
        .filter(key -> !OwnKeys.ALL.contains(key.name()))
        .filter(key -> !OF_RUNNING_BROKERS.contains(key.name()))
        .toList();
  }
}
