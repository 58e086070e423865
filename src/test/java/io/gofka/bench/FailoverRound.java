package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long nobody can write to a partition whose leader is lost: from the signal to the
 * acknowledgement of a record that is sent after it, by a producer that knew the old leader.
 */
final class FailoverRound {
  private static final int TIMES = 10;
  private static final int WARM_UP_RECORDS = 50;

  /**
   * A client waits for the answer of a leader that stands still as long as its own request timeout,
   * whatever the brokers do meanwhile; by default that is far longer than what is measured.
   */
  private static final Map<String, Object> IMPATIENT =
      Map.of("request.timeout.ms", 500, "delivery.timeout.ms", 120_000);

  @SuppressWarnings("ImmutableEnumChecker") // Made once, and never changed.
  private enum Fault {
    KILL_LEADER("kill -9 of a partition's leader", "under 1 s", 0.2, Map.of()),
    KILL_LEADER_AND_CONTROLLER(
        "kill -9 of a partition's leader that is the controller, too", "under 2 s", 0.2, Map.of()),
    STOP_LEADER("kill -STOP of a partition's leader, request.timeout.ms=500", "", 0.5, IMPATIENT);

    private final Measure median;
    private final Measure longest;
    private final Map<String, Object> client;

    Fault(String what, String limit, double goal, Map<String, Object> client) {
      String title = what + " to the next record acknowledged with acks=all, median of " + TIMES;
      this.median = Measure.atMost(limit.isEmpty() ? title : title + ", " + limit, "ms", goal);
      this.longest = Measure.forInformation("The longest of these: " + what, "ms");
      this.client = client;
    }
  }

  private final Cluster cluster;
  private final ReplicatedTopic topic;

  private FailoverRound(Cluster cluster, ReplicatedTopic topic) {
    this.cluster = cluster;
    this.topic = topic;
  }

  static Map<Measure, Double> run(BrokerSettings settings, Function<BrokerSettings, Broker> process)
      throws Exception {
    Map<Measure, Double> results = new LinkedHashMap<>();
    BrokerSettings paused = // Whose loops stand still as long as it does.
        settings
            .allowingInLog("has been blocked for")
            .allowingInLog("VertxException: Thread blocked");
    try (var cluster = Cluster.combined(ReplicatedTopic.NODES, paused, process)) {
      cluster.start();
      var round = new FailoverRound(cluster, ReplicatedTopic.create(cluster, "failover"));
      for (Fault fault : Fault.values()) {
        double[] took = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
          took[i] = round.strike(fault);
        }
        System.err.println(fault + " " + Arrays.toString(took));
        results.put(fault.median, ReplicatedTopic.median(took));
        results.put(fault.longest, Arrays.stream(took).max().orElseThrow());
      }
      round.topic.awaitWhole();
    }
    return results;
  }

  private double strike(Fault fault) throws Exception {
    topic.awaitWhole();
    int controller = cluster.activeController();
    int victim =
        fault == Fault.KILL_LEADER_AND_CONTROLLER
            ? controller
            : controller % ReplicatedTopic.NODES + 1;
    TopicPartition partition = topic.partitionOf(victim);
    try (var producer = producer(fault.client)) {
      for (int i = 0; i < WARM_UP_RECORDS; i++) {
        produce(producer, partition);
      }
      long begin = System.nanoTime();
      if (fault == Fault.STOP_LEADER) {
        cluster.node(victim).pause();
      } else {
        cluster.node(victim).kill();
      }
      produce(producer, partition);
      return ReplicatedTopic.sinceMs(begin);
    } finally {
      if (fault == Fault.STOP_LEADER) {
        cluster.node(victim).resume();
      }
    }
  }

  private static void produce(Producer<byte[], byte[]> producer, TopicPartition partition)
      throws Exception {
    producer
        .send(new ProducerRecord<>(partition.topic(), partition.partition(), null, new byte[100]))
        .get();
  }

  private Producer<byte[], byte[]> producer(Map<String, Object> settings) {
    var all = new HashMap<>(settings);
    all.put("bootstrap.servers", cluster.bootstrap());
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
