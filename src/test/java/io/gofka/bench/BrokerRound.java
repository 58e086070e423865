package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.ProcessStats;
import java.util.EnumMap;
import java.util.Map;

/** All measures of one broker, in a process and on data of its own. */
final class BrokerRound {
  private static final long MIB = 1024 * 1024;
  private static final double GB = 1e9;
  private static final int IDLE_SECONDS = 6;

  /**
   * A broker runs for months: what its JVM compiles in the first seconds is no part of the price.
   */
  private static final long WARM_UP_BYTES = 800 * MIB;

  private static final long MEASURED_BYTES = 600 * MIB;
  private static final int LATENCY_WARM_UP_SECONDS = 2;
  private static final int LATENCY_SECONDS = 6;

  private final Broker broker;
  private final Map<Measure, Double> results = new EnumMap<>(Measure.class);

  private BrokerRound(Broker broker) {
    this.broker = broker;
  }

  static Map<Measure, Double> run(Broker fresh) throws Exception {
    try (Broker broker = fresh) {
      var round = new BrokerRound(broker);
      round.start();
      round.idle();
      round.throughput();
      round.latency();
      return round.results;
    }
  }

  private void start() {
    broker.prepare();
    long begin = System.nanoTime();
    broker.launch();
    FirstAnswer.await(broker.port());
    results.put(Measure.START, (System.nanoTime() - begin) / 1e6);
  }

  private void idle() throws InterruptedException {
    Thread.sleep(IDLE_SECONDS * 1_000L); // Idling is what is measured.
    results.put(Measure.IDLE_MEMORY, (double) ProcessStats.residentBytes(broker.pid()) / MIB);
  }

  private void throughput() throws Exception {
    var load = new Load(broker.bootstrap());
    load.createTopic("small-batches");
    load.createTopic("large-batches");
    load.produce("small-batches", WARM_UP_BYTES, 16_384);
    results.put(
        Measure.PRODUCE_16K,
        cpuPerGb(() -> load.produce("small-batches", MEASURED_BYTES, 16_384), MEASURED_BYTES));
    load.produce("large-batches", WARM_UP_BYTES, 262_144);
    results.put(
        Measure.PRODUCE_256K,
        cpuPerGb(() -> load.produce("large-batches", MEASURED_BYTES, 262_144), MEASURED_BYTES));
    long stored = WARM_UP_BYTES + MEASURED_BYTES;
    load.consume("large-batches", stored);
    load.consume("small-batches", stored);
    results.put(
        Measure.CONSUME,
        cpuPerGb(
            () -> {
              load.consume("small-batches", stored);
              load.consume("large-batches", stored);
            },
            2 * stored));
  }

  private double cpuPerGb(Runnable work, long bytes) {
    double before = ProcessStats.cpuSeconds(broker.pid());
    work.run();
    return (ProcessStats.cpuSeconds(broker.pid()) - before) / (bytes / GB);
  }

  private void latency() throws Exception {
    var load = new Load(broker.bootstrap());
    load.createTopic("latency");
    results.put(Measure.LATENCY_ACKS_1, p99(load, "1"));
    results.put(Measure.LATENCY_ACKS_ALL, p99(load, "all"));
  }

  private static double p99(Load load, String acks) throws Exception {
    long[] sorted = load.latencies("latency", acks, LATENCY_WARM_UP_SECONDS, LATENCY_SECONDS);
    return sorted[(int) (sorted.length * 0.99)] / 1e6;
  }
}
