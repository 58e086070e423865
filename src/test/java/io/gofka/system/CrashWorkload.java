package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;

import io.gofka.system.process.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Load that goes on while the broker is killed: producers in every codec, a consumer group that
 * commits, topics that are created and altered. It writes down what was acknowledged, which is what
 * must be there afterwards.
 */
final class CrashWorkload implements AutoCloseable {
  private static final int PAUSE_EVERY = 20;

  private final String bootstrap;
  private final String topic;
  private final String group;
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;

  /** Of each partition: offset of each acknowledged record and its sequence number. */
  private final List<Map<Long, Integer>> acknowledged = new ArrayList<>();

  private final List<AtomicInteger> sent = new ArrayList<>();
  private final AtomicLong acknowledgements = new AtomicLong();

  /** The largest offset whose commit was acknowledged, and the largest that was tried. */
  private final Map<Integer, Long> committed = new ConcurrentHashMap<>();

  private final Map<Integer, Long> attempted = new ConcurrentHashMap<>();

  /** Ids of topics whose creation was acknowledged; configs whose alteration was. */
  private final Map<String, Uuid> topics = new ConcurrentHashMap<>();

  private final Map<String, Integer> alteredTo = new ConcurrentHashMap<>();
  private final Map<String, Integer> alterationTried = new ConcurrentHashMap<>();

