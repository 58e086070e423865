package io.gofka.node;

import io.gofka.config.BrokerConfigs;
import io.gofka.config.ConfigKey;
import io.gofka.config.UpdateMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes the definitions of all settings down as a YAML file with everything commented out. */
final class SampleFile {
  private static final int WIDTH = 100;

  private static final String HEADING =
      """
      # One Gofka node: controller and broker in one process.
      #
      #   java -jar gofka.jar server --config conf/standalone.yaml
      #
      # Every setting stands here with its default behind a '#'; this file as it is changes nothing.
      # Names may be nested or dotted (server.port: 1 and server: {port: 1} are the same), each may
      # stand once. An environment variable goes before this file: SERVER_PORT for server.port,
      # KAFKA_NUM_PARTITIONS for kafka.num.partitions. Durations are written 250ms, 5s, 10m, 2h or 7d;
      # a bare number is ms. "not set" means that there is no default.

      """;

  private static final String KAFKA =
      """
      # Kafka's settings by their Kafka names. Those marked "also while running" can be altered by
      # clients such as kafka-configs; that goes before this file.
      """;

  private final StringBuilder text = new StringBuilder();

  private SampleFile() {}

  static String render() {
    SampleFile file = new SampleFile();
    file.text.append(HEADING);
    file.nodeKeys();
    file.text.append(KAFKA).append("kafka:\n\n");
    BrokerConfigs.sections().forEach(file::kafkaSection);
    return file.text.toString().stripTrailing() + "\n";
  }

  private void nodeKeys() {
    String section = "";
    for (NodeKey<?> key : NodeKeys.ALL) {
      int dot = key.name().indexOf('.');
      if (!section.equals(key.name().substring(0, dot))) {
        section = key.name().substring(0, dot);
        text.append(section).append(":\n\n");
      }
      setting(
          key.name().substring(dot + 1),
          key.defaultText(),
          List.of(key.documentation(), "Allowed: " + key.allowed() + "."),
          key.noEffect());
    }
  }

  private void kafkaSection(String heading, List<ConfigKey> keys) {
    text.append("  # ---- ").append(heading).append(" ----\n\n");
    for (ConfigKey key : keys) {
      List<String> about = new ArrayList<>();
      about.add(key.documentation());
      String running = key.updateMode() == UpdateMode.READ_ONLY ? "" : " Also while running.";
      about.add("Allowed: " + key.allowed() + "." + running);
      setting(key.name(), key.defaultText(), about, key.noEffect());
    }
  }

  private void setting(
      String name, Optional<String> defaultText, List<String> about, Optional<String> noEffect) {
    about.forEach(this::comment);
    noEffect.ifPresent(reason -> comment("No effect so far: " + reason + "."));
    String value = defaultText.map(shown -> shown.isEmpty() ? "\"\"" : shown).orElse("# not set");
    text.append("  #").append(name).append(": ").append(value).append("\n\n");
  }

  private void comment(String sentence) {
    StringBuilder line = new StringBuilder("  #");
    for (String word : sentence.split(" ", -1)) {
      if (line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder("  #");
      }
      line.append(' ').append(word);
    }
    text.append(line).append('\n');
  }

  /** The sample with all that has a default no longer commented out. */
  static String uncommented(String sample) {
    return sample.replaceAll("(?m)^  #([a-z][a-z0-9._]*: (?!# not set))", "  $1");
  }

  /** Settings and their defaults as a sample shows them, by name; empty for those not set. */
  static Map<String, String> shown(String sample) {
    Map<String, String> shown = new TreeMap<>();
    String section = "";
    for (String line : sample.lines().toList()) {
      if (line.matches("[a-z]+:")) {
        section = line.replace(":", ".");
      } else if (line.matches("  #[a-z][a-z0-9._]*: .*")) {
        int colon = line.indexOf(": ");
        String value = line.substring(colon + 2);
        shown.put(section + line.substring(3, colon), value.equals("# not set") ? "" : value);
      }
    }
    return shown;
  }
}
