package io.gofka.config;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The definition of one setting.
 *
 * @param name Kafka's name
 * @param defaultText what holds when nobody sets it; empty when there is nothing then
 * @param rule what is allowed beyond the type
 * @param documentation what it means, with its unit
 * @param internal accepted, but shown by DescribeConfigs only when it is set
 * @param noEffect why this release stores it without acting on it; empty when it acts on it
 * @param inherited settings of the broker it takes its value from unless it is set itself, the
 *     first one that is set wins
 */
public record ConfigKey(
    String name,
    ConfigType type,
    Optional<String> defaultText,
    ValueRule rule,
    String documentation,
    UpdateMode updateMode,
    boolean internal,
    Optional<String> noEffect,
    List<Inherited> inherited) {

  /**
   * A broker's setting that stands in for another one.
   *
   * @param factor how many units of the heir one unit of it makes (an hour is 3,600,000 ms)
   */
  public record Inherited(String brokerKey, long factor) {}

  public ConfigKey {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(rule, "rule");
    inherited = List.copyOf(inherited);
    if (documentation.isBlank()) {
      throw new IllegalArgumentException(name + " has no documentation");
    }
  }

  static ConfigKey of(ConfigType type, String name, String defaultText, String documentation) {
    return new ConfigKey(
        name,
        type,
        Optional.ofNullable(defaultText),
        ValueRule.ANY,
        documentation,
        UpdateMode.READ_ONLY,
        false,
        Optional.empty(),
        List.of());
  }

  static ConfigKey ofBoolean(String name, boolean byDefault, String documentation) {
    return of(ConfigType.BOOLEAN, name, Boolean.toString(byDefault), documentation);
  }

  static ConfigKey ofInt(String name, int byDefault, ValueRule rule, String documentation) {
    return of(ConfigType.INT, name, Integer.toString(byDefault), documentation).allowing(rule);
  }

  static ConfigKey ofLong(String name, long byDefault, ValueRule rule, String documentation) {
    return of(ConfigType.LONG, name, Long.toString(byDefault), documentation).allowing(rule);
  }

  ConfigKey allowing(ValueRule other) {
    return new ConfigKey(
        name, type, defaultText, other, documentation, updateMode, internal, noEffect, inherited);
  }

  ConfigKey clusterWide() {
    return updatable(UpdateMode.CLUSTER_WIDE);
  }

  ConfigKey perBroker() {
    return updatable(UpdateMode.PER_BROKER);
  }

  private ConfigKey updatable(UpdateMode mode) {
    return new ConfigKey(
        name, type, defaultText, rule, documentation, mode, internal, noEffect, inherited);
  }

  ConfigKey hidden() {
    return new ConfigKey(
        name, type, defaultText, rule, documentation, updateMode, true, noEffect, inherited);
  }

  ConfigKey withoutEffect(String reason) {
    return new ConfigKey(
        name,
        type,
        defaultText,
        rule,
        documentation,
        updateMode,
        internal,
        Optional.of(reason),
        inherited);
  }

  ConfigKey from(String... brokerKeys) {
    return from(List.of(brokerKeys).stream().map(key -> new Inherited(key, 1)).toList());
  }

  ConfigKey from(List<Inherited> brokerKeys) {
    return new ConfigKey(
        name, type, defaultText, rule, documentation, updateMode, internal, noEffect, brokerKeys);
  }

  /** A value of it is never shown. */
  public boolean sensitive() {
    return type == ConfigType.PASSWORD;
  }

  /** What may be written, for a person. */
  public String allowed() {
    boolean choice = type == ConfigType.STRING && rule.text().startsWith("one of");
    if (rule.text().isEmpty()) {
      return type.text();
    }
    return choice ? rule.text() : type.text() + ", " + rule.text();
  }

  /** What is wrong with this value, empty when it is allowed. */
  public Optional<ConfigError> check(String value) {
    try {
      parse(value);
      return Optional.empty();
    } catch (IllegalArgumentException notAllowed) {
      return Optional.of(ConfigError.badValue(this, value));
    }
  }

  /**
   * The value that a text stands for.
   *
   * @throws IllegalArgumentException when the text is not allowed here
   */
  public Object parse(String value) {
    Object parsed = type.parse(value);
    if (!rule.test().test(parsed)) {
      throw new IllegalArgumentException(allowed());
    }
    return parsed;
  }
}
