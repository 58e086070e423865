package io.gofka.config;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Turns what AlterConfigs, IncrementalAlterConfigs and CreateTopics ask for into the overrides that
 * a resource has from then on. Nothing is changed here; what is not allowed is refused as a whole.
 *
 * <p>Topics and groups are refused with INVALID_CONFIG. Brokers are refused with INVALID_REQUEST,
 * as Kafka does it (KAFKA-13609).
 */
public final class ConfigAlterations {
  private ConfigAlterations() {}

  /**
   * The overrides after some changes.
   *
   * @param current overrides of the resource so far
   * @param broker what holds for the broker, for the values that are not overridden
   * @throws ApiException INVALID_CONFIG or INVALID_REQUEST, with all that is wrong in its message
   */
  public static Map<String, String> altered(
      ConfigResource resource,
      Map<String, String> current,
      List<ConfigOp> operations,
      BrokerConfig broker) {
    requireEachOnce(operations);
    ConfigSet keys = keys(resource);
    Map<String, String> altered = new TreeMap<>(current);
    for (ConfigOp operation : operations) {
      alter(resource, keys, altered, operation, broker);
    }
    Map<String, String> changed = new TreeMap<>(altered);
    changed.entrySet().removeIf(e -> e.getValue().equals(current.get(e.getKey())));
    requireAllowed(resource, changed, altered, broker);
    return altered;
  }

