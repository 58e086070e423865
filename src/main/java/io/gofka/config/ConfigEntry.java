package io.gofka.config;

import java.util.List;
import java.util.Optional;

/**
 * A setting of a resource as DescribeConfigs tells it.
 *
 * @param value that holds; empty when there is none, or when it must not be shown
 * @param source where that value comes from
 * @param readOnly cannot be altered while the broker runs
 * @param synonyms all values for it from the one that holds to the default, with their sources
 * @param documentation what it means
 */
public record ConfigEntry(
    String name,
    Optional<String> value,
    ConfigSource source,
    ConfigType type,
    boolean readOnly,
    boolean sensitive,
    List<Synonym> synonyms,
    String documentation) {

  /**
   * A value that holds, or would hold if the ones before it were not set.
   *
   * @param name of the setting it was made for, which may be another one
   * @param value empty when it must not be shown
   */
  public record Synonym(String name, Optional<String> value, ConfigSource source) {}

  public ConfigEntry {
    synonyms = List.copyOf(synonyms);
  }
}
