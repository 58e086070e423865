package io.gofka.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The settings of a broker, with the names and limits of Kafka 4.3; defaults differ from Kafka's
 * where a documentation says so.
 */
public final class BrokerConfigs {
  public static final ConfigSet KEYS = new ConfigSet("broker", definitions());

  private BrokerConfigs() {}

  /**
   * All that is wrong with the settings of one broker, those that don't fit together included;
   * empty when they are allowed.
   */
  public static List<ConfigError> validate(Map<String, String> values) {
    List<ConfigError> errors = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
      check(entry.getKey(), entry.getValue()).ifPresent(errors::add);
    }
    if (errors.isEmpty()) {
      errors.addAll(BrokerRules.check(BrokerConfig.of(values)));
    }
    return errors;
  }

  /** What is wrong with one setting by itself, empty when it is allowed. */
  public static Optional<ConfigError> check(String name, String value) {
    Optional<ConfigKey> key = KEYS.find(name);
    if (key.isPresent()) {
      return key.get().check(value);
    }
    return RefusedKeys.error(name, value)
        .or(() -> topicSetting(name, value))
        .or(() -> Optional.of(KEYS.unknown(name, value)));
  }

  private static Optional<ConfigError> topicSetting(String name, String value) {
    return TopicConfigs.KEYS
        .find(name)
        .filter(key -> !key.inherited().isEmpty())
        .map(
            key -> {
              String reason =
                  name
                      + " is a setting of topics; for all of them it is "
                      + key.inherited().get(0).brokerKey();
              return ConfigError.badName(
                  name, value, reason, "Unknown broker config name: " + reason);
            });
  }

  /** Whether Kafka knows this name, or once did, and this release refuses it. */
  public static boolean isRefused(String name) {
    return RefusedKeys.error(name, "").isPresent();
  }

  private static List<ConfigKey> definitions() {
    List<ConfigKey> keys = new ArrayList<>();
    sections().values().forEach(keys::addAll);
    return keys;
  }

  /** The definitions in the order of a person's interest, by heading. */
  public static Map<String, List<ConfigKey>> sections() {
    Map<String, List<ConfigKey>> sections = new LinkedHashMap<>();
    sections.put("Listeners", BrokerNetworkKeys.listeners());
    sections.put("Connections", BrokerNetworkKeys.connections());
    sections.put("Identity", BrokerClusterKeys.identity());
    sections.put("Controllers", BrokerClusterKeys.controllers());
    sections.put("Topics", BrokerClusterKeys.topics());
    sections.put("Log: retention and cleanup", BrokerLogKeys.cleanup());
    sections.put("Log: records", BrokerLogKeys.records());
    sections.put("Log: segments and disk", BrokerLogKeys.segments());
    sections.put("Committed offsets", BrokerGroupKeys.offsets());
    sections.put("Consumer groups, classic protocol", BrokerGroupKeys.classicGroups());
    sections.put("Requests", BrokerNetworkKeys.requests());
    sections.put("Log: compaction", BrokerLogKeys.cleaner());
    sections.put("Elections", BrokerClusterKeys.elections());
    sections.put("Replication", BrokerClusterKeys.replication());
    sections.put("Transactions", BrokerGroupKeys.transactions());
    sections.put("Quotas", BrokerGroupKeys.quotas());
    sections.put("Group coordinator", BrokerGroupKeys.coordinator());
    sections.put("Consumer groups, new protocol", BrokerGroupKeys.consumerGroups());
    sections.put("Share groups", ModernGroupKeys.shareGroups());
    sections.put("Streams groups", BrokerGroupKeys.streamsGroups());
    return sections;
  }
}
