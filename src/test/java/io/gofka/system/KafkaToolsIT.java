package io.gofka.system;

import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.Java;
import io.gofka.system.process.TestFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kafka's own command line tools, unmodified, each in a JVM of its own. */
class KafkaToolsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @RegisterExtension
  static final BrokerFixture FIXTURE = new BrokerFixture(BrokerSettings.named("tools"));

  private static ForkedProcess start(String mainClass, Path in, String... args) {
    return ForkedProcess.start(
        Java.onTestClassPath("256m", mainClass, List.of(args)), Map.of(), in);
  }

  private static ForkedProcess.Result run(String mainClass, Path in, String... args) {
    try (var tool = start(mainClass, in, args)) {
      return tool.await(LIMIT);
    }
  }

  /** Runs a tool that talks to the broker, and asks for a good end. */
  private static String tool(String mainClass, String... args) {
    return toolReading(null, mainClass, args);
  }

  private static String toolReading(Path in, String mainClass, String... args) {
    var all = new ArrayList<>(List.of("--bootstrap-server", FIXTURE.bootstrap()));
    all.addAll(List.of(args));
    var result = run(mainClass, in, all.toArray(String[]::new));
    assertEquals(0, result.exitCode(), () -> mainClass + " " + all + ":\n" + result.all());
    return result.out();
  }

  private static String topics(String... args) {
    return tool("org.apache.kafka.tools.TopicCommand", args);
  }

  private static String groups(String... args) {
    return tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", args);
  }

  private static String configs(String... args) {
    return tool("kafka.admin.ConfigCommand", args);
  }

  private static TopicPartition topicWith(int records) throws Exception {
    var partition = new TopicPartition(fresh("tool"), 0);
    KafkaClients.send(FIXTURE.bootstrap(), partition, values("v", records));
    return partition;
  }

  private static Path file(String text) throws IOException {
    return Files.writeString(TestFolders.create("tool-input").resolve("in"), text);
  }

  private static void assertMatches(String regex, String text) {
    assertTrue(Pattern.compile(regex).matcher(text).find(), () -> regex + " not in:\n" + text);
  }

  @Test
  void topicsToolCreatesDescribesAltersListsAndDeletes() {
    String topic = fresh("topics-tool");
    assertMatches(
        "Created topic " + topic,
        topics(
            "--create",
            "--topic",
            topic,
            "--partitions",
            "3",
            "--replication-factor",
            "1",
            "--config",
            "retention.ms=3600000"));
    String described = topics("--describe", "--topic", topic);
    assertMatches(
        "Topic: "
            + topic
            + "\\s+TopicId: \\S{22}\\s+PartitionCount: 3\\s+ReplicationFactor: 1\\s+"
            + "Configs: .*retention.ms=3600000",
        described);
    assertMatches("Partition: 2\\s+Leader: (\\d+)\\s+Replicas: \\1\\s+Isr: \\1", described);

    topics("--alter", "--topic", topic, "--partitions", "5");
    assertMatches("PartitionCount: 5", topics("--describe", "--topic", topic));
    assertTrue(topics("--list").lines().toList().contains(topic));
    topics("--delete", "--topic", topic);
    assertFalse(topics("--list").lines().toList().contains(topic));
  }

  @Test
  void topicsToolReportsTheBrokersRefusal() {
    var result =
        run(
            "org.apache.kafka.tools.TopicCommand",
            null,
            "--bootstrap-server",
            FIXTURE.bootstrap(),
            "--create",
            "--topic",
            fresh("refused"),
            "--replication-factor",
            "3");
    assertNotEquals(0, result.exitCode());
    assertMatches("(?i)replication.factor", result.all());
  }

  @Test
  void consoleProducerAndConsumerCarryLines() throws Exception {
    String topic = fresh("console");
    List<String> lines = values("typed line ", 200);
    toolReading(
        file(String.join("\n", lines) + "\n"),
        "org.apache.kafka.tools.ConsoleProducer",
        "--topic",
        topic,
        "--compression-codec",
        "zstd");
    String out =
        tool(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--topic",
            topic,
            "--from-beginning",
            "--max-messages",
            "200",
            "--group",
            fresh("console-group"));
    assertEquals(lines, out.lines().toList());
  }

  @Test
  void consoleToolsCarryKeysAndHeaders() throws Exception {
    String topic = fresh("console");
    toolReading(
        file("h1:one\tk1\tv1\nh1:two\tk2\tv2\n"),
        "org.apache.kafka.tools.ConsoleProducer",
        "--topic",
        topic,
        "--reader-property",
        "parse.key=true",
        "--reader-property",
        "parse.headers=true");
    String out =
        tool(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--topic",
            topic,
            "--partition",
            "0",
            "--offset",
            "earliest",
            "--max-messages",
            "2",
            "--formatter-property",
            "print.key=true",
            "--formatter-property",
            "print.headers=true",
            "--formatter-property",
            "print.offset=true");
    assertEquals("Offset:0\th1:one\tk1\tv1\nOffset:1\th1:two\tk2\tv2\n", out);
  }

  @Test
  void consumerGroupsToolDescribesResetsAndDeletes() throws Exception {
    TopicPartition partition = topicWith(100);
    String group = fresh("groups-tool");
    try (var consumer =
        KafkaClients.consumer(
            FIXTURE.bootstrap(), Map.of("group.id", group, "max.poll.records", "60"))) {
      consumer.subscribe(List.of(partition.topic()));
      KafkaClients.read(consumer, 60);
      consumer.commitSync();
      assertMatches(
          group + "\\s+" + partition.topic() + "\\s+0\\s+60\\s+100\\s+40\\s+consumer-\\S+\\s+/127",
          groups("--describe", "--group", group));
      assertMatches(
          group + "\\s+\\S+\\s+\\(\\d+\\)\\s+range\\s+Stable\\s+1",
          groups("--describe", "--group", group, "--state"));
      assertMatches(
          group + "\\s+consumer-\\S+\\s+/127.0.0.1\\s+\\S+\\s+1",
          groups("--describe", "--group", group, "--members"));
    }
    assertTrue(groups("--list").lines().toList().contains(group));

    String[][] resets = {
      {"--to-offset", "33", "33"},
      {"--shift-by", "-3", "30"},
      {"--to-latest", "100"},
      {"--to-earliest", "0"}
    };
    for (String[] reset : resets) {
      var args =
          new ArrayList<>(
              List.of("--reset-offsets", "--group", group, "--topic", partition.topic()));
      args.addAll(List.of(reset).subList(0, reset.length - 1));
      args.add("--execute");
      String expected = reset[reset.length - 1];
      assertMatches(
          group + "\\s+" + partition.topic() + "\\s+0\\s+" + expected,
          groups(args.toArray(String[]::new)));
    }
    assertMatches(
        group + "\\s+" + partition.topic() + "\\s+0\\s+0\\s+100\\s+100",
        groups("--describe", "--group", group));
    groups("--delete-offsets", "--group", group, "--topic", partition.topic());
    groups("--delete", "--group", group);
    assertFalse(groups("--list").lines().toList().contains(group));
  }

  @Test
  void configsToolDescribesAndAltersTopicsAndBrokers() throws Exception {
    String topic = topicWith(1).topic();
    configs(
        "--alter",
        "--entity-type",
        "topics",
        "--entity-name",
        topic,
        "--add-config",
        "retention.ms=99999999,cleanup.policy=[compact,delete]");
    String described = configs("--describe", "--entity-type", "topics", "--entity-name", topic);
    assertMatches(
        "retention.ms=99999999 sensitive=false synonyms=\\{DYNAMIC_TOPIC_CONFIG:retention.ms=9",
        described);
    assertMatches("cleanup.policy=compact,delete", described);
    configs(
        "--alter",
        "--entity-type",
        "topics",
        "--entity-name",
        topic,
        "--delete-config",
        "retention.ms");
    assertFalse(
        configs("--describe", "--entity-type", "topics", "--entity-name", topic)
            .contains("retention.ms"));

    configs(
        "--alter",
        "--entity-type",
        "brokers",
        "--entity-default",
        "--add-config",
        "log.retention.ms=86400000");
    assertMatches(
        "log.retention.ms=86400000",
        configs("--describe", "--entity-type", "brokers", "--entity-default"));
    configs(
        "--alter",
        "--entity-type",
        "brokers",
        "--entity-default",
        "--delete-config",
        "log.retention.ms");
    assertMatches("num.partitions=1 ", configs("--describe", "--entity-type", "brokers", "--all"));
  }

  @Test
  void deleteRecordsToolMovesTheStartOfTheLog() throws Exception {
    TopicPartition partition = topicWith(50);
    Path json =
        file(
            "{\"partitions\": [{\"topic\": \""
                + partition.topic()
                + "\", \"partition\": 0, \"offset\": 20}], \"version\": 1}");
    assertMatches(
        "partition: " + partition + "\\s+low_watermark: 20",
        tool("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", json.toString()));
    assertEquals(
        partition.topic() + ":0:20",
        tool(
                "org.apache.kafka.tools.GetOffsetShell",
                "--topic",
                partition.topic(),
                "--time",
                "earliest")
            .strip());
  }

  @Test
  void getOffsetsToolKnowsAllSpecialTimes() throws Exception {
    TopicPartition partition = topicWith(7);
    String[][] expected = {
      {"latest", "7"},
      {"earliest", "0"},
      {"-1", "7"},
      {"-2", "0"},
      {"max-timestamp", "\\d"},
      {"1000", "0"}
    };
    for (String[] time : expected) {
      assertMatches(
          "^" + partition.topic() + ":0:" + time[1],
          tool(
              "org.apache.kafka.tools.GetOffsetShell",
              "--topic-partitions",
              partition.topic() + ":0",
              "--time",
              time[0]));
    }
  }

  @Test
  void logDirsToolShowsSizes() throws Exception {
    TopicPartition partition = topicWith(50);
    String out =
        tool(
            "org.apache.kafka.tools.LogDirsCommand",
            "--describe",
            "--topic-list",
            partition.topic());
    assertMatches("\"partition\":\"" + partition + "\",\"size\":[1-9]\\d+,\"offsetLag\":0", out);
  }

  @Test
  void perfToolsMeasure() {
    String topic = fresh("perf");
    String produced =
        tool(
            "org.apache.kafka.tools.ProducerPerformance",
            "--topic",
            topic,
            "--num-records",
            "50000",
            "--record-size",
            "200",
            "--throughput",
            "-1",
            "--command-property",
            "acks=all",
            "--command-property",
            "compression.type=lz4");
    assertMatches("50000 records sent, .* records/sec", produced);
    String consumed =
        tool(
            "org.apache.kafka.tools.ConsumerPerformance",
            "--topic",
            topic,
            "--num-records",
            "50000",
            "--timeout",
            "20000");
    assertMatches(", 50000, ", consumed);
  }

  @Test
  void clusterToolNamesTheCluster() {
    var result =
        run(
            "org.apache.kafka.tools.ClusterTool",
            null,
            "cluster-id",
            "--bootstrap-server",
            FIXTURE.bootstrap());
    assertEquals(0, result.exitCode(), result::all);
    assertMatches("Cluster ID: \\S{22}", result.out());
    var endpoints =
        run(
            "org.apache.kafka.tools.ClusterTool",
            null,
            "list-endpoints",
            "--bootstrap-server",
            FIXTURE.bootstrap());
    assertMatches("127.0.0.1\\s+" + FIXTURE.broker().port(), endpoints.all());
  }

  @Test
  void apiVersionsToolFindsNothingItCannotUse() {
    String out = tool("org.apache.kafka.tools.BrokerApiVersionsCommand");
    assertMatches("127.0.0.1:" + FIXTURE.broker().port() + " \\(id: \\d+", out);
    assertMatches("Produce\\(0\\): 0 to 13 \\[usable: 13\\]", out);
    assertMatches("Fetch\\(1\\): 4 to 18 \\[usable: 18\\]", out);
    assertMatches("JoinGroup\\(11\\): 0 to 9 \\[usable: 9\\]", out);
    assertMatches("ApiVersions\\(18\\): 0 to [45] \\[usable: [45]\\]", out);
  }

  @Test
  void dumpToolReadsASegmentOfTheDataFolder() throws Exception {
    var partition = new TopicPartition(fresh("dumped"), 0);
    for (String codec : KafkaClients.CODECS) {
      try (var producer =
          KafkaClients.producer(FIXTURE.bootstrap(), Map.of("compression.type", codec))) {
        KafkaClients.send(producer, partition, values(codec + " ", 10));
      }
    }
    Path segment = segmentOf(partition);

    var result =
        run(
            "org.apache.kafka.tools.DumpLogSegments",
            null,
            "--print-data-log",
            "--deep-iteration",
            "--files",
            segment.toString());

    assertEquals(0, result.exitCode(), result::all);
    String out = result.out();
    assertMatches("Log starting offset: 0", out);
    int records = 0;
    for (String codec : KafkaClients.CODECS) {
      assertMatches("compresscodec: " + codec + " crc: \\d+ isvalid: true", out);
      for (String value : values(codec + " ", 10)) {
        assertMatches("\\| offset: " + records++ + " .* payload: " + value + "\n", out);
      }
    }
    assertFalse(out.contains("isvalid: false"), out);
  }

  private static Path segmentOf(TopicPartition partition) throws IOException {
    Path[] found = new Path[1];
    Await.until(
        "there is a segment of " + partition,
        LIMIT,
        () -> {
          try (var paths = Files.walk(FIXTURE.broker().dataDir())) {
            found[0] =
                paths
                    .filter(
                        path -> path.getParent().getFileName().toString().equals("" + partition))
                    .filter(path -> path.toString().endsWith("00000000000000000000.log"))
                    .findFirst()
                    .orElse(null);
          }
          return found[0] != null;
        });
    return found[0];
  }
}
