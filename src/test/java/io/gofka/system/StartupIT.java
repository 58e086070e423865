package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.GofkaProcess;
import io.gofka.system.process.Java;
import io.gofka.system.process.Ports;
import io.gofka.system.process.TestFolders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** Starts that cannot go well say why in one sentence; those that can say where clients connect. */
@DisabledIf("io.gofka.system.process.Broker#testsApacheKafka")
class StartupIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Pattern READY =
      Pattern.compile("is ready for Kafka clients, bootstrap address 127\\.0\\.0\\.1:(\\d+)");

  private static final Pattern METRICS = Pattern.compile("Metrics at (http://\\S+)/metrics");

  private static ForkedProcess node(Map<String, String> environment, String... args) {
    var options = new ArrayList<>(List.of("-jar", GofkaProcess.jar().toString()));
    options.addAll(List.of(args));
    return ForkedProcess.start(Java.command("128m", options), environment, null);
  }

  private static Path config(String yaml) throws IOException {
    return Files.writeString(TestFolders.create("startup").resolve("node.yaml"), yaml);
  }

  private static String yaml(Path dataDir, int port) {
    return "server:\n  data_dir: \""
        + dataDir
        + "\"\nkafka:\n  listeners: \"PLAINTEXT://127.0.0.1:"
        + port
        + "\"\n";
  }

  /** Starts a node that must refuse, and gives the lines it says. */
  private static List<String> refusalOf(Path config) {
    try (var node = node(Map.of(), "server", "--config", config.toString())) {
      var result = node.await(LIMIT);
      assertEquals(1, result.exitCode(), result::all);
      for (String sign : List.of("Exception", "\tat ", "Caused by", " is ready ")) {
        assertFalse(result.all().contains(sign), result::all);
      }
      return result.err().lines().toList();
    }
  }

  private static int awaitReady(ForkedProcess node) {
    Await.until(
        "the node is ready", LIMIT, () -> READY.matcher(node.out()).find() || !node.isAlive());
    Matcher ready = READY.matcher(node.out());
    assertTrue(ready.find(), node.out());
    return Integer.parseInt(ready.group(1));
  }

  @Test
  void portZeroIsReplacedByTheOneTheSystemChose() throws Exception {
    Path config = config(yaml(TestFolders.create("startup").resolve("data"), 0));
    try (var node = node(Map.of(), "server", "--config", config.toString())) {
      int port = awaitReady(node);
      assertTrue(port > 0);
      try (var admin = KafkaClients.admin("127.0.0.1:" + port)) {
        // What clients are told is the port they can reach, too.
        assertEquals(
            port, KafkaClients.get(admin.describeCluster().nodes()).iterator().next().port());
      }
      node.terminate();
      assertEquals(143, node.await(LIMIT).exitCode(), "128 + SIGTERM");
      assertTrue(node.out().endsWith("Gofka has stopped\n"), node.out());
    }
  }

  @Test
  void metricsAndHealthAreToldOverHttp() throws Exception {
    Path data = TestFolders.create("startup").resolve("data");
    Path config = config("http.port: 0\n" + yaml(data, 0));
    try (var node = node(Map.of(), "server", "--config", config.toString())) {
      awaitReady(node);
      Matcher told = METRICS.matcher(node.out());
      assertTrue(told.find(), node.out());
      String metrics = get(told.group(1) + "/metrics");
      String serving = "gofka_log_partitions{directory=\"" + data + "\",state=\"serving\"} 0";
      assertTrue(metrics.lines().anyMatch(serving::equals), metrics);
      assertEquals("live\n", get(told.group(1) + "/health/live"));
      assertEquals("ready\n", get(told.group(1) + "/health/ready"));
    }
  }

  private static String get(String uri) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(uri)).timeout(LIMIT).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void portForMetricsInUseIsOneSentenceWhenSomebodyCountsOnIt() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path data = TestFolders.create("startup").resolve("data");
      var said = refusalOf(config("http.port: " + taken.getLocalPort() + "\n" + yaml(data, 0)));
      assertEquals(1, said.size(), () -> "" + said);
      assertTrue(said.get(0).contains("127.0.0.1:" + taken.getLocalPort()), () -> "" + said);
    }
  }

  @Test
  void environmentOverridesTheFile() throws Exception {
    Path config = config(yaml(TestFolders.create("startup").resolve("data"), 1));
    int port = Ports.free();
    Path dataDir = TestFolders.create("startup").resolve("other");
    var environment =
        Map.of(
            "KAFKA_LISTENERS",
            "PLAINTEXT://127.0.0.1:" + port,
            "SERVER_DATA_DIR",
            dataDir.toString(),
            "KAFKA_NUM_PARTITIONS",
            "7");
    try (var node = node(environment, "server", "--config", config.toString())) {
      assertEquals(port, awaitReady(node));
      try (var producer = KafkaClients.producer("127.0.0.1:" + port, Map.of())) {
        assertEquals(7, producer.partitionsFor("made").size());
      }
      assertTrue(Files.isDirectory(dataDir));
    }
  }

  @Test
  void portInUseIsOneSentence() throws Exception {
    int port = Ports.free();
    try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      var said =
          refusalOf(
              config(yaml(TestFolders.create("startup").resolve("data"), taken.getLocalPort())));
      assertEquals(1, said.size(), () -> "" + said);
      assertTrue(said.get(0).contains("127.0.0.1:" + port), () -> "" + said);
    }
  }

  @Test
  void dataFolderOfARunningNodeIsOneSentenceAndHarmless() throws Exception {
    try (var running = new GofkaProcess(BrokerSettings.named("startup-locked"))) {
      running.start();
      var said = refusalOf(config(yaml(running.dataDir(), Ports.free())));
      assertEquals(1, said.size(), () -> "" + said);
      assertTrue(said.get(0).contains(running.dataDir().toString()), () -> "" + said);
      assertTrue(said.get(0).contains("" + running.pid()), () -> "" + said);
      try (var admin = KafkaClients.admin(running.bootstrap())) {
        KafkaClients.createTopic(admin, "still-there");
      }
    }
  }

  @Test
  void dataFolderThatCannotBeWrittenIsOneSentence() throws Exception {
    // A file in the way stops even root, for whom no folder is unwritable.
    Path file = Files.createFile(TestFolders.create("startup").resolve("file"));
    var said = refusalOf(config(yaml(file.resolve("data"), Ports.free())));
    assertEquals(1, said.size(), () -> "" + said);
    assertTrue(said.get(0).contains(file.toString()), () -> "" + said);
    var onFile = refusalOf(config(yaml(file, Ports.free())));
    assertEquals(1, onFile.size(), () -> "" + onFile);
    Path proc = Path.of("/proc/gofka-data");
    var onProc = refusalOf(config(yaml(proc, Ports.free())));
    assertEquals(1, onProc.size(), () -> "" + onProc);
    assertTrue(onProc.get(0).contains(proc.toString()), () -> "" + onProc);
  }

  @Test
  void allMistakesAreReportedTogetherWithKeyValueAndWhatIsAllowed() throws Exception {
    Path config =
        config(
            """
            server:
              data_dir: "/tmp/never-made"
              roles: ["broker", "cook"]
            kafka:
              listeners: "PLAINTEXT://127.0.0.1:9092"
              num.partitions: "many"
              log.retention.hours: 0
              log.cleanup.policy: "burn"
              log.segment.byte: 1000000
            """);
    String said = String.join("\n", refusalOf(config));
    for (String expected :
        List.of(
            "server.roles",
            "cook",
            "kafka.num.partitions",
            "many",
            "kafka.log.cleanup.policy",
            "burn",
            "compact",
            "kafka.log.segment.byte",
            "log.segment.bytes")) {
      assertTrue(said.contains(expected), () -> expected + " is not in\n" + said);
    }
    assertFalse(Files.exists(Path.of("/tmp/never-made")));
  }

  @Test
  void fileThatIsNotThereOrNotYamlIsOneSentence() throws Exception {
    String missing = String.join("\n", refusalOf(Path.of("/no/such/file.yaml")));
    assertTrue(missing.contains("/no/such/file.yaml: there is no such file"), missing);
    Path broken = config("server: [unclosed\nkafka: }");
    String said = String.join("\n", refusalOf(broken));
    assertTrue(said.contains(broken.toString()), said);
  }

  @Test
  void versionAndHelpSaySo() {
    try (var version = node(Map.of(), "version");
        var help = node(Map.of(), "--help");
        var wrong = node(Map.of(), "dance")) {
      var answered = version.await(LIMIT);
      assertEquals(0, answered.exitCode(), answered::all);
      assertTrue(answered.out().matches("(?s).*\\d+\\.\\d+\\.\\d+.*"), answered::all);
      var helped = help.await(LIMIT);
      assertEquals(0, helped.exitCode(), helped::all);
      assertTrue(helped.out().contains("server"), helped::all);
      assertTrue(wrong.await(LIMIT).exitCode() > 0);
    }
  }
}
