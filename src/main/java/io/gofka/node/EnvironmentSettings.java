package io.gofka.node;

import io.gofka.config.BrokerConfigs;
import io.gofka.config.ConfigKey;
import io.gofka.config.NearMiss;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Finds settings among the environment variables: {@code SERVER_NODE_ID} is {@code server.node_id},
 * {@code KAFKA_NUM_PARTITIONS} is {@code kafka.num.partitions}. Empty variables count as not set.
 *
 * <p>The environment is shared with other programs, so that a variable nobody knows is no mistake.
 * One that looks like a slip is noted, and so is one that begins as only settings of ours do, apart
 * from those that the start scripts of Apache Kafka go by; one that names what Kafka has and this
 * release refuses is a mistake, since whoever set it expects it to work.
 */
final class EnvironmentSettings {
  /** What Kubernetes puts there for services that happen to be called kafka, server or broker. */
  private static final Pattern KUBERNETES_NAME =
      Pattern.compile(".*_SERVICE_(HOST|PORT)(_.*)?|.*_PORT_\\d+_(TCP|UDP)(_.*)?");

  private static final Pattern KUBERNETES_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

  /** What Apache Kafka's scripts and images read. */
  private static final Pattern SCRIPTS =
      Pattern.compile("KAFKA_(.+_)?(OPTS|HOME|MODE|DEBUG|VERSION|USER|GROUP|URL|DIR)");

  private static final Pattern OURS_ALONE = Pattern.compile("(KRAFT|VISUALIZER|KAFKA)_.+");
  private static final Pattern OURS = Pattern.compile("(SERVER|KRAFT|BROKER|VISUALIZER|KAFKA)_.*");

  private EnvironmentSettings() {}

  /**
   * @param notes gets a sentence for each variable that looks like a slip
   */
  static List<Setting> read(Map<String, String> environment, List<String> notes) {
    Map<String, String> known = knownVariables();
    List<Setting> settings = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
      String variable = entry.getKey();
      String value = entry.getValue();
      if (value.isBlank() || isOfKubernetes(variable, value)) {
        continue;
      }
      String where = "environment variable " + variable;
      String key = known.get(variable);
      if (key != null) {
        settings.add(new Setting(key, value.trim(), where));
      } else if (OURS.matcher(variable).matches()) {
        Optional<String> refused = refusedByKafkasName(variable);
        refused.ifPresent(name -> settings.add(new Setting(name, value, where)));
        if (refused.isEmpty()) {
          slip(variable, known).or(() -> unknown(variable)).ifPresent(notes::add);
        }
      }
    }
    return settings;
  }

  private static boolean isOfKubernetes(String variable, String value) {
    return KUBERNETES_NAME.matcher(variable).matches() || KUBERNETES_VALUE.matcher(value).matches();
  }

  private static Optional<String> refusedByKafkasName(String variable) {
    String name = variable.replaceFirst("^KAFKA_", "").toLowerCase(Locale.ROOT).replace('_', '.');
    boolean refused = variable.startsWith("KAFKA_") && BrokerConfigs.isRefused(name);
    return refused ? Optional.of("kafka." + name) : Optional.empty();
  }

  private static Optional<String> slip(String variable, Map<String, String> known) {
    Map<String, String> lowerCase = new HashMap<>();
    known.keySet().forEach(name -> lowerCase.put(name.toLowerCase(Locale.ROOT), name));
    return NearMiss.among(lowerCase.keySet(), variable.toLowerCase(Locale.ROOT))
        .map(
            near ->
                "The environment variable "
                    + variable
                    + " is not read; "
                    + lowerCase.get(near)
                    + " would be.");
  }

  private static Optional<String> unknown(String variable) {
    boolean noted = OURS_ALONE.matcher(variable).matches() && !SCRIPTS.matcher(variable).matches();
    String name = variable.toLowerCase(Locale.ROOT);
    String setting =
        name.startsWith("kafka_") ? name.replace('_', '.') : name.replaceFirst("_", ".");
    return noted
        ? Optional.of(
            "The environment variable "
                + variable
                + " is not read: there is no setting "
                + setting
                + ".")
        : Optional.empty();
  }

  private static Map<String, String> knownVariables() {
    Map<String, String> known = new HashMap<>();
    for (NodeKey<?> key : NodeKeys.ALL) {
      known.put(key.environmentVariable(), key.name());
    }
    for (ConfigKey key : BrokerConfigs.KEYS.keys()) {
      String name = "kafka." + key.name();
      known.put(NodeKey.environmentVariable(name), name);
    }
    return known;
  }
}
