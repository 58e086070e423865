package io.gofka.system;

import static io.gofka.system.KafkaClients.fresh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.FormatMethod;
import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.GofkaProcess;
import io.gofka.system.process.Java;
import io.gofka.system.process.TestFolders;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Kafka's own tools, unmodified, against a cluster of three nodes, each of them broker and
 * controller. With {@code -Dgofka.peer=kafka} the cluster is Apache Kafka's, which shows that the
 * tools are asked for what they can do.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterToolsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int BLOCKED_LOOP_MS = 10_000;
  private static final int LAST = Integer.MAX_VALUE;

  private static final String TOPICS = "org.apache.kafka.tools.TopicCommand";
  private static final String QUORUM = "org.apache.kafka.tools.MetadataQuorumCommand";
  private static final String CLUSTER = "org.apache.kafka.tools.ClusterTool";
  private static final String FEATURES = "org.apache.kafka.tools.FeatureCommand";
  private static final String REASSIGN =
      "org.apache.kafka.tools.reassign.ReassignPartitionsCommand";
  private static final String ELECTION = "org.apache.kafka.tools.LeaderElectionCommand";

  private static Cluster cluster;

  @BeforeAll
  static void start() {
    // Three nodes that load their classes at once, on cores that others use, hold their loops.
    BrokerSettings settings =
        BrokerSettings.named("cluster-tools")
            .withJvmOption("-Dgofka.event.loop.blocked.ms=" + BLOCKED_LOOP_MS);
    cluster =
        Broker.testsApacheKafka()
            ? Cluster.combined(3, settings, ApacheKafkaProcess::new)
            : Cluster.combined(3, settings);
    cluster.start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static ForkedProcess.Result run(String mainClass, List<String> args) {
    try (var tool =
        ForkedProcess.start(Java.onTestClassPath("256m", mainClass, args), Map.of(), null)) {
      return tool.await(LIMIT);
    }
  }

  /** Runs a tool and asks for a good end; tells what it printed. */
  private static String tool(String mainClass, String... args) {
    var result = run(mainClass, bootstrapped(mainClass, args));
    assertEquals(0, result.exitCode(), () -> mainClass + " " + List.of(args) + result.all());
    return result.out();
  }

  /** Runs a tool and asks for a refusal; tells what it printed. */
  private static String refusal(String mainClass, String... args) {
    var result = run(mainClass, bootstrapped(mainClass, args));
    assertEquals(1, result.exitCode(), () -> mainClass + " " + List.of(args) + result.all());
    return result.all();
  }

  private static List<String> bootstrapped(String mainClass, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    // The cluster tool has its options behind the word that says what is to be done.
    int at = mainClass.equals(CLUSTER) ? 1 : 0;
    all.addAll(at, List.of("--bootstrap-server", cluster.bootstrap()));
    return all;
  }

  private static Matcher assertMatches(String regex, String text) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    assertTrue(matcher.find(), () -> regex + " not in:\n" + text);
    return matcher;
  }

  @FormatMethod
  private static Path json(String format, Object... args) throws IOException {
    return Files.writeString(
        TestFolders.create("reassignment").resolve("input.json"), String.format(format, args));
  }

  private static String topic(String assignment) {
    String topic = fresh("tools");
    tool(TOPICS, "--create", "--topic", topic, "--replica-assignment", assignment);
    return topic;
  }

  @Test
  void quorumToolTellsStatusAndReplication() {
    String status = tool(QUORUM, "describe", "--status");
    assertMatches("ClusterId: +\\S{22}", status);
    String leader = assertMatches("LeaderId: +([123])\n", status).group(1);
    assertMatches("LeaderEpoch: +[1-9]", status);
    assertMatches("HighWatermark: +[1-9]", status);
    assertMatches("CurrentVoters: .*\"id\": 1.*\"id\": 2.*\"id\": 3", status);
    assertMatches("CurrentObservers: +\\[]", status);

    String replication = tool(QUORUM, "describe", "--replication");
    assertEquals(4, replication.lines().filter(line -> !line.isBlank()).count(), replication);
    assertMatches(
        "(?m)^" + leader + "\\s+\\S{22}\\s+\\d+\\s+0\\s+\\d{13}\\s+\\d{13}\\s+Leader", replication);
    assertEquals(2, Pattern.compile("Follower").matcher(replication).results().count());
    assertMatches("\\d+ ms ago", tool(QUORUM, "describe", "--replication", "--human-readable"));
  }

  @Test
  void quorumToolHearsWhyAControllerIsNotRemoved() {
    String told =
        refusal(
            QUORUM,
            "remove-controller",
            "--controller-id",
            "9",
            "--controller-directory-id",
            "R29ma2FTeXN0ZW1UZXN0cw");
    // A cluster of Kafka's with static voters can't change them at all.
    assertMatches(
        Broker.testsApacheKafka() ? "UnsupportedVersionException" : "VoterNotFoundException", told);
  }

  @Test
  void controllersLoseTheirVoteAndGetItBackByKafkasToolAndByOurs() throws IOException {
    if (Broker.testsApacheKafka()) {
      return; // Its voters are static here.
    }
    JsonObject before = describe();
    JsonObject follower =
        nodes(before)
            .filter(node -> node.getJsonObject("controller").getString("role").equals("voter"))
            .findFirst()
            .orElseThrow();
    String id = follower.getInteger("id").toString();
    String directoryId = follower.getJsonObject("controller").getString("directoryId");
    assertMatches(
        "Removed  KRaft controller " + id,
        tool(
            QUORUM,
            "remove-controller",
            "--controller-id",
            id,
            "--controller-directory-id",
            directoryId));
    String status = tool(QUORUM, "describe", "--status");
    assertMatches("CurrentObservers: +\\[\\{\"id\": " + id, status);
    assertEquals("observer", role(describe(), id));

    Path config = controllerConfig(id, directoryId, before.getString("clusterId"));
    assertMatches(
        "Added controller " + id,
        tool(QUORUM, "--command-config", config.toString(), "add-controller"));
    assertEquals("voter", role(describe(), id));

    gofka("cluster", "remove-controller", id);
    assertEquals("observer", role(describe(), id));
    gofka("cluster", "add-controller", id);
    assertEquals("voter", role(describe(), id));
  }

  /** What Kafka's tool reads of the controller that it is to add: its settings and its disk. */
  private static Path controllerConfig(String id, String directoryId, String clusterId)
      throws IOException {
    Path folder = TestFolders.create("controller");
    Files.writeString(
        folder.resolve("meta.properties"),
        "version=1\ncluster.id=%s\nnode.id=%s\ndirectory.id=%s\n"
            .formatted(clusterId, id, directoryId));
    return Files.writeString(
        folder.resolve("controller.properties"),
        """
        process.roles=controller
        node.id=%s
        controller.listener.names=CONTROLLER
        listeners=CONTROLLER://127.0.0.1:9093
        log.dirs=%s
        controller.quorum.bootstrap.servers=127.0.0.1:9093
        """
            .formatted(id, folder));
  }

  /** Runs Gofka's own command line. */
  private static String gofka(String... args) {
    List<String> options = new ArrayList<>(List.of("-jar", GofkaProcess.jar().toString()));
    options.addAll(List.of(args));
    options.addAll(List.of("--bootstrap", cluster.bootstrap()));
    try (var command = ForkedProcess.start(Java.command("128m", options))) {
      var result = command.await(LIMIT);
      assertEquals(0, result.exitCode(), () -> options + result.all());
      return result.out();
    }
  }

  private static JsonObject describe() {
    return new JsonObject(gofka("cluster", "--json"));
  }

  private static Stream<JsonObject> nodes(JsonObject described) {
    return described.getJsonArray("nodes").stream().map(JsonObject.class::cast);
  }

  private static String role(JsonObject described, String id) {
    return nodes(described)
        .filter(node -> node.getInteger("id").toString().equals(id))
        .findFirst()
        .orElseThrow()
        .getJsonObject("controller")
        .getString("role");
  }

  @Test
  void clusterToolTellsIdAndEndpoints() {
    assertMatches("Cluster ID: \\S{22}", tool(CLUSTER, "cluster-id"));
    String endpoints = tool(CLUSTER, "list-endpoints");
    for (int id = 1; id <= 3; id++) {
      assertMatches(
          "(?m)^"
              + id
              + "\\s+127.0.0.1\\s+"
              + cluster.node(id).port()
              + "\\s+null\\s+unfenced\\s+broker",
          endpoints);
    }
    assertMatches("BrokerIdNotRegistered", refusal(CLUSTER, "unregister", "--id", "77"));
  }

  @Test
  void featureToolTellsAndChangesLevels() {
    String described = tool(FEATURES, "describe");
    for (String feature :
        List.of("metadata.version", "kraft.version", "eligible.leader.replicas.version")) {
      assertMatches(
          "Feature: "
              + feature
              + "\\s+SupportedMinVersion: \\S+\\s+SupportedMaxVersion: \\S+\\s+"
              + "FinalizedVersionLevel: \\S+\\s+Epoch: \\d+",
          described);
    }
    assertMatches(
        "Could not upgrade metadata.version to 99. .*metadata.version",
        refusal(FEATURES, "upgrade", "--feature", "metadata.version=99"));
    assertMatches(
        "Could not upgrade nonsense to 1. .*nonsense",
        refusal(FEATURES, "upgrade", "--feature", "nonsense=1"));
  }

  @Test
  void topicsToolSpreadsAndShowsReplicas() {
    String topic = topic("1:2,2:3,3:1");
    String described = tool(TOPICS, "--describe", "--topic", topic);
    assertMatches("PartitionCount: 3\\s+ReplicationFactor: 2", described);
    assertMatches("Partition: 0\\s+Leader: 1\\s+Replicas: 1,2\\s+Isr: 1,2", described);
    assertMatches("Partition: 2\\s+Leader: 3\\s+Replicas: 3,1\\s+Isr: 3,1", described);

    String spread = fresh("spread");
    tool(TOPICS, "--create", "--topic", spread, "--partitions", "6", "--replication-factor", "3");
    String all = tool(TOPICS, "--describe", "--topic", spread);
    for (int id = 1; id <= 3; id++) {
      assertEquals(2, Pattern.compile("Leader: " + id + "\\s").matcher(all).results().count(), all);
    }
    for (String filter :
        List.of(
            "--under-replicated-partitions",
            "--under-min-isr-partitions",
            "--unavailable-partitions")) {
      assertEquals("", tool(TOPICS, "--describe", "--topic", topic, filter), filter);
    }
    String strict = fresh("strict");
    tool(
        TOPICS,
        "--create",
        "--topic",
        strict,
        "--replica-assignment",
        "1:2",
        "--config",
        "min.insync.replicas=2");
    assertMatches(
        "Partition: 0", tool(TOPICS, "--describe", "--topic", strict, "--at-min-isr-partitions"));
  }

  @Test
  void reassignmentToolProposesMovesAndVerifies() throws IOException {
    String topic = topic("1:2,2:3");
    String proposed =
        tool(
            REASSIGN,
            "--generate",
            "--topics-to-move-json-file",
            json("{\"version\":1,\"topics\":[{\"topic\":\"%s\"}]}", topic).toString(),
            "--broker-list",
            "1,3");
    assertMatches("Proposed partition reassignment", proposed);
    assertMatches("\"partition\":1,\"replicas\":\\[(1,3|3,1)]", proposed);

    // The same replicas in another order: nothing has to be copied.
    Path swap =
        json(
            "{\"version\":1,\"partitions\":[{\"topic\":\"%s\",\"partition\":0,\"replicas\":[2,1]}]}",
            topic);
    assertMatches(
        "Successfully started partition reassignment for " + topic + "-0",
        tool(REASSIGN, "--execute", "--reassignment-json-file", swap.toString()));
    assertMatches(
        "Reassignment of partition " + topic + "-0 is completed",
        tool(REASSIGN, "--verify", "--reassignment-json-file", swap.toString()));
    assertMatches("Leader: 1\\s+Replicas: 2,1", tool(TOPICS, "--describe", "--topic", topic));
    assertMatches(
        "None of the specified partition reassignments are active",
        tool(REASSIGN, "--cancel", "--reassignment-json-file", swap.toString()));
    assertMatches(
        "UnknownTopicOrPartition",
        refusal(
            REASSIGN,
            "--execute",
            "--reassignment-json-file",
            json(
                    "{\"version\":1,\"partitions\":[{\"topic\":\"%s\",\"partition\":7,"
                        + "\"replicas\":[1]}]}",
                    topic)
                .toString()));

    // Its first replica is now another one than its leader.
    assertMatches(
        "Successfully completed leader election \\(PREFERRED\\) for partitions " + topic + "-0",
        elect("preferred", topic));
    assertMatches("Leader: 2\\s+Replicas: 2,1", tool(TOPICS, "--describe", "--topic", topic));
    assertMatches("Valid replica already elected for partitions", elect("preferred", topic));
    assertMatches("Valid replica already elected for partitions", elect("unclean", topic));
  }

  private static String elect(String type, String topic) {
    return tool(ELECTION, "--election-type", type, "--topic", topic, "--partition", "0");
  }

  @Test
  void moveThatIsUnderWayIsListedAndCanBeCancelled() throws Exception {
    String topic = topic("1:2");
    Path move =
        json(
            "{\"version\":1,\"partitions\":[{\"topic\":\"%s\",\"partition\":0,\"replicas\":[1,3]}]}",
            topic);
    // So much, so slowly, that it is still on its way when the tools look.
    try (var producer = KafkaClients.producer(cluster.bootstrap(), Map.of())) {
      for (int i = 0; i < 160; i++) {
        producer.send(new ProducerRecord<>(topic, 0, null, "x".repeat(50_000))).get();
      }
    }
    tool(REASSIGN, "--execute", "--throttle", "10000", "--reassignment-json-file", move.toString());
    assertMatches(topic + "-0: replicas: 1,3,2. adding: 3. removing: 2", tool(REASSIGN, "--list"));
    assertMatches(
        "Reassignment of partition " + topic + "-0 is still in progress",
        tool(REASSIGN, "--verify", "--reassignment-json-file", move.toString()));
    assertMatches(
        "Successfully cancelled partition reassignment for: " + topic + "-0",
        tool(REASSIGN, "--cancel", "--reassignment-json-file", move.toString()));
    assertMatches("Replicas: 1,2\\s", tool(TOPICS, "--describe", "--topic", topic));
    assertMatches("No partition reassignments found", tool(REASSIGN, "--list"));
  }

  @Test
  void electionToolHearsOfAnUnknownPartition() {
    assertMatches(
        "UnknownTopicOrPartitionException",
        refusal(
            ELECTION, "--election-type", "preferred", "--topic", fresh("no"), "--partition", "0"));
  }

  @Test
  @Order(LAST)
  void deadBrokerIsFencedReplacedAndForgotten() throws Exception {
    int dead = cluster.activeController() == 3 ? 2 : 3;
    int other = 5 - dead;
    String copied = topic(dead + ":" + other);
    String lone = topic(String.valueOf(dead));
    cluster.node(dead).kill();
    Await.until(
        "broker " + dead + " is fenced",
        LIMIT,
        () ->
            Pattern.compile("(?m)^" + dead + "\\s.*\\sfenced\\s")
                .matcher(tool(CLUSTER, "list-endpoints", "--include-fenced-brokers"))
                .find());
    assertFalse(
        Pattern.compile("(?m)^" + dead + "\\s").matcher(tool(CLUSTER, "list-endpoints")).find());
    assertMatches(
        "Leader: " + other + "\\s+Replicas: " + dead + "," + other + "\\s+Isr: " + other + "\\s",
        tool(TOPICS, "--describe", "--topic", copied));
    assertMatches(
        "Topic: " + copied + "\\s", tool(TOPICS, "--describe", "--under-replicated-partitions"));
    assertMatches(
        "Topic: " + lone + "\\s+Partition: 0\\s+Leader: none",
        tool(TOPICS, "--describe", "--unavailable-partitions"));
    assertMatches("LeaderId: +[123]", tool(QUORUM, "describe", "--status"));
    tool(CLUSTER, "unregister", "--id", Integer.toString(dead));
    assertFalse(
        Pattern.compile("(?m)^" + dead + "\\s")
            .matcher(tool(CLUSTER, "list-endpoints", "--include-fenced-brokers"))
            .find());
  }
}
