package io.gofka.node;

import io.gofka.config.BrokerConfig;
import io.gofka.config.BrokerConfigs;
import io.gofka.config.ConfigError;
import io.gofka.config.NearMiss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads and checks what a node is told before its start: the defaults, under a YAML file, under the
 * environment. All mistakes are reported together.
 */
public final class NodeConfigReader {
  static final String KAFKA = "kafka.";

  private final List<Mistake> mistakes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** In the order in which they stand in the file, the environment's after them. */
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  private NodeConfigReader() {}

  /**
   * @param file in YAML; empty to go by defaults and environment alone
   * @throws ConfigMistakesException when the node must not start with this
   */
  public static NodeConfig read(Optional<Path> file, Map<String, String> environment) {
    NodeConfigReader reader = new NodeConfigReader();
    file.ifPresent(
        path -> FileSettings.read(path, reader.mistakes).forEach(reader::takeOrOverride));
    EnvironmentSettings.read(environment, reader.notes).forEach(reader::takeOrOverride);
    return reader.checked();
  }

  private void takeOrOverride(Setting setting) {
    settings.remove(setting.key());
    settings.put(setting.key(), setting);
  }

  private NodeConfig checked() {
    Map<String, Setting> understood = new LinkedHashMap<>();
    Set<String> notUnderstood = new HashSet<>();
    for (Setting setting : settings.values()) {
      Optional<Mistake> mistake = check(setting);
      mistake.ifPresent(mistakes::add);
      if (mistake.isEmpty()) {
        understood.put(setting.key(), setting);
      } else {
        notUnderstood.add(setting.key());
      }
    }
    NodeValues values = new NodeValues(understood);
    for (Mistake misfit : misfits(values)) {
      if (notUnderstood.stream().noneMatch(key -> compares(misfit, key))) {
        mistakes.add(misfit);
      }
    }
    if (!mistakes.isEmpty()) {
      List<String> order = List.copyOf(settings.keySet());
      mistakes.sort(Comparator.comparingInt(mistake -> order.indexOf(mistake.key())));
      throw new ConfigMistakesException(mistakes);
    }
    BrokerConfig broker = BrokerConfig.of(values.kafka());
    notes.addAll(notesAboutNoEffect());
    return values.config(broker, notes);
  }

  /** What doesn't fit together, or not to this release, among settings that are understood. */
  private static List<Mistake> misfits(NodeValues values) {
    List<Mistake> misfits = new ArrayList<>(ClusterRules.check(values));
    for (ConfigError error : BrokerConfigs.validate(values.kafka())) {
      misfits.add(Mistake.badValue(values.origin(error.key()), error.value(), error.allowed()));
    }
    return misfits;
  }

  /**
   * Whether it says how a setting must relate to {@code key}, of which we only know the default.
   */
  private static boolean compares(Mistake misfit, String key) {
    String name = key.startsWith(KAFKA) ? key.substring(KAFKA.length()) : key;
    return misfit.allowed().contains(name);
  }

  private Optional<Mistake> check(Setting setting) {
    if (setting.key().startsWith(KAFKA)) {
      return checkKafka(setting, setting.key().substring(KAFKA.length()));
    }
    Optional<NodeKey<?>> key =
        NodeKeys.ALL.stream().filter(known -> known.name().equals(setting.key())).findFirst();
    if (key.isEmpty()) {
      return Optional.of(
          Mistake.refused(setting, setting.value(), "there is no such setting" + hint(setting)));
    }
    return check(setting, key.get());
  }

  private static Optional<Mistake> check(Setting setting, NodeKey<?> key) {
    return key.allows(setting.value())
        ? Optional.empty()
        : Optional.of(Mistake.badValue(setting, key.allowed()));
  }

  private static Optional<Mistake> checkKafka(Setting setting, String name) {
    if (name.equals("log.dir") || name.equals("log.dirs")) {
      return Arrays.stream(setting.value().split(",", -1))
              .allMatch(each -> NodeKeys.DATA_DIR.allows(each.trim()))
          ? Optional.empty()
          : Optional.of(Mistake.badValue(setting, "paths, separated by commas"));
    }
    return BrokerConfigs.check(name, setting.value())
        .map(
            error ->
                BrokerConfigs.KEYS.find(name).isPresent()
                    ? Mistake.badValue(setting, error.value(), error.allowed())
                    : Mistake.refused(setting, error.value(), error.allowed()));
  }

  private static String hint(Setting setting) {
    if (BrokerConfigs.KEYS.find(setting.key()).isPresent()) {
      return "; Kafka's settings stand below kafka: (kafka." + setting.key() + ")";
    }
    List<String> names = NodeKeys.ALL.stream().map(NodeKey::name).toList();
    return NearMiss.among(names, setting.key())
        .map(near -> " (did you mean " + near + "?)")
        .orElse("");
  }

  private List<String> notesAboutNoEffect() {
    Map<String, List<String>> keysByReason = new TreeMap<>();
    for (Setting setting : settings.values()) {
      noEffect(setting.key())
          .ifPresent(
              reason ->
                  keysByReason.computeIfAbsent(reason, r -> new ArrayList<>()).add(setting.key()));
    }
    return keysByReason.entrySet().stream()
        .map(
            entry ->
                "Without effect so far, as "
                    + entry.getKey()
                    + ": "
                    + String.join(", ", entry.getValue()))
        .collect(Collectors.toList());
  }

  private static Optional<String> noEffect(String key) {
    if (key.startsWith(KAFKA)) {
      return BrokerConfigs.KEYS.find(key.substring(KAFKA.length())).flatMap(k -> k.noEffect());
    }
    return NodeKeys.ALL.stream()
        .filter(known -> known.name().equals(key))
        .findFirst()
        .flatMap(NodeKey::noEffect);
  }
}
