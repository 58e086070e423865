package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.ProcessStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What many partitions cost: 5,000, made at once, with one record each.
 *
 * <p>A broker has them when it answers for the last offset of each.
 */
final class ScaleRound {
  private static final Measure CREATE =
      Measure.atMost("Creating 5,000 partitions in one burst", "ms", 0.2);
  private static final Measure MEMORY =
      Measure.atMost("Resident memory, 5,000 idle partitions with one record each", "MB", 0.4);
  private static final Measure STOP = Measure.forInformation("Clean stop with them", "ms");
  private static final Measure RESTART_CLEAN =
      Measure.atMost("Restart with them after a clean stop", "ms", 0.2);
  private static final Measure RESTART_KILLED =
      Measure.atMost("Restart with them after kill -9", "ms", 0.2);

  private static final int TOPICS = 50;
  private static final int PARTITIONS = 100;
  private static final int IDLE_SECONDS = 10;
  private static final double MIB = 1024 * 1024;

  private final Broker broker;
  private final Map<Measure, Double> results = new LinkedHashMap<>();

  private ScaleRound(Broker broker) {
    this.broker = broker;
  }

  static Map<Measure, Double> run(Broker fresh) throws Exception {
    try (Broker broker = fresh) {
      var round = new ScaleRound(broker);
      round.create();
      round.idle();
      round.restart();
      return round.results;
    }
  }

  private void create() throws Exception {
    broker.prepare();
    broker.launch();
    FirstAnswer.await(broker.port());
    try (Admin admin = admin()) {
      admin.describeCluster().nodes().get(); // The client's own start is no part of it.
      List<NewTopic> topics = new ArrayList<>();
      for (int topic = 0; topic < TOPICS; topic++) {
        topics.add(new NewTopic(name(topic), PARTITIONS, (short) 1));
      }
      long begin = System.nanoTime();
      admin.createTopics(topics).all().get();
      awaitAll(admin, 0);
      results.put(CREATE, sinceMs(begin));
    }
    fill();
  }

  private void fill() {
    Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrap());
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int topic = 0; topic < TOPICS; topic++) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
          send(producer, new ProducerRecord<>(name(topic), partition, null, new byte[100]));
        }
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // What is missing shows when offsets are asked for.
  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    producer.send(record);
  }

  private void idle() throws Exception {
    Thread.sleep(IDLE_SECONDS * 1_000L); // Idling is what is measured.
    results.put(MEMORY, ProcessStats.residentBytes(broker.pid()) / MIB);
  }

  private void restart() throws Exception {
    long begin = System.nanoTime();
    broker.stop();
    results.put(STOP, sinceMs(begin));
    results.put(RESTART_CLEAN, launchMs());
    broker.kill();
    results.put(RESTART_KILLED, launchMs());
  }

  private double launchMs() throws Exception {
    long begin = System.nanoTime();
    broker.launch();
    FirstAnswer.await(broker.port());
    try (Admin admin = admin()) {
      awaitAll(admin, 1);
    }
    return sinceMs(begin);
  }

  private static void awaitAll(Admin admin, long endOffset) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int topic = 0; topic < TOPICS; topic++) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        asked.put(new TopicPartition(name(topic), partition), OffsetSpec.latest());
      }
    }
    admin
        .listOffsets(asked)
        .all()
        .get()
        .forEach(
            (partition, found) -> {
              if (found.offset() != endOffset) {
                throw new IllegalStateException(
                    partition + " ends at " + found.offset() + ", not at " + endOffset);
              }
            });
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            "bootstrap.servers",
            broker.bootstrap(),
            "reconnect.backoff.ms",
            10,
            "reconnect.backoff.max.ms",
            50,
            "retry.backoff.ms",
            10,
            "retry.backoff.max.ms",
            50));
  }

  private static String name(int topic) {
    return "scale-" + topic;
  }

  private static double sinceMs(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }
}
