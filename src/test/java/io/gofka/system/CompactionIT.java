package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.Java;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Compacted topics with real clients, over restarts and kills. */
class CompactionIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String TICK = "tick";

  private static final BrokerSettings SETTINGS =
      BrokerSettings.named("compaction")
          .with("log.cleaner.backoff.ms", "100")
          .with("offsets.topic.num.partitions", "1")
          .with("log.segment.delete.delay.ms", "0");

  /** Each batch that comes later than this after the first of a segment begins another. */
  private static final Map<String, String> TOPIC =
      Map.of(
          "cleanup.policy", "compact",
          "segment.ms", "50",
          "min.cleanable.dirty.ratio", "0.01",
          "delete.retention.ms", "0");

  private static TopicPartition createTopic(Broker broker, String name) throws Exception {
    try (var admin = KafkaClients.admin(broker.bootstrap())) {
      return KafkaClients.createTopic(admin, name, 1, TOPIC);
    }
  }

  private static void send(
      Producer<String, String> producer, TopicPartition to, String key, String value)
      throws Exception {
    producer.send(new ProducerRecord<>(to.topic(), to.partition(), key, value)).get();
  }

  /** Everything there is, from the beginning to the end. */
  private static List<ConsumerRecord<String, String>> read(Broker broker, TopicPartition from) {
    try (var consumer = KafkaClients.consumer(broker.bootstrap(), Map.of())) {
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      long end = consumer.endOffsets(List.of(from)).get(from);
      var records = new ArrayList<ConsumerRecord<String, String>>();
      Await.until(
          "all of " + from + " is read",
          LIMIT,
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            return consumer.position(from) >= end;
          });
      return records;
    }
  }

  private static Map<String, String> latest(List<ConsumerRecord<String, String>> records) {
    Map<String, String> latest = new HashMap<>();
    for (var record : records) {
      if (record.value() == null) {
        latest.remove(record.key());
      } else {
        latest.put(record.key(), record.value());
      }
    }
    latest.remove(TICK);
    return latest;
  }

  /** Goes on writing, as nothing is compacted of the segment that is written to. */
  private static List<ConsumerRecord<String, String>> awaitCompacted(
      Broker broker, TopicPartition partition, int keys) throws Exception {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (var producer = KafkaClients.producer(broker.bootstrap(), Map.of())) {
      Await.until(
          "each key is there once",
          LIMIT,
          () -> {
            send(producer, partition, TICK, "tock");
            records.clear();
            records.addAll(read(broker, partition));
            records.removeIf(record -> record.key().equals(TICK));
            return records.size() <= keys;
          });
    }
    return records;
  }

  @Test
  void latestValuesStayAndDeletedKeysGoWithTheirTombstones() throws Exception {
    try (Broker broker = Broker.create(SETTINGS)) {
      broker.start();
      TopicPartition partition = createTopic(broker, "updates");
      Map<String, String> expected = new HashMap<>();
      Map<String, Long> offsets = new HashMap<>();
      for (String codec : KafkaClients.CODECS) {
        try (var producer =
            KafkaClients.producer(broker.bootstrap(), Map.of("compression.type", codec))) {
          for (int i = 0; i < 400; i++) {
            String key = "key-" + i % 20;
            String value = i % 20 < 4 && i >= 380 ? null : codec + i;
            var sent = producer.send(new ProducerRecord<>(partition.topic(), 0, key, value));
            if (i >= 380) {
              offsets.put(key, sent.get().offset());
              expected.put(key, value);
            }
          }
        }
      }
      expected.values().removeIf(value -> value == null);

      var records = awaitCompacted(broker, partition, expected.size());

      assertEquals(expected, latest(records));
      for (var record : records) {
        assertEquals(offsets.get(record.key()), record.offset(), record.key());
      }
      assertDumpToolReads(broker, partition);
      broker.stop();
      broker.start();
      assertEquals(expected, latest(read(broker, partition)));
      broker.kill();
      broker.start();
      assertEquals(expected, latest(read(broker, partition)));
    }
  }

  @Test
  @Timeout(240)
  void killsWithinCompactionLoseNothing() throws Exception {
    long seed = Long.getLong("gofka.crash.seed", System.nanoTime());
    System.out.println("Replay with -Dgofka.crash.seed=" + seed);
    var random = new Random(seed);
    try (Broker broker = Broker.create(SETTINGS)) {
      broker.start();
      TopicPartition partition = createTopic(broker, "killed");
      Map<String, String> expected = new HashMap<>();
      for (int round = 0; round < 4; round++) {
        try (var producer = KafkaClients.producer(broker.bootstrap(), Map.of("linger.ms", "0"))) {
          for (int i = 0; i < 40; i++) {
            for (int j = 0; j < 20; j++) {
              String key = "key-" + random.nextInt(60);
              String value = random.nextInt(5) == 0 ? null : round + "-" + i + "-" + j;
              var sent = producer.send(new ProducerRecord<>(partition.topic(), 0, key, value));
              if (j == 19) {
                sent.get();
              }
              expected.put(key, value);
            }
          }
        }
        broker.kill(); // The cleaner looks for work all the time, so it is at work now.
        broker.start();
        Map<String, String> alive = new HashMap<>(expected);
        alive.values().removeIf(value -> value == null);
        assertEquals(alive, latest(read(broker, partition)), "after kill " + round);
      }
      expected.values().removeIf(value -> value == null);
      assertEquals(expected, latest(awaitCompacted(broker, partition, expected.size())));
    }
  }

  @Test
  void committedOffsetsTakeNoMoreSpaceThanThereAreGroups() throws Exception {
    try (Broker broker = Broker.create(SETTINGS)) {
      broker.start();
      TopicPartition partition = createTopic(broker, "consumed");
      try (var admin = KafkaClients.admin(broker.bootstrap());
          var consumer = KafkaClients.consumer(broker.bootstrap(), Map.of("group.id", "group"))) {
        consumer.assign(List.of(partition));
        commit(consumer, partition, 0);
        var ops =
            TOPIC.entrySet().stream()
                .filter(setting -> !setting.getKey().equals("cleanup.policy"))
                .map(
                    setting ->
                        new AlterConfigOp(
                            new ConfigEntry(setting.getKey(), setting.getValue()),
                            AlterConfigOp.OpType.SET))
                .collect(Collectors.toList());
        var offsetsTopic = new ConfigResource(ConfigResource.Type.TOPIC, "__consumer_offsets");
        KafkaClients.get(admin.incrementalAlterConfigs(Map.of(offsetsTopic, ops)).all());
        for (int i = 0; i < 2_000; i++) {
          commit(consumer, partition, i);
        }
        int[] last = {2_000};
        Await.until(
            () -> "the offsets have shrunk, they take " + sizeOfOffsets(broker),
            LIMIT,
            () -> {
              commit(consumer, partition, last[0]++);
              return sizeOfOffsets(broker) < 20_000;
            });
        broker.stop();
        broker.start();
        Await.until(
            "the last commit is there",
            LIMIT,
            () -> consumer.committed(Set.of(partition)).get(partition).offset() == last[0] - 1);
      }
    }
  }

  private static void commit(
      org.apache.kafka.clients.consumer.Consumer<String, String> consumer,
      TopicPartition partition,
      long offset) {
    consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
  }

  private static List<Path> segments(Broker broker, String folder) {
    try (var paths = Files.walk(broker.dataDir())) {
      return paths
          .filter(path -> path.getParent().getFileName().toString().equals(folder))
          .filter(path -> path.toString().endsWith(".log"))
          .sorted()
          .toList();
    } catch (IOException | java.io.UncheckedIOException changing) {
      return List.of(); // Files come and go; the next look will do.
    }
  }

  private static long sizeOfOffsets(Broker broker) {
    List<Path> segments = segments(broker, "__consumer_offsets-0");
    long size = segments.isEmpty() ? Long.MAX_VALUE : 0;
    for (Path segment : segments) {
      size += segment.toFile().length();
    }
    return size;
  }

  private static void assertDumpToolReads(Broker broker, TopicPartition partition) {
    broker.stop(); // So that no segment is replaced under the tool.
    List<Path> segments = segments(broker, partition.toString());
    assertTrue(segments.size() < 40, "small segments have become few: " + segments);
    String files = segments.stream().map(Path::toString).collect(Collectors.joining(","));
    try (var tool =
        ForkedProcess.start(
            Java.onTestClassPath(
                "256m",
                "org.apache.kafka.tools.DumpLogSegments",
                List.of("--print-data-log", "--deep-iteration", "--files", files)),
            Map.of(),
            null)) {
      var result = tool.await(LIMIT);
      assertEquals(0, result.exitCode(), result::all);
      assertTrue(result.out().contains("payload: zstd"), result.out());
      assertFalse(result.out().contains("isvalid: false"), result.out());
    }
    broker.start();
  }
}
