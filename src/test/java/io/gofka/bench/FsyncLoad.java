package io.gofka.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Producers that want every record on disk before they hear of it: unmodified clients of the newest
 * line, acks=all, idempotent, 1 KB records, no lingering. Each of them has at most {@code inFlight}
 * records without an answer; with 1 it waits for each.
 */
final class FsyncLoad implements AutoCloseable {
  private static final int RECORD_BYTES = 1_024;

  private final List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
  private final byte[] payload = new byte[RECORD_BYTES];
  private final String topic;
  private final int inFlight;

  FsyncLoad(String bootstrap, String topic, int producerCount, int inFlight) {
    this.topic = topic;
    this.inFlight = inFlight;
    new Random(1).nextBytes(payload);
    var settings = new HashMap<String, Object>();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("acks", "all");
    settings.put("linger.ms", 0);
    settings.put("buffer.memory", 8 * 1024 * 1024);
    for (int i = 0; i < producerCount; i++) {
      producers.add(
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }
  }

  static void createTopic(
      String bootstrap, String topic, int partitions, Map<String, String> configs)
      throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      NewTopic created = new NewTopic(topic, partitions, (short) 1).configs(configs);
      admin.createTopics(List.of(created)).all().get();
    }
  }

  /** Records that were acknowledged per second. */
  double run(int seconds) throws InterruptedException {
    var acknowledged = new LongAdder();
    var failure = new AtomicReference<Exception>();
    long begin = System.nanoTime();
    long end = begin + seconds * 1_000_000_000L;
    var threads = new ArrayList<Thread>();
    for (KafkaProducer<byte[], byte[]> producer : producers) {
      var thread = new Thread(() -> produce(producer, end, acknowledged, failure));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new IllegalStateException("the load failed", failure.get());
    }
    return acknowledged.sum() * 1e9 / (System.nanoTime() - begin);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of failures.
  private void produce(
      KafkaProducer<byte[], byte[]> producer,
      long end,
      LongAdder acknowledged,
      AtomicReference<Exception> failure) {
    var free = new Semaphore(inFlight);
    while (System.nanoTime() < end && failure.get() == null) {
      free.acquireUninterruptibly();
      producer.send(
          new ProducerRecord<>(topic, payload),
          (metadata, refused) -> {
            if (refused == null) {
              acknowledged.increment();
            } else {
              failure.set(refused);
            }
            free.release();
          });
    }
    free.acquireUninterruptibly(inFlight);
  }

  @Override
  public void close() {
    producers.forEach(KafkaProducer::close);
  }
}
