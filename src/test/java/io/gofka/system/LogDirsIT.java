package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.Java;
import io.gofka.system.process.TestFolders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Kafka's reassignment tool moves a partition between the log directories of a broker. */
class LogDirsIT {
  private static final int BROKER = 1;
  private static final int VALUE_BYTES = 64 * 1024;
  private static final int RECORDS = 256;
  private static final String RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final List<Path> directories = new ArrayList<>();
  private Broker broker;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    directories.add(TestFolders.create("one"));
    directories.add(TestFolders.create("other"));
    broker =
        Broker.create(
            BrokerSettings.named("log-dirs")
                .with("log.dirs", directories.get(0) + "," + directories.get(1))
                .with("log.segment.bytes", "4194304"));
    broker.start();
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
  }

  @AfterEach
  void stop() throws Exception {
    admin.close(Duration.ofSeconds(5));
    broker.close();
    for (Path directory : directories) {
      TestFolders.delete(directory);
    }
  }

  private String reassign(Path plan, String... args) {
    var all =
        new ArrayList<>(
            List.of(
                "--bootstrap-server",
                broker.bootstrap(),
                "--reassignment-json-file",
                plan.toString()));
    all.addAll(List.of(args));
    List<String> command =
        Java.onTestClassPath(
            "256m", "org.apache.kafka.tools.reassign.ReassignPartitionsCommand", all);
    try (var tool = ForkedProcess.start(command, Map.of(), null)) {
      ForkedProcess.Result result = tool.await(LIMIT);
      assertEquals(0, result.exitCode(), result::all);
      return result.out();
    }
  }

  private Path directoryOf(TopicPartition partition) throws Exception {
    var replica = new TopicPartitionReplica(partition.topic(), partition.partition(), BROKER);
    return Path.of(
        admin
            .describeReplicaLogDirs(List.of(replica))
            .all()
            .get(60, TimeUnit.SECONDS)
            .get(replica)
            .getCurrentReplicaLogDir());
  }

  /** None as long as nobody has set one: Kafka doesn't tell of it either. */
  private Optional<String> rate() throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(BROKER));
    var configs = admin.describeConfigs(List.of(resource)).all().get(60, TimeUnit.SECONDS);
    return Optional.ofNullable(configs.get(resource).get(RATE)).map(ConfigEntry::value);
  }

  @Test
  @Timeout(240)
  void toolMovesAPartitionAtTheRateItIsGiven() throws Exception {
    var partition = new TopicPartition("moved", 0);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      values.add(i + "-" + "x".repeat(VALUE_BYTES));
    }
    KafkaClients.send(broker.bootstrap(), partition, values);
    Path from = directoryOf(partition);
    Path to = directories.get(1 - directories.indexOf(from));
    Path plan = Files.createTempFile("plan", ".json");
    Files.writeString(
        plan,
        """
        {"version": 1, "partitions": [
          {"topic": "moved", "partition": 0, "replicas": [%d], "log_dirs": ["%s"]}]}
        """
            .formatted(BROKER, to));
    try {
      // So slow that it is still under way when it is looked at.
      reassign(plan, "--execute", "--replica-alter-log-dirs-throttle", "100000");
      assertEquals(Optional.of("100000"), rate());
      String underWay = reassign(plan, "--verify");
      assertTrue(underWay.contains("moved-0-1 is still in progress"), underWay);
      assertEquals(from, directoryOf(partition));

      reassign(
          plan, "--execute", "--additional", "--replica-alter-log-dirs-throttle", "1000000000");
      Await.until("the log has moved", LIMIT, () -> to.equals(directoryOf(partition)));
      String done = reassign(plan, "--verify");
      assertTrue(done.contains("moved-0-1 completed successfully"), done);
      assertEquals(Optional.empty(), rate(), "the tool has taken its rate back");
    } finally {
      Files.delete(plan);
    }
    assertEquals(
        values,
        KafkaClients.valuesOf(KafkaClients.readAll(broker.bootstrap(), partition, RECORDS)));
  }
}
