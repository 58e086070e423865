package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
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
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.LogDirNotFoundException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Moves between two log directories, one of them a small file system that fills up and is freed. It
 * needs a tmpfs, which only root can mount; otherwise what needs it is skipped with a visible line.
 */
class LogDirectoriesIT {
  private static final int BROKER = 1;
  private static final int VALUE_BYTES = 64 * 1024;
  private static final String RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Path large;
  private Path small;
  private boolean mounted;
  private Broker broker;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    large = TestFolders.create("large");
    small = TestFolders.create("small");
    mounted = run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small.toString());
    broker =
        Broker.create(
            BrokerSettings.named("log-directories")
                .with("log.dirs", large + "," + small)
                .with("log.segment.bytes", "1048576")
                .allowingInLog("ShardFailures")
                .allowingInLog("LogMove"));
    broker.start();
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
  }

  @AfterEach
  void stop() throws Exception {
    admin.close(Duration.ofSeconds(5));
    broker.close();
    if (mounted) {
      run("umount", small.toString());
    }
    TestFolders.delete(small);
    TestFolders.delete(large);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  private TopicPartition topicIn(String name, Path directory) throws Exception {
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
    var partition = new TopicPartition(name, 0);
    moveTo(partition, directory);
    return partition;
  }

  private void moveTo(TopicPartition partition, Path directory) throws Exception {
    admin
        .alterReplicaLogDirs(Map.of(replica(partition), directory.toString()))
        .all()
        .get(60, TimeUnit.SECONDS);
    Await.until("the log has moved", LIMIT, () -> directory.equals(directoryOf(partition)));
  }

  private static TopicPartitionReplica replica(TopicPartition partition) {
    return new TopicPartitionReplica(partition.topic(), partition.partition(), BROKER);
  }

  private Path directoryOf(TopicPartition partition) throws Exception {
    var info =
        admin
            .describeReplicaLogDirs(List.of(replica(partition)))
            .all()
            .get(60, TimeUnit.SECONDS)
            .get(replica(partition));
    return Path.of(info.getCurrentReplicaLogDir());
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

  /** None as long as nobody has set one: Kafka doesn't tell of it either. */
  private Optional<String> rate() throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(BROKER));
    var configs = admin.describeConfigs(List.of(resource)).all().get(60, TimeUnit.SECONDS);
    return Optional.ofNullable(configs.get(resource).get(RATE)).map(ConfigEntry::value);
  }

  private KafkaProducer<String, String> producer() {
    var properties = new Properties();
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
    properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
    properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 4000);
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3000);
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    return new KafkaProducer<>(properties);
  }

  private static String value(int number) {
    return number + "-" + "x".repeat(VALUE_BYTES);
  }

  @Test
  @Timeout(240)
  void fullDirectoryRefusesWritesOfItsPartitionsAloneUntilThereIsSpace() throws Exception {
    Assumptions.assumeTrue(mounted, "SKIPPED: no tmpfs can be mounted here");
    TopicPartition full = topicIn("full", small);
    TopicPartition free = topicIn("free", large);
    Path ballast = small.resolve("ballast");
    Files.write(ballast, new byte[8 << 20]);
    List<String> acknowledged = new ArrayList<>();
    int next = 0;
    try (var producer = producer()) {
      while (true) {
        try {
          producer.send(new ProducerRecord<>("full", 0, null, value(next))).get();
          acknowledged.add(value(next++));
        } catch (ExecutionException refused) {
          break;
        }
      }
      assertTrue(
          acknowledged.size() > 50, acknowledged.size() + " records before the disk is full");
      assertAcknowledgedAreThere(full, acknowledged);
      producer.send(new ProducerRecord<>("free", 0, null, "unaffected")).get();
      assertEquals(
          List.of("unaffected"),
          KafkaClients.valuesOf(KafkaClients.readAll(broker.bootstrap(), free, 1)));

      Files.delete(ballast);
      Await.until(
          "writes are taken again",
          Duration.ofSeconds(90),
          () -> {
            try {
              producer.send(new ProducerRecord<>("full", 0, null, "again")).get();
              return true;
            } catch (ExecutionException refused) {
              return false;
            }
          });
      assertAcknowledgedAreThere(full, acknowledged);
    }
    broker.kill();
    broker.start();
    assertAcknowledgedAreThere(full, acknowledged);
  }

  private void assertAcknowledgedAreThere(TopicPartition partition, List<String> acknowledged) {
    var records = KafkaClients.readAll(broker.bootstrap(), partition, acknowledged.size());
    assertTrue(KafkaClients.valuesOf(records).containsAll(acknowledged));
  }

  @Test
  @Timeout(240)
  void partitionMovesToAnotherDirectoryWhileItIsWritten() throws Exception {
    TopicPartition moved = topicIn("moved", large);
    List<String> sent = new ArrayList<>();
    try (var producer = producer()) {
      for (int i = 0; i < 100; i++) {
        sent.add(value(i));
        producer.send(new ProducerRecord<>("moved", 0, null, value(i)));
        if (i == 50) {
          admin
              .alterReplicaLogDirs(Map.of(replica(moved), small.toString()))
              .all()
              .get(60, TimeUnit.SECONDS);
        }
      }
      producer.flush();
    }
    Await.until("the log has moved", LIMIT, () -> small.equals(directoryOf(moved)));
    assertEquals(
        sent, KafkaClients.valuesOf(KafkaClients.readAll(broker.bootstrap(), moved, sent.size())));
    broker.kill();
    broker.start();
    assertEquals(
        sent, KafkaClients.valuesOf(KafkaClients.readAll(broker.bootstrap(), moved, sent.size())));
    var unknown =
        admin.alterReplicaLogDirs(Map.of(replica(moved), large.resolve("no").toString())).all();
    assertInstanceOf(
        LogDirNotFoundException.class,
        assertThrows(ExecutionException.class, unknown::get).getCause());
  }

  @Test
  @Timeout(240)
  void toolMovesAPartitionAtTheRateItIsGiven() throws Exception {
    var partition = new TopicPartition("throttled", 0);
    List<String> values = IntStream.range(0, 100).mapToObj(LogDirectoriesIT::value).toList();
    KafkaClients.send(broker.bootstrap(), partition, values);
    Path from = directoryOf(partition);
    Path to = from.equals(small) ? large : small;
    Path plan = Files.createTempFile("plan", ".json");
    Files.writeString(
        plan,
        """
        {"version": 1, "partitions": [
          {"topic": "throttled", "partition": 0, "replicas": [%d], "log_dirs": ["%s"]}]}
        """
            .formatted(BROKER, to));
    try {
      // So slow that it is still under way when it is looked at.
      reassign(plan, "--execute", "--replica-alter-log-dirs-throttle", "100000");
      assertEquals(Optional.of("100000"), rate());
      String underWay = reassign(plan, "--verify");
      assertTrue(underWay.contains("throttled-0-1 is still in progress"), underWay);
      assertEquals(from, directoryOf(partition));

      reassign(
          plan, "--execute", "--additional", "--replica-alter-log-dirs-throttle", "1000000000");
      Await.until("the log has moved", LIMIT, () -> to.equals(directoryOf(partition)));
      String done = reassign(plan, "--verify");
      assertTrue(done.contains("throttled-0-1 completed successfully"), done);
      assertEquals(Optional.empty(), rate(), "the tool has taken its rate back");
    } finally {
      Files.delete(plan);
    }
    assertEquals(
        values,
        KafkaClients.valuesOf(KafkaClients.readAll(broker.bootstrap(), partition, values.size())));
  }
}
