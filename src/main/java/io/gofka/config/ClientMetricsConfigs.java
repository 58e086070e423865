package io.gofka.config;

import static io.gofka.config.ValueRule.between;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The settings a subscription to clients' metrics can have (KIP-714). */
public final class ClientMetricsConfigs {
  private static final Set<String> MATCHABLE =
      Set.of(
          "client_instance_id",
          "client_id",
          "client_software_name",
          "client_software_version",
          "client_source_address",
          "client_source_port");

  public static final ConfigSet KEYS =
      new ConfigSet(
          "client metrics",
          List.of(
              ConfigKey.of(
                      ConfigType.LIST,
                      "metrics",
                      "",
                      "Prefixes of the metrics that are asked for, * for all, none for none.")
                  .withoutEffect(NoEffect.NO_CLIENT_METRICS),
              ConfigKey.ofInt(
                      "interval.ms",
                      300_000,
                      between(100, 3_600_000),
                      "Time in ms between two pushes of a client.")
                  .withoutEffect(NoEffect.NO_CLIENT_METRICS),
              ConfigKey.of(
                      ConfigType.LIST,
                      "match",
                      "",
                      "Which clients are asked, as name=pattern; a client must match all of them.")
                  .allowing(
                      ValueRule.readableBy(
                          "of name=pattern, where name is one of "
                              + MATCHABLE.stream().sorted().toList(),
                          value ->
                              ((List<?>) value).stream().allMatch(ClientMetricsConfigs::match)))
                  .withoutEffect(NoEffect.NO_CLIENT_METRICS)));

  private ClientMetricsConfigs() {}

  private static boolean match(Object item) {
    String[] parts = ((String) item).split("=", -1);
    return parts.length == 2
        && MATCHABLE.contains(parts[0].trim())
        && Pattern.compile(parts[1].trim()) != null;
  }
}
