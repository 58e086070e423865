package io.gofka.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What the clients do: unmodified clients of the newest line, in this JVM. */
final class Load {
  private static final int RECORD_BYTES = 1_024;
  private static final int PAYLOADS = 1_000;
  private static final List<String> WORDS =
      List.of(
          "\"customer\":",
          "\"order\":",
          "\"amount\":",
          "\"currency\":\"EUR\",",
          "\"state\":",
          "shipped ",
          "waiting ",
          "returned ",
          "street ",
          "north ",
          "south ",
          "article ");
  private static final int PARTITIONS = 4;
  private static final int RATE_PER_SECOND = 1_000;
  private static final long LIMIT_NANOS = Duration.ofMinutes(2).toNanos();

  private final String bootstrap;
  private final byte[][] payloads = new byte[PAYLOADS][];

  Load(String bootstrap) {
    this.bootstrap = bootstrap;
    var random = new Random(1);
    for (int i = 0; i < PAYLOADS; i++) {
      payloads[i] = text(random);
    }
  }

  /** Words of a small vocabulary and numbers: codecs make about a third of it. */
  private static byte[] text(Random random) {
    var text = new StringBuilder(RECORD_BYTES + WORDS.get(0).length());
    while (text.length() < RECORD_BYTES) {
      text.append(WORDS.get(random.nextInt(WORDS.size()))).append(random.nextInt(10_000));
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), RECORD_BYTES);
  }

  /** Returns when its partitions are led: a producer that comes earlier may never get through. */
  void createTopic(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
      var latest = new HashMap<TopicPartition, OffsetSpec>();
      partitions(topic).forEach(partition -> latest.put(partition, OffsetSpec.latest()));
      long start = System.nanoTime();
      while (!isServed(admin, latest)) {
        if (System.nanoTime() - start > LIMIT_NANOS) {
          throw new IllegalStateException("topic " + topic + " was created and is not there");
        }
      }
    }
  }

  /** Apache Kafka's broker hears of a topic after its controller has answered. */
  private static boolean isServed(Admin admin, Map<TopicPartition, OffsetSpec> partitions)
      throws Exception {
    try {
      admin.listOffsets(partitions).all().get();
      return true;
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw failure;
    }
  }

  void deleteTopic(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  /** As fast as it goes, acks=all; so many bytes before compression. */
  void produce(String topic, long bytes, int batchBytes, String codec) {
    var settings =
        Map.<String, Object>of(
            "compression.type",
            codec,
            "batch.size",
            batchBytes,
            "linger.ms",
            20,
            "max.request.size",
            4 * 1024 * 1024,
            "buffer.memory",
            64 * 1024 * 1024);
    var failure = new AtomicReference<Exception>();
    try (var producer = producer(settings)) {
      for (long sent = 0; sent < bytes; sent += RECORD_BYTES) {
        int next = (int) (sent / RECORD_BYTES % payloads.length);
        send(producer, new ProducerRecord<>(topic, payloads[next]), failure);
      }
    }
    check(failure);
  }

  /** Reads all of a topic. */
  void consume(String topic, long bytes) {
    consume(topic, bytes, Map.of("max.poll.records", 10_000));
  }

  /** Reads all of a topic with as many requests as it has batches, roughly. */
  void consumeBitByBit(String topic, long bytes) {
    consume(
        topic,
        bytes,
        Map.of(
            "max.poll.records",
            10_000,
            "max.partition.fetch.bytes",
            16_384,
            "fetch.max.bytes",
            65_536));
  }

  private void consume(String topic, long bytes, Map<String, Object> settings) {
    try (var consumer = consumer(settings)) {
      List<TopicPartition> partitions = partitions(topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + LIMIT_NANOS;
      for (long read = 0; read < bytes; ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          read += record.value().length;
        }
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("only " + read + " bytes came");
        }
      }
    }
  }

  /**
   * One producer and one consumer at a steady rate.
   *
   * @return from the call of send to the return of poll, in nanoseconds, sorted, without the first
   *     {@code warmUpSeconds}
   */
  long[] latencies(String topic, String acks, int warmUpSeconds, int seconds) throws Exception {
    int count = (warmUpSeconds + seconds) * RATE_PER_SECOND;
    var ready = new CountDownLatch(1);
    var failure = new AtomicReference<Exception>();
    long[] taken = new long[count];
    var reader =
        new Thread(
            () -> {
              try {
                readLatencies(topic, taken, ready);
              } catch (RuntimeException e) {
                failure.set(e);
                ready.countDown();
              }
            });
    reader.start();
    ready.await();
    try (var producer =
        producer(
            Map.of(
                "acks",
                acks,
                "enable.idempotence",
                Boolean.toString("all".equals(acks)),
                "linger.ms",
                0))) {
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        long due = start + i * (1_000_000_000L / RATE_PER_SECOND);
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        byte[] value = payloads[i % PAYLOADS].clone();
        ByteBuffer.wrap(value).putInt(i).putLong(System.nanoTime());
        send(producer, new ProducerRecord<>(topic, value), failure);
      }
    }
    reader.join();
    check(failure);
    long[] measured = Arrays.copyOfRange(taken, warmUpSeconds * RATE_PER_SECOND, count);
    Arrays.sort(measured);
    return measured;
  }

  private void readLatencies(String topic, long[] taken, CountDownLatch ready) {
    try (var consumer = consumer(Map.of())) {
      List<TopicPartition> partitions = partitions(topic);
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      ready.countDown();
      long deadline = System.nanoTime() + LIMIT_NANOS;
      for (int read = 0; read < taken.length; ) {
        var records = consumer.poll(Duration.ofMillis(100));
        long now = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> record : records) {
          ByteBuffer value = ByteBuffer.wrap(record.value());
          taken[value.getInt()] = now - value.getLong();
          read++;
        }
        if (now > deadline) {
          throw new IllegalStateException("only " + read + " of " + taken.length + " came");
        }
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of failures.
  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      ProducerRecord<byte[], byte[]> record,
      AtomicReference<Exception> failure) {
    producer.send(
        record,
        (metadata, refused) -> {
          if (refused != null) {
            failure.set(refused);
          }
        });
  }

  private static void check(AtomicReference<Exception> failure) {
    if (failure.get() != null) {
      throw new IllegalStateException("the load failed", failure.get());
    }
  }

  private static List<TopicPartition> partitions(String topic) {
    var partitions = new ArrayList<TopicPartition>();
    for (int p = 0; p < PARTITIONS; p++) {
      partitions.add(new TopicPartition(topic, p));
    }
    return partitions;
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    return new KafkaProducer<>(
        with(settings), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(
        with(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> with(Map<String, Object> settings) {
    var all = new HashMap<>(settings);
    all.put("bootstrap.servers", bootstrap);
    return all;
  }
}
