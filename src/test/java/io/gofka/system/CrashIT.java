package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * {@code kill -9} under load, and clean stops. {@code -Dgofka.crash.seed=} and {@code
 * -Dgofka.crash.rounds=} run it otherwise.
 */
class CrashIT {
  private static final int ROUNDS = Integer.getInteger("gofka.crash.rounds", 5);
  private static final int FSYNC_ROUNDS = Integer.getInteger("gofka.crash.rounds", 3);

  private static final BrokerSettings SETTINGS =
      // Small segments: the kills hit rolls too.
      BrokerSettings.named("crash")
          .with("log.segment.bytes", "1048576")
          .with("log.segment.delete.delay.ms", "1000");

  @Test
  @Timeout(240)
  void whatWasAcknowledgedOutlivesEveryKill() throws Exception {
    killUnderLoad(SETTINGS, ROUNDS);
  }

  /** Offsets are committed under it, too: it is the default of this broker. */
  @Test
  @Timeout(240)
  void whatWasAcknowledgedUnderFsyncOutlivesEveryKill() throws Exception {
    killUnderLoad(SETTINGS.with("gofka.durability", "fsync"), FSYNC_ROUNDS);
  }

  private static void killUnderLoad(BrokerSettings settings, int rounds) throws Exception {
    long seed = Long.getLong("gofka.crash.seed", System.nanoTime());
    System.out.println("Replay with -Dgofka.crash.seed=" + seed);
    var random = new Random(seed);
    try (Broker broker = Broker.create(settings)) {
      broker.start();
      try (var load = new CrashWorkload(broker.bootstrap(), "crash")) {
        load.start();
        for (int round = 0; round < rounds; round++) {
          load.awaitProgress(random);
          if (round == rounds - 2) {
            broker.stop(); // One clean stop under load among the kills.
          } else {
            broker.kill();
          }
          broker.start();
          load.verifyCommitsAndTopics();
        }
        load.awaitProgress(random);
        load.finish();
        load.verifyRecords();
        broker.kill();
        broker.start();
        load.verifyRecords();
        load.verifyCommitsAndTopics();
        System.out.println(load.acknowledgements() + " records over " + rounds + " crashes");
      }
    }
  }

  @Test
  void severalKillsInARowLoseNothing() throws Exception {
    try (Broker broker = Broker.create(SETTINGS)) {
      var partition = new TopicPartition("rows", 0);
      broker.start();
      KafkaClients.send(broker.bootstrap(), partition, KafkaClients.values("v", 20_000));
      for (int i = 0; i < 3; i++) {
        broker.kill();
        broker.start();
      }
      var records = KafkaClients.readAll(broker.bootstrap(), partition, 20_000);
      assertEquals(KafkaClients.values("v", 20_000), KafkaClients.valuesOf(records));
    }
  }

  /**
   * All logs have torn tails, and for each that recovery repairs it writes a line: by them it is
   * seen to be at work when it is killed.
   */
  @Test
  void killsInTheMiddleOfARecoveryLoseNothing() throws Exception {
    assumeFalse(Broker.testsApacheKafka(), "its log doesn't tell how far recovery has come");
    int partitions = 200;
    int perPartition = 20;
    try (Broker broker = Broker.create(SETTINGS.with("num.partitions", "" + partitions))) {
      broker.start();
      try (var admin = KafkaClients.admin(broker.bootstrap());
          var producer = KafkaClients.producer(broker.bootstrap(), Map.of())) {
        KafkaClients.createTopic(admin, "many", partitions, Map.of());
        for (int i = 0; i < partitions; i++) {
          List<String> values = KafkaClients.values("p" + i + " ", perPartition);
          KafkaClients.send(producer, new TopicPartition("many", i), values);
        }
      }
      broker.kill();
      int inTheMiddle = 0;
      for (int round = 1; round <= 4; round++) {
        for (int i = 0; i < partitions; i++) {
          tear(segment(broker, new TopicPartition("many", i)));
        }
        int before = broker.log().length();
        int repairs = 20 * round;
        broker.launch();
        Await.until(
            repairs + " logs are repaired",
            Duration.ofSeconds(60),
            () -> repairedSince(broker, before) >= repairs);
        broker.kill();
        if (repairedSince(broker, before) < partitions) {
          inTheMiddle++;
        }
      }
      assertTrue(inTheMiddle > 0, "no kill came before recovery was over");
      broker.start();
      for (int i = 0; i < partitions; i += 10) {
        var records =
            KafkaClients.readAll(broker.bootstrap(), new TopicPartition("many", i), perPartition);
        assertEquals(
            KafkaClients.values("p" + i + " ", perPartition), KafkaClients.valuesOf(records));
      }
      assertEquals(
          partitions * (long) perPartition, endOffsets(broker, "many", partitions), "records");
    }
  }

