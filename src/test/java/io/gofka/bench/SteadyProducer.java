package io.gofka.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer that sends 1,000 records of 1 KB per second, to all partitions in turn, until it is
 * closed, and remembers how long each took to be acknowledged.
 */
final class SteadyProducer implements AutoCloseable {
  private static final int RECORD_BYTES = 1_024;
  private static final long INTERVAL_NANOS = 1_000_000;

  /** Of half an hour. */
  private static final int MAX_RECORDS = 1_800_000;

  private final Map<String, Object> settings;
  private final String topic;
  private final long[] took = new long[MAX_RECORDS];
  private final AtomicInteger errors = new AtomicInteger();
  private final Thread thread;
  private volatile boolean ended;
  private volatile int sent;

  /** One at its default settings. */
  SteadyProducer(String bootstrap, String topic) {
    this(bootstrap, topic, Map.of());
  }

  SteadyProducer(String bootstrap, String topic, Map<String, Object> settings) {
    this.settings = new HashMap<>(settings);
    this.settings.put("bootstrap.servers", bootstrap);
    this.topic = topic;
    this.thread = new Thread(this::produce, "steady producer");
    thread.start();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of every record.
  private void produce() {
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      long start = System.nanoTime();
      while (!ended && sent < MAX_RECORDS) {
        int record = sent;
        long due = start + record * INTERVAL_NANOS;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        int partition = record % ReplicatedTopic.NODES;
        producer.send(
            new ProducerRecord<>(topic, partition, null, new byte[RECORD_BYTES]),
            (metadata, failure) -> {
              // From when it was due: what a stalled client sends late has waited, too.
              took[record] = System.nanoTime() - due;
              if (failure != null) {
                errors.incrementAndGet();
                System.err.println("record " + record + ": " + failure);
              }
            });
        sent = record + 1;
      }
    }
  }

  /** Records that were sent so far. */
  int sent() {
    return sent;
  }

  /** Records that were given up. */
  int errors() {
    return errors.get();
  }

  /** Ends, and waits until all is acknowledged. */
  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the producer ended", e);
    }
  }

  /** After the end: times in nanoseconds, sorted, of all records from the given one on. */
  long[] sortedSince(int first) {
    long[] measured = Arrays.copyOfRange(took, first, sent);
    Arrays.sort(measured);
    return measured;
  }
}
