package io.gofka.system;

import io.gofka.system.history.Entry;
import io.gofka.system.history.History;
import io.gofka.system.history.HistoryChecker;
import io.gofka.system.process.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Clients of a topic with three replicas, at their default settings: idempotent producers with
 * acks=all, readers of every partition and a group that commits. What they are told becomes a
 * {@link History}.
 */
final class ReplicatedLoad implements AutoCloseable {
  static final int PARTITIONS = 4;
  private static final short REPLICAS = 3;
  private static final int MEMBERS = 2;

  /** Each producer sends so many records one after the other, then pauses. */
  private static final int BURST = 10;

  private static final long PAUSE_NANOS = 20_000_000;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final String bootstrap;
  private final String topic;
  private final List<String> codecs;
  private final History history = new History();
  private final List<Thread> producers = new ArrayList<>();
  private final List<Thread> consumers = new ArrayList<>();
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  private volatile boolean sending = true;
  private volatile boolean reading = true;

  /**
   * @param codecs one producer for each
   */
  ReplicatedLoad(String bootstrap, String topic, List<String> codecs) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.codecs = List.copyOf(codecs);
  }

  History history() {
    return history;
  }

  String topic() {
    return topic;
  }

  void start() throws Exception {
    try (Admin admin = admin()) {
      var settings = Map.of("min.insync.replicas", "2");
      var newTopic = new NewTopic(topic, PARTITIONS, REPLICAS).configs(settings);
      KafkaClients.get(admin.createTopics(List.of(newTopic)).all());
    }
    for (int i = 0; i < codecs.size(); i++) {
      int producer = i;
      run(producers, "producer " + codecs.get(i), () -> produce(producer));
    }
    run(consumers, "reader", () -> read("reader", "read_uncommitted"));
    run(consumers, "committed reader", () -> read("committed reader", "read_committed"));
    for (int i = 0; i < MEMBERS; i++) {
      run(consumers, "member " + i, this::takePart);
    }
  }

  private void run(List<Thread> threads, String name, Runnable work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException | AssertionError failure) {
                history.surfaced(name + ": " + failure);
              }
            },
            topic + " " + name);
    thread.start();
    threads.add(thread);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of every record.
  private void produce(int number) {
    String codec = codecs.get(number);
    try (Producer<String, String> producer =
        new KafkaProducer<>(
            settings(Map.of("compression.type", codec)),
            new StringSerializer(),
            new StringSerializer())) {
      while (sending) {
        for (int i = 0; i < BURST; i++) {
          int partition = i % PARTITIONS;
          int sequence = history.sending(partition, number);
          String value = Entry.value(number, sequence) + "filling ".repeat(sequence % 50);
          producer.send(
              new ProducerRecord<>(topic, partition, null, value),
              (sent, failure) -> {
                if (failure == null) {
                  history.acknowledged(partition, new Entry(sent.offset(), number, sequence));
                } else {
                  history.surfaced("producer " + codec + ", record " + sequence + ": " + failure);
                }
              });
        }
        LockSupport.parkNanos(PAUSE_NANOS); // A steady load, not a full disk.
      }
    }
  }

  /** Follows every partition from its first record on; nobody may tell it to begin elsewhere. */
  private void read(String name, String isolation) {
    Map<String, Object> settings =
        Map.of("auto.offset.reset", "none", "isolation.level", isolation);
    try (Consumer<String, String> consumer = consumer(settings)) {
      consumer.assign(partitions());
      partitions().forEach(partition -> consumer.seek(partition, 0));
      while (reading) {
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          history.read(name, record.partition(), Entry.of(record.offset(), record.value()));
        }
      }
    }
  }

  /** A member of the group, which commits all that it has got. */
  private void takePart() {
    Map<String, Object> settings =
        Map.of("group.id", group(), "auto.offset.reset", "earliest", "enable.auto.commit", "false");
    try (Consumer<String, String> consumer = consumer(settings)) {
      consumer.subscribe(List.of(topic));
      while (reading) {
        var commits = new HashMap<TopicPartition, OffsetAndMetadata>();
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          history.delivered(record.partition(), Entry.of(record.offset(), record.value()));
          commits.put(
              new TopicPartition(topic, record.partition()),
              new OffsetAndMetadata(record.offset() + 1));
        }
        if (!commits.isEmpty() && committed(consumer, commits)) {
          commits.forEach((tp, offset) -> history.committed(tp.partition(), offset.offset()));
        }
      }
    }
  }

  private static boolean committed(
      Consumer<?, ?> consumer, Map<TopicPartition, OffsetAndMetadata> commits) {
    try {
      consumer.commitSync(commits);
      return true;
    } catch (CommitFailedException | RebalanceInProgressException movedOn) {
      return false; // The group gave the partitions to another member, which reads them again.
    }
  }

  /** Waits until every partition takes records. */
  void awaitProgress() {
    var before = new HashMap<Integer, Long>();
    for (int p = 0; p < PARTITIONS; p++) {
      before.put(p, history.acknowledgements(p));
    }
    Await.until(
        () -> "every partition takes records; errors: " + history.surfaced(),
        LIMIT,
        () ->
            before.entrySet().stream()
                .allMatch(entry -> history.acknowledgements(entry.getKey()) > entry.getValue()));
  }

  /** Waits until all replicas of all partitions are in sync. */
  void awaitInSync() {
    try (Admin admin = admin()) {
      Await.until(
          "all replicas are in sync",
          LIMIT,
          () ->
              KafkaClients.get(admin.describeTopics(Set.of(topic)).allTopicNames())
                  .get(topic)
                  .partitions()
                  .stream()
                  .allMatch(partition -> partition.isr().size() == REPLICAS));
    }
  }

  /** Compares the offsets of the group with what its members were promised. */
  void checkCommits() throws Exception {
    var promised = new HashMap<Integer, Long>();
    for (int p = 0; p < PARTITIONS; p++) {
      promised.put(p, history.committed(p));
    }
    try (Admin admin = admin()) {
      var found =
          KafkaClients.get(admin.listConsumerGroupOffsets(group()).partitionsToOffsetAndMetadata());
      promised.forEach(
          (partition, offset) -> {
            var commit = found.get(new TopicPartition(topic, partition));
            history.commitFound(partition, offset, commit == null ? 0 : commit.offset());
          });
    }
  }

  /**
   * Ends the load, reads everything back and compares.
   *
   * @return what was found wrong, empty when all is well
   */
  List<String> endAndCheck() throws Exception {
    endProducers();
    readBack();
    return endConsumersAndCheck();
  }

  void endProducers() throws InterruptedException {
    sending = false;
    end(producers);
  }

  /**
   * Reads every partition from begin to end when all producers have ended.
   *
   * @return the number of records
   */
  long readBack() throws Exception {
    ends.clear();
    try (Admin admin = admin()) {
      var asked = new HashMap<TopicPartition, OffsetSpec>();
      partitions().forEach(partition -> asked.put(partition, OffsetSpec.latest()));
      KafkaClients.get(admin.listOffsets(asked).all())
          .forEach((partition, end) -> ends.put(partition, end.offset()));
    }
    long records = 0;
    try (Consumer<String, String> consumer = consumer(Map.of("auto.offset.reset", "none"))) {
      for (TopicPartition partition : partitions()) {
        List<Entry> entries = readBack(consumer, partition);
        history.finalLog(partition.partition(), entries);
        records += entries.size();
      }
    }
    return records;
  }

  private List<Entry> readBack(Consumer<String, String> consumer, TopicPartition partition) {
    consumer.assign(Set.of(partition));
    consumer.seek(partition, 0);
    var entries = new ArrayList<Entry>();
    Await.until(
        partition + " is read back",
        LIMIT,
        () -> {
          for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
            entries.add(Entry.of(record.offset(), record.value()));
          }
          return consumer.position(partition) >= ends.get(partition);
        });
    return entries;
  }

  /** Waits until all consumers have got what was read back, and compares. */
  List<String> endConsumersAndCheck() throws Exception {
    Await.until(
        () -> "the group has got everything; errors: " + history.surfaced(),
        LIMIT,
        () ->
            ends.entrySet().stream()
                .allMatch(end -> history.committed(end.getKey().partition()) >= end.getValue()));
    checkCommits();
    reading = false;
    end(consumers);
    return HistoryChecker.check(history);
  }

  private static void end(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(LIMIT.toMillis());
      if (thread.isAlive()) {
        throw new AssertionError(thread.getName() + " doesn't end");
      }
    }
  }

  String group() {
    return topic + "-group";
  }

  private Set<TopicPartition> partitions() {
    var partitions = new HashSet<TopicPartition>();
    for (int p = 0; p < PARTITIONS; p++) {
      partitions.add(new TopicPartition(topic, p));
    }
    return partitions;
  }

  private Admin admin() {
    return KafkaClients.admin(bootstrap);
  }

  private Consumer<String, String> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(
        settings(settings), new StringDeserializer(), new StringDeserializer());
  }

  private Map<String, Object> settings(Map<String, Object> settings) {
    var all = new HashMap<>(settings);
    all.put("bootstrap.servers", bootstrap);
    return all;
  }

  @Override
  public void close() {
    sending = false;
    reading = false;
    for (List<Thread> threads : List.of(producers, consumers)) {
      for (Thread thread : threads) {
        try {
          thread.join(PATIENCE.toMillis());
          thread.interrupt(); // A producer would wait for its brokers.
          thread.join(LIMIT.toMillis());
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }
}
