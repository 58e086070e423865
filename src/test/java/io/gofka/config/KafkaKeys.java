package io.gofka.config;

import java.util.List;

/** The settings that Kafka has as well. */
final class KafkaKeys {
  private KafkaKeys() {}

  static List<ConfigKey> of(ConfigSet keys) {
    return keys.keys().stream().filter(key -> !OwnKeys.ALL.contains(key.name())).toList();
  }
}
