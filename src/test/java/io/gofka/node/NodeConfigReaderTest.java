package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.config.BrokerConfigs;
import io.gofka.config.Listener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigReaderTest {
  @TempDir private Path folder;

  @Test
  void nothingSetMeansASingleNodeForThisMachineOnly() {
    NodeConfig config = NodeConfigReader.read(Optional.empty(), Map.of());
    assertEquals("gofka-1", config.server().nodeId());
    assertEquals(OptionalInt.of(1), config.server().id());
    assertEquals(Set.of(Role.BROKER, Role.CONTROLLER), config.server().roles());
    assertEquals(Path.of("./data"), config.server().dataDir());
    assertEquals(42069, config.server().port());
    assertEquals(250, config.server().initialBackoffMs());
    assertEquals(Map.of("gofka-1", new HostPort("localhost", 42069)), config.server().peers());
    assertEquals(new KraftSettings(5000, 10_000), config.kraft());
    assertEquals(new BrokerSettings(List.of(), 250, 250, 30_000, 750, 3000), config.broker());
    assertEquals(new VisualizerSettings(false, Optional.empty()), config.visualizer());
    assertEquals(List.of(new Listener("PLAINTEXT", "127.0.0.1", 9092)), config.kafka().listeners());
    assertEquals(Optional.empty(), config.kafka().advertisedListeners());
    assertEquals(3, config.kafka().offsetsTopicReplicationFactor());
    assertEquals(1, config.kafka().nodeId());
    assertEquals(List.of(), config.notes());
  }

  @Test
  void settingsOfTheFirstGofkaAreReadAsTheyStand() {
    NodeConfig config =
        read(
            """
            server:
              node_id: broker-7
              address: node7.example
              port: 42067
              roles: [broker, controller]
              max_reconnection_retries: 3
              initial_backoff: 100ms
              cluster:
                peers:
                  broker-7: node7.example:42067
            kraft:
              timeout: 6s
              grace_period: 1m
            broker:
              controller_address: node7.example:42067
              heartbeat_interval: 300ms
              metadata_interval: 1s
              max_lag_timeout: 15s
              replica:
                fetch_interval: 500ms
              consumer_group:
                joining_duration: 750ms
            visualizer:
              enabled: false
              address: localhost:42169
            """);
    assertEquals("broker-7", config.server().nodeId());
    assertEquals(3, config.server().maxReconnectionRetries());
    assertEquals(new KraftSettings(6000, 60_000), config.kraft());
    HostPort self = new HostPort("node7.example", 42067);
    assertEquals(new BrokerSettings(List.of(self), 300, 1000, 15_000, 500, 750), config.broker());
    assertEquals(15_000, config.kafka().replicaLagTimeMaxMs());
    assertEquals(750, config.kafka().groupInitialRebalanceDelayMs());
    assertEquals(
        List.of(
            "Without effect so far, as leaders push to their followers, nobody fetches:"
                + " broker.replica.fetch_interval",
            "Without effect so far, as this release has no dashboard yet: visualizer.address"),
        config.notes());
  }

  @Test
  void kafkasNamesMayBeDottedOrNested() {
    NodeConfig config =
        read(
            """
            server.data_dir: /tmp/x
            kafka:
              log.retention.hours: 24
              num:
                partitions: 3
              auto: {create.topics: {enable: false}}
              log.cleanup.policy: [compact, delete]
            kafka.message.max.bytes: 5
            """);
    assertEquals(86_400_000, config.kafka().logRetentionMs());
    assertEquals(3, config.kafka().numPartitions());
    assertEquals(false, config.kafka().autoCreateTopicsEnable());
    assertEquals(Optional.of("compact,delete"), config.kafka().text("log.cleanup.policy"));
    assertEquals(5, config.kafka().messageMaxBytes());
    assertEquals(Path.of("/tmp/x"), config.server().dataDir());
  }

  @Test
  void environmentGoesBeforeTheFile() {
    NodeConfig config =
        read(
            "server: {id: 5, node_id: five}\nkafka: {num.partitions: 3}",
            Map.of(
                "SERVER_NODE_ID", "six",
                "KAFKA_NUM_PARTITIONS", "9",
                "KAFKA_LOG_RETENTION_HOURS", "2",
                "SERVER_CLUSTER_PEERS", "six=localhost:42069",
                "SERVER_PORT", " "));
    assertEquals("six", config.server().nodeId());
    assertEquals(OptionalInt.of(5), config.server().id());
    assertEquals(9, config.kafka().numPartitions());
    assertEquals(7_200_000, config.kafka().logRetentionMs());
    assertEquals(List.of(), config.notes());
  }

  @Test
  void nodeMayBeNamedByKafkasSettingsAlone() {
    NodeConfig config = read("kafka: {node.id: 4, log.dirs: /tmp/y}");
    assertEquals(List.of(Path.of("/tmp/y")), config.server().logDirs());
    assertEquals(OptionalInt.of(4), config.server().id());
    assertEquals("gofka-4", config.server().nodeId());
    assertEquals(Path.of("/tmp/y"), config.server().dataDir());
    assertEquals(Optional.of("4"), config.kafka().text("broker.id"));
  }

  @Test
  void misfitsAreToldTogetherWithMistakesButNotAgainstWhatIsNotUnderstood() {
    Path file =
        write(
            """
            visualizer:
              enabled: true
            kafka:
              num.partitons: 2
              node.id: 5
              broker.id: 6
              listeners: "PLAINTEXT:/127.0.0.1"
              advertised.listeners: "OUTSIDE://example.org:9092"
            """);
    List<String> told = mistakes(file, Map.of());
    assertEquals(4, told.size(), told.toString());
    assertTrue(told.get(0).contains("visualizer.enabled"), told.get(0));
    assertTrue(told.get(1).contains("num.partitons"), told.get(1));
    assertTrue(told.get(2).contains("kafka.broker.id is \"6\""), told.get(2));
    assertTrue(told.get(3).contains("kafka.listeners"), told.get(3));
  }

  @Test
  void allMistakesAreToldTogetherEachWithItsPlace() {
    Path file =
        write(
            """
            server:
              node_id: a b
              prot: 42069
            kafka:
              num.partitions: 0
              num.partition: 1
              retention.ms: 5
            num.partitions: 5
            """);
    assertEquals(
        List.of(
            "FILE:2: server.node_id is \"a b\", allowed is a name of up to 249 letters, digits,"
                + " dots, underscores and dashes",
            "FILE:3: server.prot is not accepted: there is no such setting (did you mean"
                + " server.port?)",
            "FILE:5: kafka.num.partitions is \"0\", allowed is a whole number (32 bits), at least"
                + " 1",
            "FILE:6: kafka.num.partition is not accepted: no such broker configuration (did you"
                + " mean num.partitions?)",
            "FILE:7: kafka.retention.ms is not accepted: retention.ms is a setting of topics; for"
                + " all of them it is log.retention.ms",
            "FILE:8: num.partitions is not accepted: there is no such setting; Kafka's settings"
                + " stand below kafka: (kafka.num.partitions)",
            "environment variable KRAFT_TIMEOUT: kraft.timeout is \"soon\", allowed is a duration"
                + " such as 250ms, 5s, 10m, 2h or 7d, or a number of ms, more than 0"),
        mistakes(file, Map.of("KRAFT_TIMEOUT", "soon")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          server.id: -1                        | a whole number from 0 to 2147483647
          server.id: one                       | a whole number from 0 to 2147483647
          server.port: 65536                   | a port, from 0 to 65535
          server.port: tcp                     | a port, from 0 to 65535
          server.port: 9092                    | another port than those of kafka.listeners
          server.address: "a b"                | a host name or an address
          server.data_dir: ""                  | a path
          server.data_dir: "a\\0b"             | a path
          kafka.log.dirs: "a\\0b"              | paths, separated by commas
          server.data_dir: a,b                 | a path without commas
          kafka.log.dirs: "a,,b"               | paths, separated by commas
          server.roles: [broker]               | only with broker.controller_address or server.cluster.peers
          server.roles: [broker, visualizer]   | a list of broker and controller
          server.roles: []                     | a list of broker and controller
          server.cluster.peers: {gofka-1: "b:1"} | for this node the same as server.address
          server.cluster.peers: [a, b]         | node ids with their host:port
          server.cluster.peers: {a: b}         | node ids with their host:port
          broker.controller_address: other:1   | nothing but localhost:42069 for a node that is a controller
          broker.controller_address: localhost | a list of host:port
          broker.heartbeat_interval: 0         | a duration
          broker.heartbeat_interval: 5s        | less than kraft.timeout, which is 5s
          broker.metadata_interval: 5 parsecs  | a duration
          broker.max_lag_timeout: 1.0005s      | a duration
          broker.consumer_group.joining_duration: 400d | a whole number (32 bits)
          kraft.timeout: 100ms                 | more than broker.heartbeat_interval
          kraft.timeout: -5s                   | a duration
          visualizer.enabled: true             | which is not accepted: this release has no dashboard yet
          visualizer.enabled: perhaps          | true or false
          kafka.listeners: SSL://:9092         | a name that listener.security.protocol.map maps to PLAINTEXT
          kafka.listeners: PLAINTEXT:9092      | a comma-separated list, of NAME://host:port
          kafka.listeners: "PLAINTEXT://:1,B://:1" | a comma-separated list, of NAME://host:port
          kafka.listeners: CONTROLLER://:9093  | CONTROLLER stands for no protocol
          kafka.advertised.listeners: PLAINTEXT://0.0.0.0:9092 | with a host and a port
          kafka.advertised.listeners: B://h:1  | a name that stands in listeners: PLAINTEXT
          kafka.log.cleanup.policy: shred      | of compact and delete
          kafka.message.max.bytes: 1MB         | a whole number (32 bits), at least 0
          kafka.log.retention.ms: -2           | at least 1, or -1 for no limit
          kafka.queued.max.request.bytes: 9    | at least socket.request.max.bytes, which is
          kafka.group.max.session.timeout.ms: 5 | at least group.min.session.timeout.ms, which is 6000
          kafka.max.connections.per.ip.overrides: a | of address:number
          kafka.ssl.keystore.location: /k      | this release speaks PLAINTEXT only
          kafka.sasl.jaas.config: secret       | this release speaks PLAINTEXT only
          kafka.process.roles: broker          | roles are set by server.roles
          kafka.remote.log.reader.threads: 2   | there is no tiered storage
          kafka.zookeeper.connect: "z:2181"    | Kafka 4 doesn't have it any more
          kafka.metric.reporters: a.B          | Gofka loads no classes
          kafka.broker.id: x                   | a whole number (32 bits), at least 0
          """)
  void whatIsNotAllowedIsRefusedWithWhatIs(String line, String allowed) {
    List<String> mistakes = mistakes(write(line), Map.of());
    assertEquals(1, mistakes.size(), mistakes.toString());
    String mistake = mistakes.get(0);
    assertTrue(mistake.contains(allowed), mistake);
    assertTrue(mistake.startsWith("FILE:1: " + line.substring(0, line.indexOf(':'))), mistake);
  }

  @Test
  void controllersOfAClusterKnowEachOtherByName() {
    NodeConfig config =
        read(
            """
            server:
              node_id: b
              address: hb
              port: 2
              cluster.peers: {a: "ha:1", b: "hb:2", c: "hc:3"}
            kafka.controller.quorum.election.timeout.ms: 500
            """);
    assertEquals(OptionalInt.empty(), config.server().id(), "the controllers give it one");
    assertEquals(List.of("a", "b", "c"), List.copyOf(config.server().peers().keySet()));
    assertEquals(false, config.server().isAlone());
    assertEquals(true, config.opensNodePort());
    assertEquals(500, config.kafka().controllerQuorumElectionTimeoutMs());
  }

  @Test
  void brokerFindsControllersByTheirAddressesOrAsPeers() {
    NodeConfig byAddress =
        read("server: {roles: broker}\nbroker.controller_address: [\"a:1\", \"b:2\"]");
    assertEquals(
        List.of(new HostPort("a", 1), new HostPort("b", 2)),
        byAddress.broker().controllerAddresses());
    assertEquals(Map.of(), byAddress.server().peers());
    assertEquals(true, byAddress.opensNodePort());
    NodeConfig byPeers = read("server: {roles: broker, cluster.peers: {a: \"ha:1\"}}");
    assertEquals(Map.of("a", new HostPort("ha", 1)), byPeers.server().peers());
  }

  @Test
  void controllerWithoutPeersOpensItsPortOnlyWhenItIsAskedTo() {
    assertEquals(false, read("").opensNodePort());
    assertEquals(true, read("server.port: 42069").opensNodePort());
    assertEquals(true, read("server.address: here").opensNodePort());
    assertEquals(true, read("server.cluster.peers: {other: \"o:1\"}").opensNodePort());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          server.port: 0      | server.cluster.peers: {a: "b:1"} | a port of its own
          server.roles: broker | server.cluster.peers: {gofka-1: "localhost:42069"} | controllers only
          """)
  void nodeThatOthersCannotFindIsRefused(String first, String second, String told) {
    List<String> mistakes = mistakes(write(first + "\n" + second), Map.of());
    assertEquals(1, mistakes.size(), mistakes.toString());
    assertTrue(mistakes.get(0).contains(told), mistakes.get(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          server.id: 1        | kafka.node.id: 2        | kafka.node.id is "2"
          server.id: 1        | kafka.broker.id: 2      | kafka.broker.id is "2"
          kafka.node.id: 1    | kafka.broker.id: 2      | kafka.broker.id is "2"
          broker.max_lag_timeout: 5s | kafka.replica.lag.time.max.ms: 6000 | the same as broker.max_lag_timeout, which is 5s
          broker.consumer_group.joining_duration: 5s | kafka.group.initial.rebalance.delay.ms: 1 | which is 5s
          server.id: 1        | server.id: 2            | it already stands at FILE:1
          """)
  void settingsThatContradictEachOtherAreRefused(String first, String second, String told) {
    List<String> mistakes = mistakes(write(first + "\n" + second), Map.of());
    assertEquals(1, mistakes.size(), mistakes.toString());
    assertTrue(mistakes.get(0).contains(told), mistakes.get(0));
    assertTrue(mistakes.get(0).startsWith("FILE:2: "), mistakes.get(0));
  }

  @Test
  void secretsAreNotShown() {
    ConfigMistakesException refused =
        assertThrows(
            ConfigMistakesException.class,
            () -> read("kafka: {ssl.key.password: hunter2, sasl.jaas.config: hunter2}"));
    assertTrue(!refused.getMessage().contains("hunter2"), refused.getMessage());
    assertTrue(!refused.mistakes().toString().contains("hunter2"), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: b: c",
        "server: [",
        "\tserver: 1",
        "- a\n- b",
        "just text",
        "server: *nobody",
        "a: &x {b: *x}",
        "? {a: 1}\n: 2",
        "server.port: {a: [1]}",
        "server.roles: [[broker]]",
        "--- 1\n--- 2"
      })
  void whatIsNoYamlOfSettingsIsRefusedWithALine(String text) {
    List<String> mistakes = mistakes(write(text), Map.of());
    assertTrue(mistakes.get(0).matches("(?s)FILE(:\\d+)?: .*"), mistakes.get(0));
    assertTrue(mistakes.stream().noneMatch(m -> m.contains("\n")), mistakes.toString());
  }

  @Test
  void valueThatIsMissingIsAMistakeAndAnEmptySectionIsNot() {
    assertEquals(
        List.of("FILE:2: server.port is not accepted: its value is missing"),
        mistakes(write("server:\n  port:\nkafka:\nbroker: ~\n"), Map.of()));
  }

  @Test
  void emptyFileChangesNothing() {
    assertEquals(OptionalInt.of(1), read("# nothing\n").server().id());
    assertEquals(OptionalInt.of(1), read("").server().id());
  }

  @Test
  void fileThatCannotBeReadIsOneMistake() throws IOException {
    Path missing = folder.resolve("missing.yaml");
    assertEquals(List.of(missing + ": there is no such file"), raw(missing));
    assertEquals(List.of(folder + ": it is a directory"), raw(folder));
    Path binary = folder.resolve("binary.yaml");
    Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    assertEquals(List.of(binary + ": it is not text in UTF-8"), raw(binary));
    Path huge = folder.resolve("huge.yaml");
    Files.write(huge, "#".repeat(2_000_000).getBytes(StandardCharsets.US_ASCII));
    assertEquals(
        List.of(huge + ": it is larger than 1048576 bytes, which no configuration is"), raw(huge));
  }

  @Test
  void environmentOfOthersIsLeftAloneButSlipsAreNoted() {
    NodeConfig config =
        read(
            "",
            Map.of(
                "SERVER_SOFTWARE", "apache",
                "KAFKA_HEAP_OPTS", "-Xmx1g",
                "KAFKA_PORT", "tcp://10.0.0.1:9092",
                "KAFKA_SSL_SERVICE_HOST", "10.0.0.1",
                "SERVER_PORT", "tcp://10.0.0.1:1",
                "KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1",
                "SERVER_NODEID", "x",
                "KAFKA_NUM_PARTITION", "3"));
    assertEquals(
        List.of(
            "The environment variable KAFKA_NUM_PARTITION is not read; KAFKA_NUM_PARTITIONS would"
                + " be.",
            "The environment variable SERVER_NODEID is not read; SERVER_NODE_ID would be."),
        config.notes());
  }

  @Test
  void variableThatNamesNoSettingOfOursIsNoted() {
    NodeConfig config =
        read(
            "",
            Map.of(
                "KAFKA_NOSUCH_SETTING", "1",
                "KRAFT_NOSUCH", "1",
                "SERVER_SOFTWARE", "apache",
                "KAFKA_OPTS", "-Xmx1g",
                "KAFKA_HOME", "/opt/kafka"));
    assertEquals(
        List.of(
            "The environment variable KAFKA_NOSUCH_SETTING is not read: there is no setting"
                + " kafka.nosuch.setting.",
            "The environment variable KRAFT_NOSUCH is not read: there is no setting"
                + " kraft.nosuch."),
        config.notes());
  }

  @Test
  void timesOfKafkasQuorumAreAcceptedAndNamedAsWithoutEffect() {
    NodeConfig config =
        read(
            """
            kafka:
              controller.quorum.election.backoff.max.ms: 500
              controller.quorum.request.timeout.ms: 1000
              controller.quorum.fetch.timeout.ms: 1000
            """);
    assertEquals(3, config.notes().size(), config.notes()::toString);
    assertTrue(config.notes().get(0).startsWith("Without effect so far"), config.notes()::toString);
  }

  @Test
  void whatKafkaHasAndThisReleaseRefusesIsRefusedInTheEnvironmentToo() {
    List<String> mistakes =
        mistakes(write(""), Map.of("KAFKA_PROCESS_ROLES", "broker", "KAFKA_SASL_X", "s"));
    assertEquals(
        List.of(
            "environment variable KAFKA_PROCESS_ROLES: kafka.process.roles is not accepted: roles"
                + " are set by server.roles",
            "environment variable KAFKA_SASL_X: kafka.sasl.x is not accepted: this release speaks"
                + " PLAINTEXT only: TLS, SASL and ACLs are not there yet"),
        mistakes);
  }

  @Test
  void everySettingHasAnEnvironmentVariableOfItsOwn() {
    List<String> variables =
        Stream.concat(
                NodeKeys.ALL.stream().map(NodeKey::environmentVariable),
                BrokerConfigs.KEYS.keys().stream()
                    .map(key -> NodeKey.environmentVariable("kafka." + key.name())))
            .toList();
    assertEquals(variables.size(), variables.stream().distinct().count());
  }

  @ParameterizedTest
  @CsvSource({
    "250ms,250",
    "5s,5000",
    "10m,600000",
    "2h,7200000",
    "7d,604800000",
    "1h30m,5400000",
    "1.5s,1500",
    "42,42",
    "' 3s ',3000",
    "0,0"
  })
  void durationsAreReadAsPeopleWriteThem(String text, long ms) {
    assertEquals(ms, Durations.parseMs(text));
    assertEquals(ms, Durations.parseMs(Durations.format(ms)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "s", "5 s", "-1s", "5sec", "1e3", "0.1ms", "9999999999999999999", "1d1"})
  void whatIsNoDurationIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parseMs(text));
  }

  private NodeConfig read(String yaml) {
    return read(yaml, Map.of());
  }

  private NodeConfig read(String yaml, Map<String, String> environment) {
    return NodeConfigReader.read(Optional.of(write(yaml)), environment);
  }

  private Path write(String yaml) {
    try {
      return Files.writeString(folder.resolve("node.yaml"), yaml);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private List<String> mistakes(Path file, Map<String, String> environment) {
    ConfigMistakesException refused =
        assertThrows(
            ConfigMistakesException.class,
            () -> NodeConfigReader.read(Optional.of(file), environment));
    return refused.mistakes().stream()
        .map(mistake -> mistake.message().replace(file.toString(), "FILE"))
        .collect(Collectors.toList());
  }

  private static List<String> raw(Path file) {
    ConfigMistakesException refused =
        assertThrows(
            ConfigMistakesException.class,
            () -> NodeConfigReader.read(Optional.of(file), Map.of()));
    return refused.mistakes().stream().map(Mistake::message).toList();
  }
}
