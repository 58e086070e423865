package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.config.BrokerConfig;
import io.gofka.config.BrokerConfigs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Settings that are understood one by one, and what follows from them and the defaults. Some things
 * have a name of ours and one of Kafka's; either may be used.
 */
final class NodeValues {
  /** Our names for what also has one of Kafka's. */
  private static final Map<String, NodeKey<?>> ALIASES =
      Map.of(
          "node.id", NodeKeys.ID,
          "broker.id", NodeKeys.ID,
          "log.dirs", NodeKeys.DATA_DIR,
          "replica.lag.time.max.ms", NodeKeys.MAX_LAG_TIMEOUT,
          "group.initial.rebalance.delay.ms", NodeKeys.JOINING_DURATION);

  private final Map<String, Setting> settings;

  NodeValues(Map<String, Setting> settings) {
    this.settings = settings;
  }

  /** The setting with this name, or for the message that it is missing, one that nobody made. */
  Setting setting(String key) {
    Setting setting = settings.get(key);
    return setting == null ? new Setting(key, "", "default") : setting;
  }

  /** What somebody set to make a setting of Kafka's what it is. */
  Setting origin(String kafkaName) {
    NodeKey<?> alias = ALIASES.get(kafkaName);
    boolean byAlias = alias != null && isSet(alias.name()) && kafka(kafkaName).isEmpty();
    return setting(byAlias ? alias.name() : NodeConfigReader.KAFKA + kafkaName);
  }

  boolean isSet(String key) {
    return settings.containsKey(key);
  }

  /** What was set, or else the default. */
  <T> Optional<T> value(NodeKey<T> key) {
    Setting setting = settings.get(key.name());
    return setting == null
        ? key.defaultText().map(key.parser())
        : Optional.of(key.parser().apply(setting.value()));
  }

  /** A setting by Kafka's name, when it was made. */
  Optional<String> kafka(String name) {
    return Optional.ofNullable(settings.get(NodeConfigReader.KAFKA + name))
        .map(setting -> setting.value().trim());
  }

  /** The number that was set, or that of a node of which nothing was said. */
  Optional<Integer> id() {
    return value(NodeKeys.ID)
        .or(() -> kafka("node.id").map(Integer::parseInt))
        .or(() -> kafka("broker.id").map(Integer::parseInt))
        .or(() -> isSet(NodeKeys.NODE_ID.name()) ? Optional.empty() : Optional.of(1));
  }

  String nodeId() {
    return value(NodeKeys.NODE_ID).orElseGet(() -> "gofka-" + id().orElseThrow());
  }

  boolean isController() {
    return value(NodeKeys.ROLES).orElseThrow().contains(Role.CONTROLLER);
  }

  /** The controllers as configured; a controller of which nothing is said is alone. */
  SortedMap<String, HostPort> peers() {
    return new TreeMap<>(
        value(NodeKeys.PEERS)
            .orElseGet(() -> isController() ? Map.of(nodeId(), address()) : Map.of()));
  }

  private boolean opensNodePort() {
    boolean alone = isController() && peers().keySet().equals(Set.of(nodeId()));
    return !alone || isSet(NodeKeys.PORT.name()) || isSet(NodeKeys.ADDRESS.name());
  }

  /** Where the node keeps what is its own. */
  Path dataDir() {
    return setLogDirs()
        .filter(directories -> !isSet(NodeKeys.DATA_DIR.name()))
        .map(directories -> directories.get(0))
        .orElseGet(() -> value(NodeKeys.DATA_DIR).orElseThrow());
  }

  /** Where the records of partitions lie. */
  List<Path> logDirs() {
    return setLogDirs().orElseGet(() -> List.of(dataDir()));
  }

  private Optional<List<Path>> setLogDirs() {
    return kafka("log.dirs").or(() -> kafka("log.dir")).map(NodeValues::paths);
  }

  /** A list of paths, separated by commas. */
  static List<Path> paths(String text) {
    return Arrays.stream(text.split(",")).map(String::trim).distinct().map(Path::of).toList();
  }

  HostPort address() {
    return new HostPort(value(NodeKeys.ADDRESS).orElseThrow(), value(NodeKeys.PORT).orElseThrow());
  }

  private OptionalInt httpPort() {
    return value(NodeKeys.HTTP_PORT).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private long durationMs(NodeKey<Long> key, String kafkaName) {
    return value(key)
        .or(() -> kafka(kafkaName).map(Long::parseLong))
        .orElseGet(() -> Long.parseLong(defaultText(kafkaName)));
  }

  private static String defaultText(String kafkaName) {
    return BrokerConfigs.KEYS.find(kafkaName).flatMap(key -> key.defaultText()).orElseThrow();
  }

  /** All that was set by Kafka's names, and what follows for them from ours. */
  Map<String, String> kafka() {
    Map<String, String> kafka = new HashMap<>();
    settings.forEach(
        (key, setting) -> {
          if (key.startsWith(NodeConfigReader.KAFKA)) {
            kafka.put(key.substring(NodeConfigReader.KAFKA.length()), setting.value());
          }
        });
    id().ifPresent(id -> kafka.put("node.id", Integer.toString(id)));
    id().ifPresent(id -> kafka.put("broker.id", Integer.toString(id)));
    kafka.put("log.dirs", logDirs().stream().map(Path::toString).collect(Collectors.joining(",")));
    value(NodeKeys.MAX_LAG_TIMEOUT)
        .ifPresent(ms -> kafka.put("replica.lag.time.max.ms", ms.toString()));
    value(NodeKeys.JOINING_DURATION)
        .ifPresent(ms -> kafka.put("group.initial.rebalance.delay.ms", ms.toString()));
    return kafka;
  }

  NodeConfig config(BrokerConfig kafka, List<String> notes) {
    return new NodeConfig(
        new ServerSettings(
            nodeId(),
            id().map(OptionalInt::of).orElse(OptionalInt.empty()),
            address().host(),
            address().port(),
            value(NodeKeys.ROLES).orElseThrow(),
            dataDir(),
            logDirs(),
            value(NodeKeys.MAX_RECONNECTION_RETRIES).orElseThrow(),
            value(NodeKeys.INITIAL_BACKOFF).orElseThrow(),
            peers()),
        new KraftSettings(
            value(NodeKeys.KRAFT_TIMEOUT).orElseThrow(),
            value(NodeKeys.GRACE_PERIOD).orElseThrow()),
        new BrokerSettings(
            value(NodeKeys.CONTROLLER_ADDRESS).orElse(List.of()),
            value(NodeKeys.HEARTBEAT_INTERVAL).orElseThrow(),
            value(NodeKeys.METADATA_INTERVAL).orElseThrow(),
            durationMs(NodeKeys.MAX_LAG_TIMEOUT, "replica.lag.time.max.ms"),
            value(NodeKeys.REPLICA_FETCH_INTERVAL).orElseThrow(),
            durationMs(NodeKeys.JOINING_DURATION, "group.initial.rebalance.delay.ms")),
        new HttpEndpoint(value(NodeKeys.HTTP_ADDRESS).orElseThrow(), httpPort()),
        new VisualizerSettings(
            value(NodeKeys.VISUALIZER_ENABLED).orElseThrow(), value(NodeKeys.VISUALIZER_ADDRESS)),
        opensNodePort(),
        kafka,
        notes);
  }
}
