package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;

/** Holds our definitions against those in Kafka's own jars. */
class KafkaDefinitionsTest {
  /** Where we mean to differ, with the default of ours. */
  private static final Map<String, String> OTHER_DEFAULTS =
      Map.of(
          "listeners", "PLAINTEXT://127.0.0.1:9092",
          "log.dir", "./data",
          "node.id", "1",
          "broker.id", "1",
          "socket.send.buffer.bytes", "-1",
          "socket.receive.buffer.bytes", "-1");

  /** Listeners of this release and their limits are fixed at the start. */
  private static final Set<String> READ_ONLY_HERE =
      Set.of(
          "listeners",
          "listener.security.protocol.map",
          "max.connections",
          "max.connections.per.ip",
          "max.connections.per.ip.overrides");

  @Test
  void everyBrokerSettingOfKafkaIsDefinedOrRefusedWithAReason() {
    List<String> forgotten =
        AbstractKafkaConfig.CONFIG_DEF.names().stream()
            .filter(name -> BrokerConfigs.KEYS.find(name).isEmpty())
            .filter(name -> RefusedKeys.error(name, "x").isEmpty())
            .sorted()
            .toList();
    assertEquals(List.of(), forgotten);
  }

  @Test
  void noSettingIsBothDefinedAndRefused() {
    List<String> both =
        BrokerConfigs.KEYS.keys().stream()
            .map(ConfigKey::name)
            .filter(name -> RefusedKeys.error(name, "x").isPresent())
            .toList();
    assertEquals(List.of(), both);
  }

  @Test
  void brokerSettingsHaveKafkasTypesDefaultsAndUpdateModes() {
    Map<String, String> modes = DynamicBrokerConfig.dynamicConfigUpdateModes();
    for (ConfigKey key : KafkaKeys.of(BrokerConfigs.KEYS)) {
      ConfigDef.ConfigKey theirs = AbstractKafkaConfig.CONFIG_DEF.configKeys().get(key.name());
      assertTrue(theirs != null, key.name() + " is unknown to Kafka");
      String defaultText = OTHER_DEFAULTS.getOrDefault(key.name(), defaultText(theirs));
      String mode =
          READ_ONLY_HERE.contains(key.name())
              ? "read-only"
              : modes.getOrDefault(key.name(), "read-only");
      assertEquals(describe(theirs, defaultText, mode), describe(key));
    }
  }

  @Test
  void topicSettingsAreThoseOfKafka() {
    Map<String, ConfigDef.ConfigKey> theirs = LogConfig.configKeys();
    assertEquals(new TreeSet<>(theirs.keySet()), names(TopicConfigs.KEYS));
    for (ConfigKey key : KafkaKeys.of(TopicConfigs.KEYS)) {
      ConfigDef.ConfigKey their = theirs.get(key.name());
      assertEquals(describe(their, defaultText(their), "read-only"), describe(key));
    }
  }

  @Test
  void topicSettingsInheritFromTheSameBrokerSettingsInTheSameOrder() {
    Map<String, List<String>> theirs = new TreeMap<>();
    ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.forEach(
        (name, synonyms) -> theirs.put(name, synonyms.stream().map(s -> s.name()).toList()));
    assertEquals(theirs, inheritance(TopicConfigs.KEYS));
  }

  @Test
  void unitsAreConvertedAsKafkaDoesIt() {
    ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.forEach(
        (name, synonyms) -> {
          List<ConfigKey.Inherited> ours = TopicConfigs.KEYS.get(name).inherited();
          for (int i = 0; i < ours.size(); i++) {
            String converted = synonyms.get(i).converter().apply("7");
            assertEquals(converted, Long.toString(7 * ours.get(i).factor()), name);
          }
        });
  }

  @Test
  void groupSettingsAreThoseOfKafka() {
    assertEquals(new TreeSet<>(GroupConfig.CONFIG_DEF.names()), names(GroupConfigs.KEYS));
    for (ConfigKey key : GroupConfigs.KEYS.keys()) {
      ConfigDef.ConfigKey their = GroupConfig.CONFIG_DEF.configKeys().get(key.name());
      assertEquals(describe(their, defaultText(their), "read-only"), describe(key));
    }
    Map<String, List<String>> theirs = new TreeMap<>();
    GroupConfig.ALL_GROUP_CONFIG_SYNONYMS.forEach(
        (name, synonym) -> synonym.ifPresent(broker -> theirs.put(name, List.of(broker))));
    assertEquals(theirs, inheritance(GroupConfigs.KEYS));
  }

  @Test
  void clientMetricsSettingsAreThoseOfKafka() {
    assertEquals(
        new TreeSet<>(ClientMetricsConfigs.names()),
        names(io.gofka.config.ClientMetricsConfigs.KEYS));
    for (ConfigKey key : io.gofka.config.ClientMetricsConfigs.KEYS.keys()) {
      ConfigDef.ConfigKey their = ClientMetricsConfigs.configDef().configKeys().get(key.name());
      assertEquals(describe(their, defaultText(their), "read-only"), describe(key));
    }
  }

  private static Map<String, List<String>> inheritance(ConfigSet keys) {
    Map<String, List<String>> ours = new TreeMap<>();
    for (ConfigKey key : KafkaKeys.of(keys)) {
      if (!key.inherited().isEmpty()) {
        ours.put(key.name(), key.inherited().stream().map(ConfigKey.Inherited::brokerKey).toList());
      }
    }
    return ours;
  }

  private static String describe(ConfigKey key) {
    return key.name()
        + " "
        + key.type()
        + " default="
        + key.defaultText().orElse("none")
        + (key.internal() ? " internal " : " ")
        + key.updateMode();
  }

  private static String describe(ConfigDef.ConfigKey key, String defaultText, String mode) {
    return key.name
        + " "
        + key.type
        + " default="
        + Optional.ofNullable(defaultText).orElse("none")
        + (key.internalConfig ? " internal " : " ")
        + UpdateMode.valueOf(mode.replace('-', '_').toUpperCase(Locale.ROOT));
  }

  private static String defaultText(ConfigDef.ConfigKey key) {
    if (key.defaultValue == ConfigDef.NO_DEFAULT_VALUE) {
      return null;
    }
    return ConfigDef.convertToString(key.defaultValue, key.type);
  }

  private static Set<String> names(ConfigSet keys) {
    Set<String> names = new TreeSet<>();
    KafkaKeys.of(keys).forEach(key -> names.add(key.name()));
    return names;
  }

  @Test
  void settingsThatKafkaDoesNotHaveSayWhoseTheyAre() {
    OwnKeys.ALL.forEach(name -> assertTrue(name.startsWith("gofka."), name));
    OwnKeys.ALL.forEach(
        name -> assertTrue(AbstractKafkaConfig.CONFIG_DEF.configKeys().get(name) == null, name));
  }
}
