package io.gofka.config;

import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ValueRule.atLeast;
import static io.gofka.config.ValueRule.oneOf;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The settings a group can have of its own, with the names and limits of Kafka 4.3. They concern
 * groups of the protocols after the classic one.
 */
public final class GroupConfigs {
  private static final String BY_DURATION = "by_duration:";

  public static final ConfigSet KEYS = new ConfigSet("group", definitions());

  private GroupConfigs() {}

  /**
   * All that is wrong with the overrides of one group; empty when they are allowed.
   *
   * @param broker sets the bounds
   */
  public static List<ConfigError> validate(Map<String, String> overrides, BrokerConfig broker) {
    List<ConfigError> errors = KEYS.validate(overrides);
    return errors.isEmpty() ? conflicts(overrides, broker) : errors;
  }

  /** What lies outside of the broker's bounds, or doesn't fit together. */
  static List<ConfigError> conflicts(Map<String, String> overrides, BrokerConfig broker) {
    List<ConfigError> errors = new ArrayList<>();
    for (String name : overrides.keySet()) {
      KEYS.find(name)
          .filter(key -> key.type() == ConfigType.INT)
          .ifPresent(key -> checkBounds(key, overrides.get(name), broker, errors));
    }
    for (String kind : List.of("consumer.", "share.", "streams.")) {
      String heartbeat = kind + "heartbeat.interval.ms";
      long heartbeatMs = number(heartbeat, overrides, broker);
      long sessionMs = number(kind + "session.timeout.ms", overrides, broker);
      if (heartbeatMs >= sessionMs) {
        errors.add(
            ConfigError.of(
                heartbeat,
                Long.toString(heartbeatMs),
                "less than " + kind + "session.timeout.ms, which is " + sessionMs));
      }
    }
    return errors;
  }

  private static void checkBounds(
      ConfigKey key, String text, BrokerConfig broker, List<ConfigError> errors) {
    int dot = key.name().indexOf('.') + 1;
    String kind = "group." + key.name().substring(0, dot);
    String what = key.name().substring(dot);
    // Standby replicas have an upper bound only, and its name drops the "num".
    String bounded = what.equals("num.standby.replicas") ? "standby.replicas" : what;
    long value = ((Number) key.parse(text)).longValue();
    BrokerConfigs.KEYS
        .find(kind + "min." + bounded)
        .filter(min -> value < number(min, broker))
        .ifPresent(min -> errors.add(outside(key, text, "at least", min, broker)));
    BrokerConfigs.KEYS
        .find(kind + "max." + bounded)
        .filter(max -> value > number(max, broker))
        .ifPresent(max -> errors.add(outside(key, text, "at most", max, broker)));
  }

  private static ConfigError outside(
      ConfigKey key, String text, String relation, ConfigKey bound, BrokerConfig broker) {
    return ConfigError.of(
        key.name(),
        text,
        relation + " the broker's " + bound.name() + ", which is " + number(bound, broker));
  }

  private static long number(ConfigKey brokerKey, BrokerConfig broker) {
    return ((Number) broker.optionalValue(brokerKey.name()).orElseThrow()).longValue();
  }

  private static long number(String name, Map<String, String> overrides, BrokerConfig broker) {
    ConfigKey key = KEYS.get(name);
    String override = overrides.get(name);
    String text = override == null ? broker.inheritedText(key).orElseThrow() : override;
    return ((Number) key.type().parse(text)).longValue();
  }

  private static List<ConfigKey> definitions() {
    List<ConfigKey> keys = new ArrayList<>();
    for (String kind : List.of("consumer", "share", "streams")) {
      keys.add(
          of(
              kind,
              "session.timeout.ms",
              45_000,
              1,
              "Time in ms without a heartbeat after which a member is out."));
      keys.add(
          of(kind, "heartbeat.interval.ms", 5000, 1, "Time in ms between heartbeats of a member."));
      keys.add(of(kind, "assignment.interval.ms", 1000, 0, "Time in ms between two assignments."));
    }
    keys.add(
        of("share", "delivery.count.limit", 5, 2, "Deliveries of a record until it is given up."));
    keys.add(
        of(
            "share",
            "record.lock.duration.ms",
            30_000,
            1000,
            "Time in ms for which a delivered record is locked."));
    keys.add(
        of(
            "share",
            "partition.max.record.locks",
            2000,
            100,
            "Locked records of a partition at a time."));
    keys.add(
        ConfigKey.of(
                ConfigType.STRING,
                "share.auto.offset.reset",
                "latest",
                "Where a share group starts in a partition it hasn't read: earliest, latest, or"
                    + " by_duration: and an ISO 8601 duration, that long ago.")
            .allowing(
                new ValueRule(
                    "earliest, latest or by_duration:PnDTnHnMn.nS",
                    value -> offsetReset((String) value)))
            .withoutEffect(NoEffect.CLASSIC_ONLY));
    keys.add(
        ConfigKey.of(
                ConfigType.STRING,
                "share.isolation.level",
                "read_uncommitted",
                "Whether a share group also reads records of transactions that didn't commit.")
            .allowing(oneOf("read_committed", "read_uncommitted"))
            .withoutEffect(NoEffect.CLASSIC_ONLY));
    keys.add(
        ConfigKey.ofBoolean(
                "share.renew.acknowledge.enable",
                true,
                "Whether members of a share group may ask for more time for a record.")
            .withoutEffect(NoEffect.CLASSIC_ONLY));
    keys.add(of("streams", "num.standby.replicas", 0, 0, "Standby replicas of each task."));
    keys.add(
        of(
            "streams",
            "initial.rebalance.delay.ms",
            3000,
            0,
            "Time in ms that an empty group waits for more members."));
    return keys;
  }

  private static ConfigKey of(
      String kind, String what, int byDefault, int least, String documentation) {
    String name = kind + "." + what;
    return ofInt(name, byDefault, atLeast(least), documentation)
        .from("group." + name)
        .withoutEffect(NoEffect.CLASSIC_ONLY);
  }

  private static boolean offsetReset(String value) {
    if (value.equals("earliest") || value.equals("latest")) {
      return true;
    }
    try {
      return value.startsWith(BY_DURATION)
          && !Duration.parse(value.substring(BY_DURATION.length())).isNegative();
    } catch (DateTimeParseException noDuration) {
      return false;
    }
  }
}
