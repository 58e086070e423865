package io.gofka.system;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of this Kafka line, as the tests want them: short timeouts, plain types. */
final class KafkaClients {
  static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final AtomicInteger NEXT_NAME = new AtomicInteger();

  private KafkaClients() {}

  /** A topic or group name nobody has used. */
  static String fresh(String prefix) {
    return prefix + "-" + NEXT_NAME.incrementAndGet();
  }

  static Admin admin(String bootstrap) {
    return Admin.create(
        Map.of(
            "bootstrap.servers", bootstrap,
            "request.timeout.ms", "20000",
            "default.api.timeout.ms", "30000"));
  }

  static Producer<String, String> producer(String bootstrap, Map<String, String> settings) {
    return new KafkaProducer<>(
        common(bootstrap, settings), new StringSerializer(), new StringSerializer());
  }

  static Producer<byte[], byte[]> bytesProducer(String bootstrap, Map<String, String> settings) {
    return new KafkaProducer<>(
        common(bootstrap, settings), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** A consumer that starts at the earliest record and commits only when told to. */
  static Consumer<String, String> consumer(String bootstrap, Map<String, String> settings) {
    return new KafkaConsumer<>(
        consumerSettings(bootstrap, settings), new StringDeserializer(), new StringDeserializer());
  }

  static Consumer<byte[], byte[]> bytesConsumer(String bootstrap, Map<String, String> settings) {
    return new KafkaConsumer<>(
        consumerSettings(bootstrap, settings),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static Map<String, Object> consumerSettings(
      String bootstrap, Map<String, String> settings) {
    var all = common(bootstrap, Map.of());
    all.put("auto.offset.reset", "earliest");
    all.put("enable.auto.commit", "false");
    all.putAll(settings);
    return all;
  }

  private static Map<String, Object> common(String bootstrap, Map<String, String> settings) {
    var all = new HashMap<String, Object>();
    all.put("bootstrap.servers", bootstrap);
    all.put("reconnect.backoff.max.ms", "200");
    all.putAll(settings);
    return all;
  }

  /** Creates a topic with one replica. */
  static TopicPartition createTopic(
      Admin admin, String topic, int partitions, Map<String, String> configs) throws Exception {
    var newTopic = new NewTopic(topic, partitions, (short) 1).configs(configs);
    get(admin.createTopics(List.of(newTopic)).all());
    if (Broker.testsApacheKafka()) {
      awaitLeadership(admin, topic, partitions);
    }
    return new TopicPartition(topic, 0);
  }

  /** Apache Kafka says that a topic is there before its broker leads the partitions. */
  private static void awaitLeadership(Admin admin, String topic, int partitions) {
    var ends = new HashMap<TopicPartition, OffsetSpec>();
    for (int p = 0; p < partitions; p++) {
      ends.put(new TopicPartition(topic, p), OffsetSpec.latest());
    }
    Await.until(topic + " is led", LIMIT, () -> get(admin.listOffsets(ends).all()) != null);
  }

  static TopicPartition createTopic(Admin admin, String topic) throws Exception {
    return createTopic(admin, topic, 1, Map.of());
  }

  static <T> T get(KafkaFuture<T> future) throws Exception {
    return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** The failure of a future that must not succeed. */
  static Throwable failureOf(KafkaFuture<?> future) throws Exception {
    try {
      throw new AssertionError("succeeded with " + get(future));
    } catch (ExecutionException failed) {
      return failed.getCause();
    }
  }

  /** Sends values in order, without keys, to partition 0 and waits until all are acknowledged. */
  static void send(Producer<String, String> producer, TopicPartition to, List<String> values)
      throws Exception {
    var pending = new ArrayList<java.util.concurrent.Future<?>>();
    for (String value : values) {
      pending.add(producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, value)));
    }
    producer.flush();
    for (var sent : pending) {
      sent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Sends values with a producer of its own. */
  static void send(String bootstrap, TopicPartition to, List<String> values) throws Exception {
    try (var producer = producer(bootstrap, Map.of())) {
      send(producer, to, values);
    }
  }

  /** {@code prefix0, prefix1, …}. */
  static List<String> values(String prefix, int count) {
    var values = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      values.add(prefix + i);
    }
    return values;
  }

  /** Polls until {@code count} records have come. */
  static <K, V> List<ConsumerRecord<K, V>> read(Consumer<K, V> consumer, int count) {
    var records = new ArrayList<ConsumerRecord<K, V>>(count);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (records.size() < count) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("only " + records.size() + " of " + count + " records came");
      }
      consumer.poll(POLL).forEach(records::add);
    }
    return records;
  }

  /** Reads a partition from its start with a consumer of its own. */
  static List<ConsumerRecord<String, String>> readAll(
      String bootstrap, TopicPartition from, int count) {
    try (var consumer = consumer(bootstrap, Map.of())) {
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      return read(consumer, count);
    }
  }

  static <K, V> List<V> valuesOf(Collection<ConsumerRecord<K, V>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
