package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.bytes;
import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.producer;
import static io.gofka.system.KafkaClients.read;
import static io.gofka.system.KafkaClients.readAll;
import static io.gofka.system.KafkaClients.send;
import static io.gofka.system.KafkaClients.values;
import static io.gofka.system.KafkaClients.valuesOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a producer of the newest Kafka line may expect. */
@SuppressWarnings("FutureReturnValueIgnored") // A flush or close waits for what was sent.
class ProducerIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(BrokerSettings.named("producer").with("num.partitions", "3"));

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

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void everyCodecComesBackAsItWasSent(String codec) throws Exception {
    TopicPartition partition = createTopic(admin, fresh("codec-" + codec));
    List<String> sent = values("a value worth compressing, number ", 5_000);

    try (var producer = producer(bootstrap, Map.of("compression.type", codec))) {
      send(producer, partition, sent);
    }

    var records = readAll(bootstrap, partition, sent.size());
    assertEquals(sent, valuesOf(records));
    for (int i = 0; i < records.size(); i++) {
      assertEquals(i, records.get(i).offset());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "uncompressed"})
  void topicsOwnCompressionTypeDoesNotChangeWhatConsumersSee(String topicCodec) throws Exception {
    TopicPartition partition =
        createTopic(admin, fresh("recode"), 1, Map.of("compression.type", topicCodec));
    List<String> sent = values("recoded ", 500);

    try (var producer = producer(bootstrap, Map.of("compression.type", "lz4"))) {
      send(producer, partition, sent);
    }

    assertEquals(sent, valuesOf(readAll(bootstrap, partition, sent.size())));
  }

  @ParameterizedTest
  @CsvSource({"all,true", "all,false", "1,false"})
  void acknowledgedRecordsHaveTheOffsetsTheMetadataNames(String acks, String idempotent)
      throws Exception {
    TopicPartition partition = createTopic(admin, fresh("acks"));
    var settings = Map.of("acks", acks, "enable.idempotence", idempotent, "linger.ms", "2");
    var sent = new ArrayList<Future<RecordMetadata>>();

    try (var producer = producer(bootstrap, settings)) {
      for (int i = 0; i < 2_000; i++) {
        sent.add(producer.send(new ProducerRecord<>(partition.topic(), 0, "k" + i, "v" + i)));
      }
    }

    var records = readAll(bootstrap, partition, sent.size());
    for (int i = 0; i < sent.size(); i++) {
      var record = records.get((int) sent.get(i).get().offset());
      assertEquals("k" + i, record.key());
      assertEquals("v" + i, record.value());
    }
  }

  @Test
  void recordsSentWithoutAcknowledgementArriveInOrder() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("acks-0"));
    List<String> sent = values("fire and forget ", 2_000);

    try (var producer = producer(bootstrap, Map.of("acks", "0", "enable.idempotence", "false"))) {
      send(producer, partition, sent);
    }

    assertEquals(sent, valuesOf(readAll(bootstrap, partition, sent.size())));
  }

  @Test
  void batchOfAlmostAMegabyteIsTakenAndOneBeyondTheTopicsLimitIsRefused() throws Exception {
    TopicPartition partition =
        createTopic(admin, fresh("big"), 1, Map.of("max.message.bytes", "900000"));
    var settings =
        Map.of("max.request.size", "10000000", "batch.size", "800000", "linger.ms", "20");
    byte[] big = new byte[850_000];
    new Random(7).nextBytes(big);

    try (var producer = KafkaClients.bytesProducer(bootstrap, settings)) {
      producer.send(new ProducerRecord<>(partition.topic(), 0, null, big)).get();
      var refused =
          producer.send(new ProducerRecord<>(partition.topic(), 0, null, new byte[1_000_000]));
      var failure =
          assertThrows(
              ExecutionException.class, () -> refused.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
      assertInstanceOf(RecordTooLargeException.class, failure.getCause());
      // The connection and the producer's sequence survive the refusal.
      producer.send(new ProducerRecord<>(partition.topic(), 0, null, bytes("after"))).get();
    }

    try (var consumer = KafkaClients.bytesConsumer(bootstrap, Map.of())) {
      consumer.assign(List.of(partition));
      var records = read(consumer, 2);
      assertArrayEquals(big, records.get(0).value());
      assertArrayEquals(bytes("after"), records.get(1).value());
    }
  }

  @Test
  void batchTooLargeForTheTopicIsSplitByTheProducerAndArrivesWhole() throws Exception {
    TopicPartition partition =
        createTopic(admin, fresh("split"), 1, Map.of("max.message.bytes", "20000"));
    List<String> sent = values("x".repeat(1_000), 200);

    try (var producer = producer(bootstrap, Map.of("batch.size", "120000", "linger.ms", "50"))) {
      send(producer, partition, sent);
    }

    assertEquals(sent, valuesOf(readAll(bootstrap, partition, sent.size())));
  }

  @Test
  void headersKeysNullsAndTimestampsAreKept() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("headers"));
    long timestampMs = System.currentTimeMillis() - 86_400_000;
    List<org.apache.kafka.common.header.Header> headers =
        List.of(
            new RecordHeader("twice", bytes("1")),
            new RecordHeader("twice", bytes("2")),
            new RecordHeader("null", (byte[]) null),
            new RecordHeader("ключ", new byte[0]));

    try (var producer = producer(bootstrap, Map.of())) {
      producer
          .send(new ProducerRecord<>(partition.topic(), 0, timestampMs, "key", "value", headers))
          .get();
      producer
          .send(
              new ProducerRecord<String, String>(
                  partition.topic(), 0, (Long) timestampMs, null, null))
          .get();
    }

    var records = readAll(bootstrap, partition, 2);
    var first = records.get(0);
    assertEquals("key", first.key());
    assertEquals(timestampMs, first.timestamp());
    assertEquals(TimestampType.CREATE_TIME, first.timestampType());
    assertEquals(headers, Arrays.asList(first.headers().toArray()));
    assertNull(records.get(1).key());
    assertNull(records.get(1).value());
  }

  @Test
  void appendTimeReplacesTheProducersTimestampWhereTheTopicAsksForIt() throws Exception {
    TopicPartition partition =
        createTopic(
            admin, fresh("append-time"), 1, Map.of("message.timestamp.type", "LogAppendTime"));
    long before = System.currentTimeMillis();
    long told;

    try (var producer = producer(bootstrap, Map.of("compression.type", "zstd"))) {
      told =
          producer
              .send(new ProducerRecord<>(partition.topic(), 0, 1_000L, "k", "v"))
              .get()
              .timestamp();
    }

    long after = System.currentTimeMillis();
    var record = readAll(bootstrap, partition, 1).get(0);
    assertEquals(TimestampType.LOG_APPEND_TIME, record.timestampType());
    assertTrue(record.timestamp() >= before && record.timestamp() <= after);
    assertEquals(record.timestamp(), told);
  }

  @Test
  void timestampFartherFromNowThanTheTopicAllowsIsRefused() throws Exception {
    TopicPartition partition =
        createTopic(admin, fresh("early"), 1, Map.of("message.timestamp.before.max.ms", "3600000"));
    long twoHoursAgo = System.currentTimeMillis() - 7_200_000;

    try (var producer = producer(bootstrap, Map.of())) {
      var refused =
          producer.send(new ProducerRecord<>(partition.topic(), 0, twoHoursAgo, "k", "v"));
      var failure = assertThrows(ExecutionException.class, refused::get);
      assertInstanceOf(InvalidTimestampException.class, failure.getCause());
    }
  }

  @Test
  void sendingToAnUnknownTopicCreatesItWithTheDefaultNumberOfPartitions() throws Exception {
    String topic = fresh("made-by-producer");

    try (var producer = producer(bootstrap, Map.of())) {
      producer.send(new ProducerRecord<>(topic, "k", "v")).get();
      assertEquals(3, producer.partitionsFor(topic).size());
    }
  }

  @Test
  void topicNameThatKafkaForbidsIsRefused() {
    try (var producer = producer(bootstrap, Map.of("max.block.ms", "5000"))) {
      var failure =
          assertThrows(
              ExecutionException.class,
              () -> producer.send(new ProducerRecord<>("no spaces/please", "v")).get());
      assertInstanceOf(InvalidTopicException.class, failure.getCause());
    }
  }

  @Test
  void keysSpreadOverPartitionsAndEachPartitionKeepsItsOrder() throws Exception {
    String topic = fresh("spread");
    createTopic(admin, topic, 8, Map.of());
    try (var producer = producer(bootstrap, Map.of("linger.ms", "5"))) {
      for (int i = 0; i < 4_000; i++) {
        producer.send(new ProducerRecord<>(topic, "key-" + i % 100, Integer.toString(i)));
      }
    }

    try (var consumer = KafkaClients.consumer(bootstrap, Map.of())) {
      var partitions = new ArrayList<TopicPartition>();
      for (int p = 0; p < 8; p++) {
        partitions.add(new TopicPartition(topic, p));
      }
      consumer.assign(partitions);
      int[] last = new int[100];
      Arrays.fill(last, -1);
      var used = new java.util.TreeSet<Integer>();
      for (var record : read(consumer, 4_000)) {
        int value = Integer.parseInt(record.value());
        assertTrue(value > last[value % 100], "order within a key");
        last[value % 100] = value;
        used.add(record.partition());
      }
      assertEquals(8, used.size());
    }
  }

  @Test
  void partitionsAddedLaterAreFoundByARunningProducer() throws Exception {
    String topic = fresh("growing");
    createTopic(admin, topic, 1, Map.of());
    try (var producer = producer(bootstrap, Map.of("metadata.max.age.ms", "200"))) {
      producer.send(new ProducerRecord<>(topic, 0, "k", "v")).get();

      KafkaClients.get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all());

      assertEquals(0, producer.send(new ProducerRecord<>(topic, 1, "k", "v")).get().offset());
    }
  }

  @Test
  void partitionThatDoesNotExistIsNeverSentTo() throws Exception {
    String topic = fresh("single");
    createTopic(admin, topic, 1, Map.of());
    try (var producer = producer(bootstrap, Map.of("max.block.ms", "500"))) {
      var failure =
          assertThrows(
              ExecutionException.class,
              () -> producer.send(new ProducerRecord<>(topic, 5, "k", "v")).get());
      assertInstanceOf(TimeoutException.class, failure.getCause());
    }
  }

  @Test
  void severalProducersOnOnePartitionLoseAndRepeatNothing() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("several"));
    var producers = new ArrayList<Producer<String, String>>();
    for (int p = 0; p < 4; p++) {
      String codec = KafkaClients.CODECS.get(p + 1);
      producers.add(producer(bootstrap, Map.of("compression.type", codec, "linger.ms", "1")));
    }
    for (int i = 0; i < 1_000; i++) {
      for (int p = 0; p < producers.size(); p++) {
        producers.get(p).send(new ProducerRecord<>(partition.topic(), 0, "" + p, "" + i));
      }
    }
    producers.forEach(Producer::close);

    int[] next = new int[producers.size()];
    for (var record : readAll(bootstrap, partition, 4_000)) {
      int who = Integer.parseInt(record.key());
      assertEquals(next[who]++, Integer.parseInt(record.value()), "in order, from producer " + who);
    }
  }
}
