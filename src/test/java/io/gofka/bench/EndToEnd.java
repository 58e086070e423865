package io.gofka.bench;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Time from {@code send} to {@code poll} at a fixed rate. A record carries the moment at which it
 * was due, so that a stall counts for all records that it held up.
 */
final class EndToEnd {
  private static final int RATE = 1_000;
  private static final int WARM_UP_RECORDS = 5 * RATE;
  private static final int RECORDS = 10 * RATE;
  private static final int RECORD_BYTES = 1024;

  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;

  EndToEnd(
      String topic,
      KafkaProducer<byte[], byte[]> producer,
      KafkaConsumer<byte[], byte[]> consumer) {
    this.topic = topic;
    this.producer = producer;
    this.consumer = consumer;
  }

  double p99Ms() throws InterruptedException {
    long[] tookNs = new long[WARM_UP_RECORDS + RECORDS];
    Thread sender = new Thread(() -> send(tookNs.length), "sender");
    sender.start();
    int read = 0;
    while (read < tookNs.length) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
        tookNs[read++] = System.nanoTime() - ByteBuffer.wrap(record.value()).getLong();
      }
    }
    sender.join();
    long[] counted = Arrays.copyOfRange(tookNs, WARM_UP_RECORDS, tookNs.length);
    Arrays.sort(counted);
    return counted[counted.length * 99 / 100] / 1e6;
  }

  private void send(int records) {
    long began = System.nanoTime();
    for (int i = 0; i < records; i++) {
      long dueNs = began + i * TimeUnit.SECONDS.toNanos(1) / RATE;
      while (System.nanoTime() < dueNs) {
        LockSupport.parkNanos(dueNs - System.nanoTime());
      }
      ByteBuffer value = ByteBuffer.allocate(RECORD_BYTES).putLong(dueNs);
      producer.send(new ProducerRecord<>(topic, 0, null, value.array()));
    }
  }
}