  CrashWorkload(String bootstrap, String topic) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.group = topic + "-group";
    for (int p = 0; p < KafkaClients.CODECS.size(); p++) {
      acknowledged.add(new ConcurrentHashMap<>());
      sent.add(new AtomicInteger());
    }
  }

  void start() throws Exception {
    try (Admin admin = KafkaClients.admin(bootstrap)) {
      KafkaClients.createTopic(admin, topic, KafkaClients.CODECS.size(), Map.of());
    }
    for (int p = 0; p < KafkaClients.CODECS.size(); p++) {
      int partition = p;
      run("producer " + KafkaClients.CODECS.get(p), () -> produce(partition));
    }
    run("consumer 1", this::consume);
    run("consumer 2", this::consume);
    run("admin", this::administer);
  }

  private interface Work {
    void run() throws Exception;
  }

  private void run(String name, Work work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable failure) {
                failures.add(new AssertionError(name + " failed", failure));
              }
            },
            name);
    thread.start();
    threads.add(thread);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of every record.
  private void produce(int partition) throws InterruptedException {
    var settings =
        Map.of(
            "acks", "all",
            "compression.type", KafkaClients.CODECS.get(partition),
            "linger.ms", "2",
            "batch.size", "8000",
            "delivery.timeout.ms", "120000",
            "request.timeout.ms", "5000");
    try (var producer = KafkaClients.producer(bootstrap, settings)) {
      while (!stopping) {
        int sequence = sent.get(partition).getAndIncrement();
        producer.send(
            new ProducerRecord<>(topic, partition, null, value(partition, sequence)),
            (metadata, failure) -> {
              if (failure != null) {
                failures.add(
                    new AssertionError("record " + sequence + " of " + partition, failure));
                return;
              }
              acknowledged.get(partition).put(metadata.offset(), sequence);
              acknowledgements.incrementAndGet();
            });
        if (sequence % PAUSE_EVERY == 0) {
          Thread.sleep(1); // A steady load, not a full disk.
        }
      }
    }
  }

  static String value(int partition, int sequence) {
    return partition + ":" + sequence + ":" + "filling ".repeat(sequence % 20);
  }

  private void consume() {
    var settings =
        Map.of(
            "group.id", group,
            "session.timeout.ms", "6000",
            "heartbeat.interval.ms", "300",
            "max.poll.records", "300",
            "default.api.timeout.ms", "3000",
            "request.timeout.ms", "2500");
    try (var consumer = KafkaClients.consumer(bootstrap, settings)) {
      consumer.subscribe(List.of(topic));
      while (!stopping) {
        var commits = new HashMap<TopicPartition, OffsetAndMetadata>();
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
          commits.put(
              new TopicPartition(topic, record.partition()),
              new OffsetAndMetadata(record.offset() + 1));
        }
        if (!commits.isEmpty()) {
          commits.forEach(
              (tp, offset) -> attempted.merge(tp.partition(), offset.offset(), Math::max));
          try {
            consumer.commitSync(commits);
          } catch (KafkaException notCommitted) {
            continue; // The broker is away, or the group moved on: the outcome is open.
          }
          commits.forEach(
              (tp, offset) -> committed.merge(tp.partition(), offset.offset(), Math::max));
        }
      }
    }
  }

  private void administer() throws Exception {
    try (Admin admin =
        Admin.create(
            Map.of(
                "bootstrap.servers", bootstrap,
                "reconnect.backoff.max.ms", "200",
                "request.timeout.ms", "2000",
                "default.api.timeout.ms", "2500"))) {
      for (int i = 0; !stopping; i++) {
        String name = topic + "-made-" + i;
        if (createTopic(admin, name)) {
          for (int value = 1; value <= 3 && !stopping; value++) {
            alterTopic(admin, name, value);
          }
        }
        Thread.sleep(20); // Some tens of topics, not thousands.
      }
    }
  }

  private boolean createTopic(Admin admin, String name) throws Exception {
    var created = admin.createTopics(List.of(new NewTopic(name, 2, (short) 1)));
    try {
      topics.put(name, KafkaClients.get(created.topicId(name)));
      return true;
    } catch (ExecutionException open) {
      return false; // The answer was lost; whether the topic is there is open.
    }
  }

  private void alterTopic(Admin admin, String name, int value) throws Exception {
    alterationTried.put(name, value);
    var op =
        new AlterConfigOp(
            new ConfigEntry("retention.ms", Integer.toString(value * 1_000_000)),
            AlterConfigOp.OpType.SET);
    try {
      KafkaClients.get(
          admin
              .incrementalAlterConfigs(
                  Map.of(new ConfigResource(ConfigResource.Type.TOPIC, name), List.of(op)))
              .all());
      alteredTo.put(name, value);
    } catch (ExecutionException open) {
      // As above.
    }
  }

  /** Waits until the load has made progress that the random number generator thinks up. */
  void awaitProgress(Random random) {
    long target = acknowledgements.get() + 2_000 + random.nextInt(6_000);
    Map<Integer, Long> commitsBefore = Map.copyOf(committed);
    Await.until(
        () -> "records and commits are acknowledged; failures so far: " + failures,
        LIMIT.multipliedBy(2),
        () ->
            !failures.isEmpty()
                || (acknowledgements.get() >= target && !committed.equals(commitsBefore)));
    throwFailures();
  }

  private void throwFailures() {
    if (!failures.isEmpty()) {
      var error = new AssertionError(failures.size() + " failures under load");
      failures.stream().limit(5).forEach(error::addSuppressed);
      throw error;
    }
  }

  /** Compares what the broker has with what it had acknowledged; the load may still go on. */
  void verifyCommitsAndTopics() throws Exception {
    Map<Integer, Long> promised = Map.copyOf(committed);
    Map<String, Uuid> created = Map.copyOf(topics);
    Map<String, Integer> altered = Map.copyOf(alteredTo);
    try (Admin admin = KafkaClients.admin(bootstrap)) {
      var offsets =
          KafkaClients.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
      promised.forEach(
          (partition, offset) -> {
            var found = offsets.get(new TopicPartition(topic, partition));
            check(
                found != null && found.offset() >= offset,
                "commit " + offset + " of partition " + partition + " became " + found);
            check(
                found.offset() <= attempted.get(partition),
                "nobody committed " + found + " of partition " + partition);
          });
      var descriptions = KafkaClients.get(admin.describeTopics(created.keySet()).allTopicNames());
      created.forEach(
          (name, id) -> {
            check(descriptions.get(name).topicId().equals(id), "id of " + name);
            check(descriptions.get(name).partitions().size() == 2, "partitions of " + name);
          });
      var resources =
          altered.keySet().stream()
              .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
              .toList();
      var configs = KafkaClients.get(admin.describeConfigs(resources).all());
      for (var resource : resources) {
        long found = Long.parseLong(configs.get(resource).get("retention.ms").value()) / 1_000_000;
        check(
            found >= altered.get(resource.name()) && found <= alterationTried.get(resource.name()),
            "retention of " + resource.name() + " is " + found);
      }
    }
  }

  /** Ends the load; all that was sent is acknowledged now. */
  void finish() throws InterruptedException {
    stopping = true;
    for (Thread thread : threads) {
      thread.join(LIMIT.multipliedBy(2).toMillis());
      check(!thread.isAlive(), thread.getName() + " ends");
    }
    throwFailures();
  }

  /** Every record exactly once, in order, at the offset that its producer was told. */
  void verifyRecords() {
    for (int partition = 0; partition < acknowledged.size(); partition++) {
      int count = sent.get(partition).get();
      Map<Long, Integer> promised = acknowledged.get(partition);
      check(promised.size() == count, promised.size() + " of " + count + " acknowledged");
      var records = KafkaClients.readAll(bootstrap, new TopicPartition(topic, partition), count);
      check(records.size() == count, records.size() + " records instead of " + count);
      for (int i = 0; i < count; i++) {
        var record = records.get(i);
        check(
            record.value().equals(value(partition, i)),
            "record " + i + " of partition " + partition + " is " + record.value());
        check(
            Integer.valueOf(i).equals(promised.get(record.offset())),
            "offset " + record.offset() + " was promised to " + promised.get(record.offset()));
      }
    }
  }

  /** A partition of the load, any. */
  TopicPartition somePartition() {
    return new TopicPartition(
        topic, ThreadLocalRandom.current().nextInt(KafkaClients.CODECS.size()));
  }

  long acknowledgements() {
    return acknowledgements.get();
  }

  private static void check(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  @Override
  public void close() {
    stopping = true;
    for (Thread thread : threads) {
      thread.interrupt();
      try {
        thread.join(LIMIT.toMillis());
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
