package io.gofka.config;

/**
 * A setting that is not accepted.
 *
 * @param key its name
 * @param value as it was written; never that of a password
 * @param allowed what may stand there, or why nothing may
 * @param message all of this as one sentence, for the one who asked
 */
public record ConfigError(String key, String value, String allowed, String message) {

  static ConfigError badValue(ConfigKey key, String value) {
    String shown = key.sensitive() ? "[hidden]" : value;
    return of(key.name(), shown, key.allowed());
  }

  /** A value that breaks a rule which its definition alone doesn't tell. */
  static ConfigError of(String key, String value, String allowed) {
    return new ConfigError(
        key,
        value,
        allowed,
        "Invalid value " + value + " for configuration " + key + ": allowed is " + allowed);
  }

  /** A name that is not accepted, whatever its value. */
  static ConfigError badName(String key, String value, String reason, String message) {
    return new ConfigError(key, value, reason, message);
  }
}
