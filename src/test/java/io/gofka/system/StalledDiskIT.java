package io.gofka.system;

import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.StallingDisk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/**
 * The device under the logs answers nothing for longer than a session lasts: members keep their
 * partitions, the controller goes on, no loop is held up (the broker's log is looked through for
 * that), and what was acknowledged is there.
 */
@DisabledIf("io.gofka.system.process.Broker#testsApacheKafka")
class StalledDiskIT {
  private static final int SESSION_MS = 6_000;
  private static final Duration STALL = Duration.ofMillis(SESSION_MS + 3_000);
  private static final long PAUSE_NANOS = 2_000_000;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @Test
  void membersAndControllerDoNotFeelADiskThatStalls() throws Exception {
    Optional<StallingDisk> mounted = StallingDisk.mount();
    Assumptions.assumeTrue(
        mounted.isPresent(), "SKIPPED: no root, no loop device, or no bindfs: no disk to stall");
    try (StallingDisk disk = mounted.get();
        Broker broker =
            Broker.create(
                BrokerSettings.named("stalled-disk")
                    .with("log.dirs", disk.root().resolve("logs").toString()));
        var load = new Load(broker)) {
      disk.stall();
      long end = System.nanoTime() + STALL.toNanos();
      int created = 0;
      while (System.nanoTime() < end) {
        long begin = System.nanoTime();
        createTopic(load.admin, "during-" + created++);
        get(load.admin.describeCluster().nodes());
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(tookMs < SESSION_MS, () -> "the controller took " + tookMs + " ms");
      }
      disk.resume();
      load.finish();
    }
  }

  /** A group with one member, and two producers: one that waits for syncs, one that doesn't. */
  private static final class Load implements AutoCloseable {
    private final Admin admin;
    private final Producer<String, String> producer;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean finished = new AtomicBoolean();
    private final AtomicInteger revoked = new AtomicInteger();
    private final AtomicInteger read = new AtomicInteger();
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final String bootstrap;

    Load(Broker broker) throws Exception {
      broker.start();
      bootstrap = broker.bootstrap();
      admin = KafkaClients.admin(bootstrap);
      createTopic(admin, "synced", 2, Map.of("gofka.durability", "fsync"));
      createTopic(admin, "plain", 2, Map.of());
      producer = KafkaClients.producer(bootstrap, Map.of("linger.ms", "0"));
      start("consumer", this::consume);
      start("producer", this::produce);
      Await.until("records come", LIMIT, () -> read.get() > 100);
    }

    private void start(String name, Runnable work) {
      var thread = new Thread(work, name);
      threads.add(thread);
      thread.start();
    }

    private void produce() {
      for (int i = 0; !finished.get(); i++) {
        sent.add(producer.send(new ProducerRecord<>(i % 2 == 0 ? "plain" : "synced", "" + i)));
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    private void consume() {
      Map<String, String> settings =
          Map.of(
              "group.id", "steady",
              "session.timeout.ms", Integer.toString(SESSION_MS),
              "heartbeat.interval.ms", "500");
      try (var consumer = KafkaClients.consumer(bootstrap, settings)) {
        consumer.subscribe(List.of("plain", "synced"), new Revocations());
        while (!finished.get()) {
          read.addAndGet(consumer.poll(Duration.ofMillis(50)).count());
        }
        assertEquals(0, revoked.get());
      }
    }

    private final class Revocations implements ConsumerRebalanceListener {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (!finished.get()) {
          revoked.incrementAndGet();
        }
      }
    }

    /** All that was sent is acknowledged and read, and the member has kept its partitions. */
    void finish() throws Exception {
      int before = read.get();
      Await.until("records come again", LIMIT, () -> read.get() > before + 100);
      assertEquals(0, revoked.get(), "partitions were taken from a member that was alive");
      close();
      for (Future<RecordMetadata> each : sent) {
        each.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
      try (var consumer = KafkaClients.consumer(bootstrap, Map.of())) {
        consumer.assign(
            Stream.of("plain", "synced")
                .flatMap(topic -> IntStream.of(0, 1).mapToObj(p -> new TopicPartition(topic, p)))
                .toList());
        KafkaClients.read(consumer, sent.size());
      }
    }

    @Override
    public void close() {
      finished.set(true);
      Await.until("clients have ended", LIMIT, () -> threads.stream().noneMatch(Thread::isAlive));
      producer.close();
    }
  }
}
