package io.gofka.bench;

import io.gofka.system.process.Broker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What a crash costs: 2 GB in one partition, kill -9, and the time from the start of the process
 * until the last record is fetched.
 */
final class RecoveryRound {
  private static final Measure RECOVERY =
      Measure.atMost("Recovery after kill -9 with 2 GB in one partition", "ms", 0.5);
  private static final TopicPartition PARTITION = new TopicPartition("recovery", 0);
  private static final int RECORD_BYTES = 1_024;
  private static final long RECORDS = 2_000_000;

  private RecoveryRound() {}

  static Map<Measure, Double> run(Broker fresh) throws Exception {
    try (Broker broker = fresh) {
      broker.prepare();
      broker.launch();
      FirstAnswer.await(broker.port());
      fill(broker);
      broker.kill();
      long begin = System.nanoTime();
      broker.launch();
      FirstAnswer.await(broker.port());
      fetchLast(broker);
      return Map.of(RECOVERY, (System.nanoTime() - begin) / 1e6);
    }
  }

  private static void fill(Broker broker) throws Exception {
    Map<String, Object> address = Map.of("bootstrap.servers", broker.bootstrap());
    try (Admin admin = Admin.create(address)) {
      admin.createTopics(List.of(new NewTopic(PARTITION.topic(), 1, (short) 1))).all().get();
    }
    Map<String, Object> settings =
        Map.of("bootstrap.servers", broker.bootstrap(), "batch.size", 262_144, "linger.ms", 5);
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      byte[] value = new byte[RECORD_BYTES];
      for (long i = 0; i < RECORDS; i++) {
        send(producer, new ProducerRecord<>(PARTITION.topic(), 0, null, value));
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // What is missing shows when the last is fetched.
  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    producer.send(record);
  }

  private static void fetchLast(Broker broker) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", broker.bootstrap(), "retry.backoff.ms", 10);
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(PARTITION));
      consumer.seek(PARTITION, RECORDS - 1);
      long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      while (consumer.poll(Duration.ofMillis(100)).isEmpty()) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("the last record is gone");
        }
      }
    }
  }
}
