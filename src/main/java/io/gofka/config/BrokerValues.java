package io.gofka.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The layers that the settings of a broker come from, and what holds when they are laid on each
 * other: what was altered for this broker goes before what was altered for all brokers, that before
 * the file and the environment, and those before the defaults.
 */
abstract class BrokerValues {
  /** Settings of one source, each of them allowed. */
  record Layer(ConfigSource source, Map<String, String> values) {}

  private final List<Layer> layers;
  private final List<ConfigError> refused;
  private final Map<String, Object> parsed = new HashMap<>();

  /**
   * @param refused what was left out of the layers, because it is not allowed there
   */
  BrokerValues(List<Layer> layers, List<ConfigError> refused) {
    this.layers = List.copyOf(layers);
    this.refused = List.copyOf(refused);
    for (ConfigKey key : BrokerConfigs.KEYS.keys()) {
      text(key.name()).ifPresent(text -> parsed.put(key.name(), key.parse(text)));
    }
  }

  /** Layers from the first that counts to the last, without the defaults. */
  List<Layer> layers() {
    return layers;
  }

  /** The static settings, or the part of a dynamic layer that may stand there. */
  static Layer accepted(
      ConfigSource source, Map<String, String> values, List<ConfigError> refused) {
    Map<String, String> accepted = new TreeMap<>();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      Optional<ConfigError> error = ConfigAlterations.refusal(source, entry);
      if (error.isPresent()) {
        refused.add(error.get());
      } else {
        accepted.put(entry.getKey(), entry.getValue().trim());
      }
    }
    return new Layer(source, Collections.unmodifiableMap(accepted));
  }

  /** Dynamic settings that are kept by the controllers but don't hold, as they aren't allowed. */
  public List<ConfigError> refusedDynamicValues() {
    return refused;
  }

  /** The text of a setting that somebody made, empty when the default holds. */
  Optional<String> setText(String name) {
    for (Layer layer : layers) {
      String text = layer.values().get(name);
      if (text != null) {
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }

  /** The text of the value that holds, empty when there is none. */
  public Optional<String> text(String name) {
    Optional<String> set = setText(name);
    return set.isPresent() ? set : BrokerConfigs.KEYS.get(name).defaultText();
  }

  /** Settings that somebody made and this release doesn't act on, with the reason. */
  public Map<String, String> settingsWithoutEffect() {
    Map<String, String> reasons = new TreeMap<>();
    for (Layer layer : layers) {
      for (String name : layer.values().keySet()) {
        BrokerConfigs.KEYS.get(name).noEffect().ifPresent(reason -> reasons.put(name, reason));
      }
    }
    return reasons;
  }

  /** What a setting of a topic or group is when it isn't set itself. */
  Optional<String> inheritedText(ConfigKey heir) {
    List<String> byDefault = new ArrayList<>();
    for (ConfigKey.Inherited inherited : heir.inherited()) {
      Optional<String> set = setText(inherited.brokerKey());
      if (set.isPresent()) {
        return Optional.of(converted(set.get(), inherited));
      }
      BrokerConfigs.KEYS
          .get(inherited.brokerKey())
          .defaultText()
          .ifPresent(text -> byDefault.add(converted(text, inherited)));
    }
    return byDefault.isEmpty() ? heir.defaultText() : Optional.of(byDefault.get(0));
  }

  private static String converted(String text, ConfigKey.Inherited inherited) {
    if (inherited.factor() == 1) {
      return text;
    }
    long number = Long.parseLong(text);
    return Long.toString(number < 0 ? -1 : number * inherited.factor());
  }

  boolean booleanValue(String name) {
    return (Boolean) value(name);
  }

  int intValue(String name) {
    return (Integer) value(name);
  }

  short shortValue(String name) {
    return (Short) value(name);
  }

  long longValue(String name) {
    return (Long) value(name);
  }

  double doubleValue(String name) {
    return (Double) value(name);
  }

  String stringValue(String name) {
    return (String) value(name);
  }

  List<?> listValue(String name) {
    return (List<?>) value(name);
  }

  Optional<Object> optionalValue(String name) {
    return Optional.ofNullable(parsed.get(name));
  }

  private Object value(String name) {
    Object value = parsed.get(name);
    if (value == null) {
      throw new IllegalArgumentException("nothing is set for " + name + ", and it has no default");
    }
    return value;
  }
}
