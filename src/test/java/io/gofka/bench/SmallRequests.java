package io.gofka.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Many producers that each send one small record and wait for its acknowledgement. */
final class SmallRequests implements AutoCloseable {
  private static final int CONNECTIONS = 64;
  private static final int PARTITIONS = 4;
  private static final int RECORD_BYTES = 100;

  private final String topic;
  private final byte[] payload = new byte[RECORD_BYTES];
  private final List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();

  SmallRequests(String bootstrap, String topic) {
    this.topic = topic;
    for (int i = 0; i < CONNECTIONS; i++) {
      producers.add(
          new KafkaProducer<>(
              Map.of("bootstrap.servers", bootstrap, "linger.ms", 0, "buffer.memory", 1 << 20),
              new ByteArraySerializer(),
              new ByteArraySerializer()));
    }
  }

  /** Returns when so many requests are answered. */
  void send(int requests) {
    var run = new Run(requests);
    for (int i = 0; i < CONNECTIONS; i++) {
      run.next(i);
    }
    run.await();
  }

  private final class Run {
    private final AtomicInteger left;
    private final CountDownLatch done = new CountDownLatch(CONNECTIONS);
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    Run(int requests) {
      left = new AtomicInteger(requests);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of failures.
    void next(int producer) {
      if (left.decrementAndGet() < 0 || failure.get() != null) {
        done.countDown();
        return;
      }
      producers
          .get(producer)
          .send(
              new ProducerRecord<>(topic, producer % PARTITIONS, null, payload),
              (metadata, refused) -> {
                if (refused != null) {
                  failure.set(refused);
                }
                next(producer);
              });
    }

    void await() {
      try {
        done.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (failure.get() != null) {
        throw new IllegalStateException("the load failed", failure.get());
      }
    }
  }

  @Override
  public void close() {
    producers.forEach(KafkaProducer::close);
  }
}
