package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.ProcessStats;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a broker costs its clients and its machine: start, memory, processor time, latency. */
final class ClientsRound {
  private static final Measure START =
      Measure.atMost("Time from exec to first answered Metadata request", "ms", 0.35);
  private static final Measure IDLE_MEMORY = Measure.atMost("Resident memory, idle", "MB", 0.6);
  private static final Measure CONSUME = Measure.atMost("Broker CPU per GB consumed", "s", 0.6);
  private static final Measure REQUEST =
      Measure.atMost(
          "Broker CPU per produce request, 100-byte records, linger 0, 64 connections", "µs", 0.5);
  private static final Measure LATENCY_ACKS_1 =
      Measure.atMost("End-to-end p99 at 1,000 records/s, acks=1", "ms", 0.8);
  private static final Measure LATENCY_ACKS_ALL =
      Measure.atMost("End-to-end p99 at 1,000 records/s, acks=all", "ms", 0.8);

  private static final long MIB = 1024 * 1024;
  private static final double GB = 1e9;
  private static final int IDLE_SECONDS = 6;
  private static final int SMALL_BATCH = 16_384;
  private static final int LARGE_BATCH = 262_144;
  private static final long PASS_BYTES = 400 * MIB;
  private static final int PASS_REQUESTS = 200_000;

  /** Until both brokers' compilers have little left to do. */
  private static final int WARM_UP_PASSES = 12;

  private static final int PASSES = 5;

  /** Neither should be judged by a compiler that happens to run, or by a single pause. */
  private static final int LATENCY_WARM_UP_SECONDS = 30;

  private static final int LATENCY_SECONDS = 30;

  private final Broker broker;
  private final Map<Measure, Double> results = new LinkedHashMap<>();

  private ClientsRound(Broker broker) {
    this.broker = broker;
  }

  static Map<Measure, Double> run(Broker fresh) throws Exception {
    try (Broker broker = fresh) {
      var round = new ClientsRound(broker);
      round.start();
      round.idle();
      round.requests(); // First: so many requests leave little uncompiled of what all others run.
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
    results.put(START, (System.nanoTime() - begin) / 1e6);
  }

  private void idle() throws InterruptedException {
    Thread.sleep(IDLE_SECONDS * 1_000L); // Idling is what is measured.
    results.put(IDLE_MEMORY, (double) ProcessStats.residentBytes(broker.pid()) / MIB);
  }

  private void throughput() throws Exception {
    var load = new Load(broker.bootstrap());
    for (String codec : new String[] {"none", "lz4", "zstd"}) {
      produce(load, codec, SMALL_BATCH, "16 KB", 0.4);
      produce(load, codec, LARGE_BATCH, "256 KB", 0.6);
    }
    consume(load);
  }

  private void produce(Load load, String codec, int batchBytes, String size, double target)
      throws Exception {
    var measure =
        Measure.atMost(
            "Broker CPU per GB produced, 1 KB records, " + size + " batches, " + codec,
            "s",
            target);
    String topic = "produce-" + codec + "-" + batchBytes;
    load.createTopic(topic);
    double seconds =
        whenWarm(
            () -> {
              PageCache.empty();
              load.produce(topic, PASS_BYTES, batchBytes, codec);
            });
    results.put(measure, seconds / (PASS_BYTES / GB));
    load.deleteTopic(topic);
  }

  private void consume(Load load) throws Exception {
    load.createTopic("consume");
    load.produce("consume", PASS_BYTES, LARGE_BATCH, "none");
    load.produce("consume", PASS_BYTES, SMALL_BATCH, "none");
    // So few large requests would leave most of what answers them to the interpreter.
    load.consumeBitByBit("consume", 2 * PASS_BYTES);
    double seconds = whenWarm(() -> load.consume("consume", 2 * PASS_BYTES));
    results.put(CONSUME, seconds / (2 * PASS_BYTES / GB));
  }

  private void requests() throws Exception {
    var load = new Load(broker.bootstrap());
    load.createTopic("requests");
    try (var requests = new SmallRequests(broker.bootstrap(), "requests")) {
      double seconds = whenWarm(() -> requests.send(PASS_REQUESTS));
      results.put(REQUEST, seconds * 1e6 / PASS_REQUESTS);
    }
  }

  /**
   * Processor seconds of the broker for one pass. A broker runs for months: what its JVM compiles
   * at first is no part of the price.
   */
  private double whenWarm(Runnable pass) {
    for (int i = 0; i < WARM_UP_PASSES; i++) {
      pass.run();
    }
    double seconds = 0;
    for (int i = 0; i < PASSES; i++) {
      seconds += cpuSeconds(pass);
    }
    return seconds / PASSES;
  }

  private double cpuSeconds(Runnable work) {
    double before = ProcessStats.cpuSeconds(broker.pid());
    work.run();
    return ProcessStats.cpuSeconds(broker.pid()) - before;
  }

  private void latency() throws Exception {
    var load = new Load(broker.bootstrap());
    load.createTopic("latency");
    results.put(LATENCY_ACKS_1, p99(load, "1"));
    results.put(LATENCY_ACKS_ALL, p99(load, "all"));
  }

  private static double p99(Load load, String acks) throws Exception {
    long[] sorted = load.latencies("latency", acks, LATENCY_WARM_UP_SECONDS, LATENCY_SECONDS);
    return sorted[(int) (sorted.length * 0.99)] / 1e6;
  }
}
