package io.gofka.system;

import static io.gofka.system.KafkaClients.consumer;
import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.producer;
import static io.gofka.system.KafkaClients.read;
import static io.gofka.system.KafkaClients.send;
import static io.gofka.system.KafkaClients.values;
import static io.gofka.system.KafkaClients.valuesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading without group management: positions, offsets by time, limits of a fetch. */
@SuppressWarnings("FutureReturnValueIgnored") // A flush or close waits for what was sent.
class ConsumerIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE = new BrokerFixture(BrokerSettings.named("consumer"));

  private static Admin admin;
  private static String bootstrap;

  @BeforeAll
  static void connect() {
    bootstrap = FIXTURE.bootstrap();
    admin = KafkaClients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static TopicPartition topicWith(int count) throws Exception {
    TopicPartition partition = createTopic(admin, fresh("topic"));
    send(bootstrap, partition, values("v", count));
    return partition;
  }

  @Test
  void seekGoesToAnyOffsetAndPositionFollows() throws Exception {
    TopicPartition partition = topicWith(1_000);
    try (var consumer = consumer(bootstrap, Map.of("max.poll.records", "10"))) {
      consumer.assign(List.of(partition));

      consumer.seek(partition, 500);
      assertEquals("v500", read(consumer, 10).get(0).value());
      assertEquals(510, consumer.position(partition));

      consumer.seekToEnd(List.of(partition));
      assertEquals(1_000, consumer.position(partition));
      consumer.seekToBeginning(List.of(partition));
      assertEquals("v0", read(consumer, 1).get(0).value());
    }
  }

  @Test
  void beginningAndEndOffsetsAreThoseOfTheLog() throws Exception {
    TopicPartition full = topicWith(17);
    TopicPartition empty = createTopic(admin, fresh("empty"));
    try (var consumer = consumer(bootstrap, Map.of())) {
      assertEquals(Map.of(full, 0L, empty, 0L), consumer.beginningOffsets(List.of(full, empty)));
      assertEquals(Map.of(full, 17L, empty, 0L), consumer.endOffsets(List.of(full, empty)));
    }
  }

  @Test
  void offsetsForTimesFindTheFirstRecordNotOlder() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("times"));
    long startMs = System.currentTimeMillis() - 1_000_000;
    try (var producer = producer(bootstrap, Map.of("linger.ms", "10"))) {
      for (int i = 0; i < 1_000; i++) {
        producer.send(
            new ProducerRecord<>(partition.topic(), 0, startMs + i * 100L, null, "v" + i));
        if (i % 100 == 99) {
          producer.flush(); // Several batches, so that the answer lies inside one of them.
        }
      }
    }

    try (var consumer = consumer(bootstrap, Map.of())) {
      var exact = consumer.offsetsForTimes(Map.of(partition, startMs + 55_500)).get(partition);
      assertEquals(555, exact.offset());
      assertEquals(startMs + 55_500, exact.timestamp());
      var between = consumer.offsetsForTimes(Map.of(partition, startMs + 55_501)).get(partition);
      assertEquals(556, between.offset());
      var before = consumer.offsetsForTimes(Map.of(partition, 0L)).get(partition);
      assertEquals(0, before.offset());
      assertNull(consumer.offsetsForTimes(Map.of(partition, startMs + 99_901)).get(partition));
    }
  }

  @Test
  void readingOutOfRangeResetsOrFailsAsTheConsumerIsConfigured() throws Exception {
    TopicPartition partition = topicWith(5);
    try (var consumer = consumer(bootstrap, Map.of("auto.offset.reset", "earliest"))) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 1_000_000);
      assertEquals(values("v", 5), valuesOf(read(consumer, 5)));
    }
    try (var consumer = consumer(bootstrap, Map.of("auto.offset.reset", "none"))) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 1_000_000);
      var failure = assertThrows(OffsetOutOfRangeException.class, () -> read(consumer, 1));
      assertEquals(Set.of(partition), failure.partitions());
    }
  }

  @Test
  void recordLargerThanEveryFetchLimitStillComes() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("large"));
    send(bootstrap, partition, List.of("x".repeat(300_000), "after"));
    var tiny = Map.of("fetch.max.bytes", "1000", "max.partition.fetch.bytes", "1000");
    try (var consumer = consumer(bootstrap, tiny)) {
      consumer.assign(List.of(partition));
      assertEquals(List.of("x".repeat(300_000), "after"), valuesOf(read(consumer, 2)));
    }
  }

  @Test
  void fetchWaitsForItsMinimumOfBytesButNotLongerThanTold() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("wait"));
    var settings = Map.of("fetch.min.bytes", "1000000", "fetch.max.wait.ms", "700");
    try (var consumer = consumer(bootstrap, settings)) {
      consumer.assign(List.of(partition));
      consumer.poll(Duration.ofMillis(50)); // Positions are known, the first fetch is on its way.
      long startNanos = System.nanoTime();
      send(bootstrap, partition, List.of("less than the minimum"));
      read(consumer, 1);
      long waitedMs = (System.nanoTime() - startNanos) / 1_000_000;
      // Who doesn't keep to the time answers only when the client has given up after 30 s.
      assertTrue(waitedMs < 20_000, "waited " + waitedMs + " ms");
    }
  }

  @Test
  void waitingConsumerGetsARecordAsSoonAsItIsAppended() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("wakeup"));
    var patient = Map.of("fetch.max.wait.ms", "25000");
    try (var consumer = consumer(bootstrap, patient);
        var producer = producer(bootstrap, Map.of("linger.ms", "0"))) {
      consumer.assign(List.of(partition));
      consumer.poll(Duration.ofMillis(100));
      for (int i = 0; i < 20; i++) {
        producer.send(new ProducerRecord<>(partition.topic(), 0, null, "v" + i));
        producer.flush();
        long startNanos = System.nanoTime();
        assertEquals("v" + i, read(consumer, 1).get(0).value());
        assertTrue(System.nanoTime() - startNanos < Duration.ofSeconds(15).toNanos());
      }
    }
  }

  @Test
  void manyPartitionsAreReadInIncrementalSessionsWithoutLoss() throws Exception {
    String topic = fresh("wide");
    createTopic(admin, topic, 60, Map.of());
    try (var consumer = consumer(bootstrap, Map.of());
        var producer = producer(bootstrap, Map.of())) {
      consumer.assign(
          values("", 60).stream()
              .map(p -> new TopicPartition(topic, Integer.parseInt(p)))
              .toList());
      for (int round = 0; round < 5; round++) {
        for (int p = 0; p < 60; p += round + 1) {
          producer.send(new ProducerRecord<>(topic, p, null, "round " + round));
        }
        producer.flush();
        int count = (60 + round) / (round + 1);
        for (var record : read(consumer, count)) {
          assertEquals("round " + round, record.value());
        }
      }
    }
  }

  @Test
  void pausedPartitionDeliversNothingUntilItIsResumed() throws Exception {
    TopicPartition quiet = topicWith(10);
    TopicPartition loud = topicWith(10);
    try (var consumer = consumer(bootstrap, Map.of())) {
      consumer.assign(List.of(quiet, loud));
      consumer.pause(List.of(quiet));
      for (var record : read(consumer, 10)) {
        assertEquals(loud.topic(), record.topic());
      }
      consumer.resume(List.of(quiet));
      for (var record : read(consumer, 10)) {
        assertEquals(quiet.topic(), record.topic());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"read_uncommitted", "read_committed"})
  void bothIsolationLevelsSeeRecordsOutsideTransactions(String isolation) throws Exception {
    TopicPartition partition = topicWith(100);
    try (var consumer = consumer(bootstrap, Map.of("isolation.level", isolation))) {
      consumer.assign(List.of(partition));
      assertEquals(values("v", 100), valuesOf(read(consumer, 100)));
      assertEquals(100L, consumer.endOffsets(List.of(partition)).get(partition));
    }
  }

  @Test
  void offsetsCommittedByAnAssignedConsumerAreFoundByTheNext() throws Exception {
    TopicPartition partition = topicWith(50);
    String group = fresh("manual");
    try (var consumer = consumer(bootstrap, Map.of("group.id", group))) {
      consumer.assign(List.of(partition));
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(20, "a note")));
    }
    try (var consumer = consumer(bootstrap, Map.of("group.id", group))) {
      OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
      assertEquals(20, committed.offset());
      assertEquals("a note", committed.metadata());
      consumer.assign(List.of(partition));
      assertEquals("v20", read(consumer, 1).get(0).value());
    }
  }

  @Test
  void partitionWithoutACommitHasNone() throws Exception {
    TopicPartition partition = topicWith(1);
    try (Consumer<String, String> consumer =
        consumer(bootstrap, Map.of("group.id", fresh("none")))) {
      assertNull(consumer.committed(Set.of(partition)).get(partition));
    }
  }

  @Test
  void topicsAndPartitionsAreListedWithTheirLeader() throws Exception {
    TopicPartition partition = topicWith(1);
    try (var consumer = consumer(bootstrap, Map.of())) {
      var info = consumer.listTopics().get(partition.topic());
      assertEquals(1, info.size());
      assertNotNull(info.get(0).leader());
      assertEquals(FIXTURE.broker().port(), info.get(0).leader().port());
    }
  }

  @Test
  void deletedTopicStopsDeliveringAndARecreatedOneStartsAtZero() throws Exception {
    TopicPartition partition = topicWith(30);
    KafkaClients.get(admin.deleteTopics(List.of(partition.topic())).all());
    createTopic(admin, partition.topic());
    send(bootstrap, partition, List.of("second life"));

    try (var consumer = consumer(bootstrap, Map.of())) {
      consumer.assign(List.of(partition));
      var record = read(consumer, 1).get(0);
      assertEquals(0, record.offset());
      assertEquals("second life", record.value());
      assertEquals(1L, consumer.endOffsets(List.of(partition)).get(partition));
    }
  }
}