  /** Appends half of a batch, as a write leaves it that a crash has cut short. */
  private static void tear(Path segment) throws IOException {
    byte[] whole = Files.readAllBytes(segment);
    Files.write(segment, Arrays.copyOf(whole, 50), StandardOpenOption.APPEND);
  }

  private static int repairedSince(Broker broker, int before) {
    return broker.log().substring(before).split(" they are no whole batches", -1).length - 1;
  }

  private static long endOffsets(Broker broker, String topic, int partitions) {
    try (var consumer = KafkaClients.consumer(broker.bootstrap(), Map.of())) {
      List<TopicPartition> all =
          IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(topic, i)).toList();
      return consumer.endOffsets(all).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  @Test
  void tornTailIsCutOffAndTheLogGoesOnBehindTheLastWholeBatch() throws Exception {
    try (Broker broker = Broker.create(SETTINGS)) {
      var partition = new TopicPartition("torn", 0);
      broker.start();
      KafkaClients.send(broker.bootstrap(), partition, KafkaClients.values("before ", 100));
      broker.kill();
      Path segment = segment(broker, partition);
      byte[] whole = Files.readAllBytes(segment);
      // Half of a batch, as a write torn by a crash leaves it.
      Files.write(segment, Arrays.copyOf(whole, whole.length / 2), StandardOpenOption.APPEND);
      broker.start();

      KafkaClients.send(broker.bootstrap(), partition, KafkaClients.values("after ", 100));

      var records = KafkaClients.readAll(broker.bootstrap(), partition, 200);
      assertEquals(
          KafkaClients.values("before ", 100), KafkaClients.valuesOf(records.subList(0, 100)));
      assertEquals(
          KafkaClients.values("after ", 100), KafkaClients.valuesOf(records.subList(100, 200)));
      assertEquals(199, records.get(199).offset());
    }
  }

  @Test
  void cleanStopNeedsNoRecoveryAndKeepsGroupsTopicsAndProducers() throws Exception {
    try (Broker broker = Broker.create(SETTINGS)) {
      var partition = new TopicPartition("clean", 0);
      broker.start();
      try (var producer = KafkaClients.producer(broker.bootstrap(), Map.of());
          var consumer =
              KafkaClients.consumer(broker.bootstrap(), Map.of("group.id", "clean-group"))) {
        KafkaClients.send(producer, partition, KafkaClients.values("v", 1_000));
        consumer.assign(List.of(partition));
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(77, "note")));

        broker.stop();
        int before = broker.log().length();
        broker.start();

        // The same producer goes on: its id and sequence are known to the new process.
        KafkaClients.send(producer, partition, KafkaClients.values("w", 1_000));
        Await.until(
            "the commit is there",
            Duration.ofSeconds(60),
            () -> consumer.committed(Set.of(partition)).get(partition).offset() == 77);
        String log = broker.log().substring(before).toLowerCase(java.util.Locale.ROOT);
        if (!Broker.testsApacheKafka()) {
          assertTrue(!log.contains("recover") && !log.contains("truncat"), log);
        }
      }
      var records = KafkaClients.readAll(broker.bootstrap(), partition, 2_000);
      assertEquals(1_999, records.get(1_999).offset());
      assertEquals("w999", records.get(1_999).value());
    }
  }

  private static Path segment(Broker broker, TopicPartition partition) throws IOException {
    try (var paths = Files.walk(broker.dataDir())) {
      return paths
          .filter(path -> path.endsWith(Path.of(partition.toString(), "00000000000000000000.log")))
          .findFirst()
          .orElseThrow();
    }
  }
}
