package io.gofka.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** All settings that one kind of resource has, by name. */
public final class ConfigSet {
  private final String resource;
  private final SortedMap<String, ConfigKey> keys;

  /**
   * @param resource what they are settings of, for messages: "topic", "broker"
   */
  ConfigSet(String resource, Collection<ConfigKey> keys) {
    SortedMap<String, ConfigKey> byName = new TreeMap<>();
    for (ConfigKey key : keys) {
      if (byName.put(key.name(), key) != null) {
        throw new IllegalArgumentException(key.name() + " is defined twice");
      }
    }
    this.resource = resource;
    this.keys = Collections.unmodifiableSortedMap(byName);
  }

  public Collection<ConfigKey> keys() {
    return keys.values();
  }

  public Optional<ConfigKey> find(String name) {
    return Optional.ofNullable(keys.get(name));
  }

  /**
   * The definition with this name, which must exist.
   *
   * @throws IllegalArgumentException when it doesn't
   */
  ConfigKey get(String name) {
    ConfigKey key = keys.get(name);
    if (key == null) {
      throw new IllegalArgumentException("no " + resource + " configuration is named " + name);
    }
    return key;
  }

  /** All that is wrong with these settings, each looked at alone; empty when they are allowed. */
  public List<ConfigError> validate(Map<String, String> values) {
    List<ConfigError> errors = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
      ConfigKey key = keys.get(entry.getKey());
      if (key == null) {
        errors.add(unknown(entry.getKey(), entry.getValue()));
      } else {
        key.check(entry.getValue()).ifPresent(errors::add);
      }
    }
    return errors;
  }

  /** The mistake of using a name that nothing has. */
  public ConfigError unknown(String name, String value) {
    Optional<String> nearest = NearMiss.among(keys.keySet(), name);
    String hint = nearest.map(near -> " (did you mean " + near + "?)").orElse("");
    return ConfigError.badName(
        name,
        value,
        "no such " + resource + " configuration" + hint,
        "Unknown " + resource + " config name: " + name + hint);
  }
}
