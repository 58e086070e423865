package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fifty megabytes of real text through kcat, out of a Java consumer group, over a kill -9. */
@EnabledIf(
    value = "io.gofka.system.Kcat#isInstalled",
    disabledReason = "kcat is not installed (apt-get install kcat)")
class RealDataIT {
  private static DataSet data;

  @BeforeAll
  static void collect() throws IOException {
    data = DataSet.collect();
    assertTrue(data.bytes() >= 50_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void textComesOutByteForByteAcrossAKill(String codec) {
    String topic = "text-" + codec;
    var partition = new TopicPartition(topic, 0);
    MessageDigest digest = DataSet.sha256();
    try (Broker broker = Broker.create(BrokerSettings.named("real-data-" + codec))) {
      broker.start();
      Kcat.run(
          broker.bootstrap(),
          data.file(),
          "-P",
          "-t",
          topic,
          "-p",
          "0",
          "-z",
          codec,
          "-D",
          DataSet.DELIMITER,
          "-X",
          "acks=all",
          "-X",
          "enable.idempotence=true");

      long next;
      try (var consumer = member(broker, topic)) {
        next = consume(consumer, digest, 0, data.paragraphs() / 2);
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(next)));
        // Read, but not committed: the next member has to see these again.
        consume(consumer, DataSet.sha256(), next, 10);
        broker.kill();
      }
      broker.start();

      try (var consumer = member(broker, topic)) {
        assertEquals(
            next, consumer.committed(Set.of(partition)).get(partition).offset(), "committed");
        long end = consume(consumer, digest, next, data.paragraphs() - (int) next);
        assertEquals(data.paragraphs(), end);
        assertEquals(end, consumer.endOffsets(List.of(partition)).get(partition));
      }
    }
    assertArrayEquals(data.digest(), digest.digest(), "SHA-256 of what came out");
  }

  private static Consumer<byte[], byte[]> member(Broker broker, String topic) {
    var consumer =
        KafkaClients.bytesConsumer(
            broker.bootstrap(),
            Map.of(
                "group.id", "readers", "max.poll.records", "2000", "session.timeout.ms", "6000"));
    consumer.subscribe(List.of(topic));
    return consumer;
  }

  /** Reads at least {@code count} records from {@code from} on; gives the offset after the last. */
  private static long consume(
      Consumer<byte[], byte[]> consumer, MessageDigest digest, long from, int count) {
    long next = from;
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (next < from + count) {
      assertTrue(System.nanoTime() < deadline, "records come in time");
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        assertEquals(next++, record.offset());
        digest.update(record.value());
        digest.update(KafkaClients.bytes(DataSet.DELIMITER));
      }
    }
    return next;
  }
}