  /**
   * The overrides that take the place of all there were.
   *
   * @param values may contain nulls, which are refused
   * @throws ApiException INVALID_CONFIG or INVALID_REQUEST, with all that is wrong in its message
   */
  public static Map<String, String> replaced(
      ConfigResource resource, Map<String, String> values, BrokerConfig broker) {
    String missing =
        values.entrySet().stream()
            .filter(entry -> entry.getValue() == null)
            .map(Map.Entry::getKey)
            .sorted()
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_CONFIG, "Null value not supported for configs: " + missing);
    }
    requireAllowed(resource, values, values, broker);
    return new TreeMap<>(values);
  }

  private static void alter(
      ConfigResource resource,
      ConfigSet keys,
      Map<String, String> overrides,
      ConfigOp operation,
      BrokerConfig broker) {
    String name = operation.name();
    switch (operation.type()) {
      case SET -> overrides.put(name, operation.value().orElseThrow());
      case DELETE -> overrides.remove(name);
      case APPEND, SUBTRACT -> {
        ConfigKey key = keys.find(name).orElseThrow(() -> refused(resource, keys, operation));
        overrides.put(name, mergedList(key, overrides.get(name), operation, broker));
      }
    }
  }

  private static ApiException refused(ConfigResource resource, ConfigSet keys, ConfigOp operation) {
    String value = operation.value().orElse("");
    ConfigError error =
        RefusedKeys.error(operation.name(), value)
            .orElseGet(() -> keys.unknown(operation.name(), value));
    return new ApiException(errorCode(resource), error.message());
  }

  /** Items are added to and taken from what holds, even when that was inherited (KIP-339). */
  private static String mergedList(
      ConfigKey key, String override, ConfigOp operation, BrokerConfig broker) {
    if (key.type() != ConfigType.LIST) {
      throw new ApiException(
          ErrorCode.INVALID_CONFIG,
          "Can't "
              + operation.type()
              + " to key "
              + key.name()
              + ", as its value is not a list but "
              + key.type().text());
    }
    String before = override == null ? broker.inheritedText(key).orElse("") : override;
    List<String> items = new ArrayList<>(items(before));
    for (String item : items(operation.value().orElseThrow())) {
      if (operation.type() == ConfigOp.Type.SUBTRACT) {
        items.remove(item);
      } else if (!items.contains(item)) {
        items.add(item);
      }
    }
    return String.join(",", items);
  }

  private static List<String> items(String text) {
    return text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*", -1));
  }

  private static void requireEachOnce(List<ConfigOp> operations) {
    Set<String> seen = new HashSet<>();
    for (ConfigOp operation : operations) {
      if (!seen.add(operation.name())) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST,
            "Error due to duplicate config keys: " + operation.name() + " stands twice");
      }
    }
  }

  /**
   * @param changed values to look at one by one; others were accepted before, maybe by a release
   *     that allowed them, and must not stand in the way of a change of something else
   * @param all values to look at together
   */
  private static void requireAllowed(
      ConfigResource resource,
      Map<String, String> changed,
      Map<String, String> all,
      BrokerConfig broker) {
    List<ConfigError> errors = new ArrayList<>();
    if (resource.type() == ConfigResource.Type.BROKER) {
      ConfigSource source = brokerSource(resource);
      changed.entrySet().forEach(entry -> refusal(source, entry).ifPresent(errors::add));
      if (errors.isEmpty()) {
        errors.addAll(BrokerRules.check(withOverrides(broker, source, all)));
      }
    } else {
      errors.addAll(keys(resource).validate(changed));
      if (errors.isEmpty()) {
        errors.addAll(conflicts(resource, all, broker));
      }
    }
    if (!errors.isEmpty()) {
      throw new ApiException(
          errorCode(resource),
          errors.stream().map(ConfigError::message).collect(Collectors.joining("; ")));
    }
  }

  private static List<ConfigError> conflicts(
      ConfigResource resource, Map<String, String> overrides, BrokerConfig broker) {
    return switch (resource.type()) {
      case TOPIC -> TopicConfigs.conflicts(overrides, broker);
      case GROUP -> GroupConfigs.conflicts(overrides, broker);
      default -> List.of();
    };
  }

  private static BrokerConfig withOverrides(
      BrokerConfig broker, ConfigSource source, Map<String, String> overrides) {
    return source == ConfigSource.DYNAMIC_BROKER_CONFIG
        ? broker.withDynamic(Map.of(), overrides)
        : broker.withDynamic(overrides, Map.of());
  }

  /** Why a setting of a broker may not stand in the layer of this source; empty when it may. */
  static Optional<ConfigError> refusal(ConfigSource source, Map.Entry<String, String> setting) {
    String name = setting.getKey();
    String value = setting.getValue();
    Optional<ConfigError> error = BrokerConfigs.check(name, value);
    if (error.isPresent() || source == ConfigSource.STATIC_BROKER_CONFIG) {
      return error;
    }
    UpdateMode mode = BrokerConfigs.KEYS.get(name).updateMode();
    if (mode == UpdateMode.READ_ONLY) {
      return Optional.of(
          ConfigError.badName(
              name,
              value,
              "set before the start only",
              "Cannot update configuration "
                  + name
                  + " dynamically: it is set in the broker's file, before the start"));
    }
    if (mode == UpdateMode.PER_BROKER && source == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG) {
      return Optional.of(
          ConfigError.badName(
              name,
              value,
              "set for each broker by itself",
              "Cannot update configuration "
                  + name
                  + " for all brokers: the id of a broker must be given"));
    }
    return Optional.empty();
  }

  private static ConfigSource brokerSource(ConfigResource resource) {
    if (resource.name().isEmpty()) {
      return ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG;
    }
    return ConfigSource.DYNAMIC_BROKER_CONFIG;
  }

  private static ErrorCode errorCode(ConfigResource resource) {
    return resource.type() == ConfigResource.Type.BROKER
        ? ErrorCode.INVALID_REQUEST
        : ErrorCode.INVALID_CONFIG;
  }

  private static ConfigSet keys(ConfigResource resource) {
    return switch (resource.type()) {
      case TOPIC -> TopicConfigs.KEYS;
      case BROKER -> BrokerConfigs.KEYS;
      case GROUP -> GroupConfigs.KEYS;
      case CLIENT_METRICS -> ClientMetricsConfigs.KEYS;
      default ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "resources of type " + resource.type() + " have no configs");
    };
  }
}
