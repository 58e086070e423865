package io.gofka.system;

import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.failureOf;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.get;
import static io.gofka.system.KafkaClients.send;
import static io.gofka.system.KafkaClients.values;
import static io.gofka.system.KafkaClients.valuesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the Admin client asks of partitions' logs, and of the cluster as a whole. */
@SuppressWarnings("FutureReturnValueIgnored") // A flush or close waits for what was sent.
class RecordsAdminIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(
          BrokerSettings.named("records-admin").with("log.retention.check.interval.ms", "500"));

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

  private static ListOffsetsResultInfo offset(TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return get(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition));
  }

  @Test
  void listedOffsetsAreEarliestLatestByTimeAndOfTheNewestTimestamp() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("offsets"));
    long baseMs = System.currentTimeMillis() - 100_000;
    try (var producer = KafkaClients.producer(bootstrap, Map.of())) {
      long[] times = {baseMs, baseMs + 50_000, baseMs + 10_000};
      for (long time : times) {
        producer.send(new ProducerRecord<>(partition.topic(), 0, time, "k", "v")).get();
      }
    }

    assertEquals(0, offset(partition, OffsetSpec.earliest()).offset());
    assertEquals(3, offset(partition, OffsetSpec.latest()).offset());
    assertEquals(1, offset(partition, OffsetSpec.forTimestamp(baseMs + 1)).offset());
    assertEquals(-1, offset(partition, OffsetSpec.forTimestamp(baseMs + 50_001)).offset());
    var newest = offset(partition, OffsetSpec.maxTimestamp());
    assertEquals(1, newest.offset());
    assertEquals(baseMs + 50_000, newest.timestamp());
    assertEquals(0, offset(partition, OffsetSpec.earliestLocal()).offset());
  }

  @Test
  void emptyPartitionHasNoNewestTimestamp() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("empty"));
    assertEquals(-1, offset(partition, OffsetSpec.maxTimestamp()).offset());
    assertEquals(-1, offset(partition, OffsetSpec.forTimestamp(0)).offset());
    assertEquals(0, offset(partition, OffsetSpec.latest()).offset());
  }

  @Test
  void unknownPartitionHasNoOffsets() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("offsets"));
    var unknown = new TopicPartition(partition.topic(), 7);
    var quick = new org.apache.kafka.clients.admin.ListOffsetsOptions().timeoutMs(2_000);
    var failure = failureOf(admin.listOffsets(Map.of(unknown, OffsetSpec.latest()), quick).all());
    assertTrue(
        failure instanceof UnknownTopicOrPartitionException
            || failure instanceof org.apache.kafka.common.errors.TimeoutException,
        () -> "" + failure);
  }

  @Test
  void deletedRecordsAreGoneAndTheLogStartsBehindThem() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("delete"));
    send(bootstrap, partition, values("v", 100));

    var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(40)));
    assertEquals(40, get(deleted.lowWatermarks().get(partition)).lowWatermark());

    assertEquals(40, offset(partition, OffsetSpec.earliest()).offset());
    var records = KafkaClients.readAll(bootstrap, partition, 60);
    assertEquals(values("v", 100).subList(40, 100), valuesOf(records));
    // -1 means everything there is; a smaller offset than the start changes nothing.
    get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all());
    assertEquals(100, offset(partition, OffsetSpec.earliest()).offset());
    var again = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(10)));
    assertEquals(100, get(again.lowWatermarks().get(partition)).lowWatermark());
  }

  @Test
  void recordsBeyondTheEndCannotBeDeleted() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("delete"));
    assertInstanceOf(
        OffsetOutOfRangeException.class,
        failureOf(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all()));
  }

  @Test
  void logDirsShowWhatPartitionsTake() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("dirs"));
    send(bootstrap, partition, List.of("x".repeat(100_000)));
    int broker = get(admin.describeCluster().nodes()).iterator().next().id();

    var dirs = get(admin.describeLogDirs(List.of(broker)).allDescriptions()).get(broker);
    assertEquals(1, dirs.size());
    var dir = dirs.values().iterator().next();
    assertEquals(null, dir.error());
    var replica = dir.replicaInfos().get(partition);
    assertNotNull(replica);
    assertTrue(replica.size() > 100_000 && replica.size() < 101_000, "size " + replica.size());
    assertEquals(0, replica.offsetLag());
    assertTrue(dir.totalBytes().getAsLong() > dir.usableBytes().getAsLong());
  }

  @Test
  void retentionBySizeRemovesOldSegments() throws Exception {
    TopicPartition partition =
        createTopic(
            admin,
            fresh("retention"),
            1,
            Map.of(
                "segment.bytes", "1048576",
                "retention.bytes", "1048576",
                "file.delete.delay.ms", "0"));
    try (var producer = KafkaClients.producer(bootstrap, Map.of("compression.type", "none"))) {
      for (int i = 0; i < 400; i++) {
        producer.send(new ProducerRecord<>(partition.topic(), 0, null, "x".repeat(10_000)));
      }
    }
    Await.until(
        "the log starts later",
        KafkaClients.LIMIT,
        () -> offset(partition, OffsetSpec.earliest()).offset() > 0);
    long start = offset(partition, OffsetSpec.earliest()).offset();
    var left = KafkaClients.readAll(bootstrap, partition, (int) (400 - start));
    assertEquals(start, left.get(0).offset());
    assertTrue(left.size() >= 100, "what the limit allows is kept: " + left.size());
  }

  @Test
  void retentionByTimeRemovesSegmentsOfOldRecords() throws Exception {
    TopicPartition partition =
        createTopic(admin, fresh("retention"), 1, Map.of("retention.ms", "3600000"));
    long hourAgoMs = System.currentTimeMillis() - 7_200_000;
    try (var producer = KafkaClients.producer(bootstrap, Map.of())) {
      producer.send(new ProducerRecord<>(partition.topic(), 0, hourAgoMs, "k", "old")).get();
    }
    // The active segment goes too, once all in it is too old.
    Await.until(
        "the old record is gone",
        KafkaClients.LIMIT,
        () -> offset(partition, OffsetSpec.earliest()).offset() == 1);
    send(bootstrap, partition, List.of("new"));
    assertEquals(1, KafkaClients.readAll(bootstrap, partition, 1).get(0).offset());
  }

  @Test
  void clusterIsDescribed() throws Exception {
    var cluster = admin.describeCluster();
    assertEquals(1, get(cluster.nodes()).size());
    assertEquals(FIXTURE.broker().port(), get(cluster.nodes()).iterator().next().port());
    assertNotNull(get(cluster.clusterId()));
    assertEquals(get(cluster.nodes()).iterator().next().id(), get(cluster.controller()).id());
  }
}
