package io.gofka.config;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerValues.Layer;
import io.gofka.config.ConfigEntry.Synonym;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What DescribeConfigs tells about a resource (KIP-226). Synonyms go from the layer that counts
 * most to the one that counts least, and within a layer from the name that counts most.
 *
 * <p>Unlike Kafka, a topic's setting names its source and synonyms also when the broker has only
 * its second name set, such as {@code log.retention.hours} for {@code retention.ms}.
 */
public final class ConfigDescriptions {
  private ConfigDescriptions() {}

  /**
   * All settings of a resource; of {@link ConfigResource#ALL_BROKERS} only those that are set.
   *
   * @param overrides of the resource; not looked at for brokers, whose {@code broker} has them
   * @throws ApiException INVALID_REQUEST for a resource without settings
   */
  public static List<ConfigEntry> describe(
      ConfigResource resource, Map<String, String> overrides, BrokerConfig broker) {
    return switch (resource.type()) {
      case TOPIC ->
          describe(TopicConfigs.KEYS, ConfigSource.DYNAMIC_TOPIC_CONFIG, overrides, broker);
      case GROUP ->
          describe(GroupConfigs.KEYS, ConfigSource.DYNAMIC_GROUP_CONFIG, overrides, broker);
      case CLIENT_METRICS ->
          describe(
              ClientMetricsConfigs.KEYS,
              ConfigSource.DYNAMIC_CLIENT_METRICS_CONFIG,
              overrides,
              broker);
      case BROKER -> resource.name().isEmpty() ? clusterDefaults(broker) : broker(broker);
      default ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "resources of type " + resource.type() + " have no configurations to describe");
    };
  }

  private static List<ConfigEntry> describe(
      ConfigSet keys, ConfigSource source, Map<String, String> overrides, BrokerConfig broker) {
    return shown(keys, overrides::containsKey)
        .map(key -> entry(key, source, overrides, broker))
        .toList();
  }

  private static ConfigEntry entry(
      ConfigKey key, ConfigSource source, Map<String, String> overrides, BrokerConfig broker) {
    List<Synonym> synonyms = new ArrayList<>();
    Optional<String> override =
        Optional.ofNullable(overrides.get(key.name())).filter(text -> key.check(text).isEmpty());
    override.ifPresent(
        text -> synonyms.add(synonym(key, key.name(), canonical(key, text), source)));
    List<String> names = key.inherited().stream().map(ConfigKey.Inherited::brokerKey).toList();
    synonyms.addAll(synonyms(key, names, broker));
    if (names.isEmpty()) {
      key.defaultText()
          .filter(text -> source == ConfigSource.DYNAMIC_GROUP_CONFIG)
          .ifPresent(
              text -> synonyms.add(synonym(key, key.name(), text, ConfigSource.DEFAULT_CONFIG)));
    }
    Optional<String> value = override.isPresent() ? override : broker.inheritedText(key);
    return entry(key, value, synonyms, false);
  }

  private static List<ConfigEntry> broker(BrokerConfig broker) {
    return shown(BrokerConfigs.KEYS, name -> isSet(name, broker))
        .map(key -> entry(key, broker))
        .toList();
  }

  private static ConfigEntry entry(ConfigKey key, BrokerConfig broker) {
    List<Synonym> synonyms = new ArrayList<>(synonyms(key, namesFor(key), broker));
    // Other names come into play only below this one: a default must not look like its value.
    while (!synonyms.isEmpty() && !synonyms.get(0).name().equals(key.name())) {
      synonyms.remove(0);
    }
    boolean readOnly = key.updateMode() == UpdateMode.READ_ONLY;
    return entry(key, broker.text(key.name()), synonyms, readOnly);
  }

  private static List<ConfigEntry> clusterDefaults(BrokerConfig broker) {
    List<ConfigEntry> entries = new ArrayList<>();
    for (Layer layer : broker.layers()) {
      if (layer.source() == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG) {
        layer
            .values()
            .forEach(
                (name, text) -> {
                  ConfigKey key = BrokerConfigs.KEYS.get(name);
                  Synonym only = synonym(key, name, text, layer.source());
                  entries.add(entry(key, Optional.of(text), List.of(only), false));
                });
      }
    }
    return entries;
  }

  private static ConfigEntry entry(
      ConfigKey key, Optional<String> text, List<Synonym> synonyms, boolean readOnly) {
    return new ConfigEntry(
        key.name(),
        text.filter(shown -> !key.sensitive()).map(shown -> canonical(key, shown)),
        synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.get(0).source(),
        key.type(),
        readOnly,
        key.sensitive(),
        synonyms,
        documentation(key));
  }

  /** What the broker has under these names, its defaults at the end. */
  private static List<Synonym> synonyms(ConfigKey key, List<String> names, BrokerConfig broker) {
    List<Synonym> synonyms = new ArrayList<>();
    for (Layer layer : broker.layers()) {
      for (String name : names) {
        String text = layer.values().get(name);
        if (text != null) {
          synonyms.add(synonym(key, name, text, layer.source()));
        }
      }
    }
    for (String name : names) {
      BrokerConfigs.KEYS
          .get(name)
          .defaultText()
          .ifPresent(text -> synonyms.add(synonym(key, name, text, ConfigSource.DEFAULT_CONFIG)));
    }
    return synonyms;
  }

  private static Synonym synonym(ConfigKey key, String name, String text, ConfigSource source) {
    return new Synonym(name, Optional.of(text).filter(shown -> !key.sensitive()), source);
  }

  /** The family of names that this one belongs to, from the one that counts most. */
  private static List<String> namesFor(ConfigKey key) {
    return TopicConfigs.KEYS.keys().stream()
        .map(heir -> heir.inherited().stream().map(ConfigKey.Inherited::brokerKey).toList())
        .filter(names -> names.size() > 1 && names.contains(key.name()))
        .findFirst()
        .orElse(List.of(key.name()));
  }

  private static String canonical(ConfigKey key, String text) {
    return key.type().format(key.type().parse(text));
  }

  private static String documentation(ConfigKey key) {
    return key.noEffect()
        .map(reason -> key.documentation() + " It has no effect so far: " + reason + ".")
        .orElse(key.documentation());
  }

  /** An internal one shows itself only to those who have set it. */
  private static Stream<ConfigKey> shown(ConfigSet keys, Predicate<String> isSet) {
    return keys.keys().stream().filter(key -> !key.internal() || isSet.test(key.name()));
  }

  private static boolean isSet(String name, BrokerConfig broker) {
    return broker.layers().stream().anyMatch(layer -> layer.values().containsKey(name));
  }
}
