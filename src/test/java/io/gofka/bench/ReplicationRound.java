package io.gofka.bench;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.ProcessStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** What it costs to have everything three times: throughput, processor time, latency. */
final class ReplicationRound {
  private static final Measure LATENCY =
      Measure.atMost(
          "Produce p99 at 1,000 records/s, acks=all, three replicas, linger.ms=0", "ms", 0.5);

  private static final Measure STALL =
      Measure.forInformation(
          "Longest produce stall in a rolling restart of three nodes at 1,000 records/s,"
              + " under 1,000 ms",
          "ms");
  private static final Measure ERRORS =
      Measure.forInformation("Errors of the client in it, none", "records");
  private static final Measure RESTARTS = Measure.forInformation("How long it takes", "s");

  private static final int SMALL_BATCH = 16_384;
  private static final int LARGE_BATCH = 262_144;
  private static final long PASS_BYTES = 200L * 1024 * 1024;

  /** Until both brokers' compilers have little left to do. */
  private static final int WARM_UP_PASSES = 12;

  private static final int PASSES = 5;
  private static final double GB = 1e9;
  private static final int RECORD_BYTES = 1_024;

  /** Until the compilers are done with what small requests take: half a minute. */
  private static final int LATENCY_WARM_UP = 30_000;

  private static final int LATENCY_RECORDS = 30_000;
  private static final int ROLLING_WARM_UP = 3_000;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Cluster cluster;
  private final Map<Measure, Double> results = new LinkedHashMap<>();

  private ReplicationRound(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Throughput and latency of three nodes that are well. */
  static Map<Measure, Double> run(BrokerSettings settings, Function<BrokerSettings, Broker> process)
      throws Exception {
    try (var cluster = Cluster.combined(ReplicatedTopic.NODES, settings, process)) {
      cluster.start();
      var round = new ReplicationRound(cluster);
      round.throughput("16 KB", SMALL_BATCH);
      round.throughput("256 KB", LARGE_BATCH);
      round.latency();
      return round.results;
    }
  }

  /** One node after the other is stopped and started again. */
  static Map<Measure, Double> runRolling(
      BrokerSettings settings, Function<BrokerSettings, Broker> process) throws Exception {
    try (var cluster = Cluster.combined(ReplicatedTopic.NODES, settings, process)) {
      cluster.start();
      var round = new ReplicationRound(cluster);
      round.rollingRestart();
      return round.results;
    }
  }

  private void throughput(String size, int batchBytes) throws Exception {
    String topic = "replicated-" + batchBytes;
    var whole = ReplicatedTopic.create(cluster, topic);
    whole.awaitWhole();
    var load = new Load(cluster.bootstrap());
    for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
      PageCache.empty();
      load.produce(topic, PASS_BYTES, batchBytes, "none");
    }
    double seconds = 0;
    double cpuSeconds = 0;
    for (int pass = 0; pass < PASSES; pass++) {
      PageCache.empty();
      double before = cpuSeconds();
      long begin = System.nanoTime();
      load.produce(topic, PASS_BYTES, batchBytes, "none");
      seconds += ReplicatedTopic.sinceMs(begin) / 1e3;
      cpuSeconds += cpuSeconds() - before;
    }
    long bytes = PASSES * PASS_BYTES;
    results.put(
        Measure.atLeast(
            "Records of 1 KB per second, acks=all, three replicas, one producer, "
                + size
                + " batches",
            "records/s",
            1.2),
        bytes / (double) RECORD_BYTES / seconds);
    results.put(
        Measure.atMost(
            "Processor time of all three nodes per GB produced, " + size + " batches", "s", 0.7),
        cpuSeconds / (bytes / GB));
    whole.awaitWhole();
    load.deleteTopic(topic);
  }

  private double cpuSeconds() {
    return cluster.nodes().stream().mapToDouble(node -> ProcessStats.cpuSeconds(node.pid())).sum();
  }

  private void latency() throws Exception {
    var topic = ReplicatedTopic.create(cluster, "latency");
    topic.awaitWhole();
    // What a client waits for more records before it sends any is the same with every broker.
    var producer = new SteadyProducer(cluster.bootstrap(), topic.name(), Map.of("linger.ms", 0));
    awaitSent(producer, LATENCY_WARM_UP + LATENCY_RECORDS);
    producer.close();
    long[] took = producer.sortedSince(LATENCY_WARM_UP);
    results.put(LATENCY, took[(int) (took.length * 0.99)] / 1e6);
  }

  private static void awaitSent(SteadyProducer producer, int records) {
    Await.until(records + " records are sent", LIMIT, () -> producer.sent() >= records);
  }

  private void rollingRestart() throws Exception {
    var topic = ReplicatedTopic.create(cluster, "rolling");
    topic.awaitWhole();
    var producer = new SteadyProducer(cluster.bootstrap(), topic.name());
    awaitSent(producer, ROLLING_WARM_UP);
    long begin = System.nanoTime();
    for (Broker node : cluster.nodes()) {
      node.stop();
      node.start();
      topic.awaitWhole();
    }
    results.put(RESTARTS, ReplicatedTopic.sinceMs(begin) / 1e3);
    producer.close();
    long[] took = producer.sortedSince(ROLLING_WARM_UP);
    results.put(STALL, took[took.length - 1] / 1e6);
    results.put(ERRORS, (double) producer.errors());
  }
}
