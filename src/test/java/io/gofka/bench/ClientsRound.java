package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Broker;
import io.gofka.system.process.GofkaProcess;
import io.gofka.system.process.ProcessStats;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a broker costs its clients and its machine: start, memory, processor time, latency. Both
 * kinds run at once and are loaded in turn, pass by pass, so that whatever else the machine does
 * for a while meets both.
 */
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
  private static final double PASS_GB = PASS_BYTES / GB;
  private static final int PASS_REQUESTS = 200_000;

  /** Until both brokers' compilers have little left to do. */
  private static final int WARM_UP_PASSES = 12;

  private static final int PASSES = 5;

  /** Neither should be judged by a compiler that happens to run, or by a single pause. */
  private static final int LATENCY_WARM_UP_SECONDS = 30;

  private static final int LATENCY_SECONDS = 30;

  private final List<Side> sides;

  private ClientsRound(List<Side> sides) {
    this.sides = sides;
  }

  static void runAll(int rounds) throws Exception {
    var ours = new Contender();
    var kafkas = new Contender();
    for (int i = 1; i <= rounds; i++) {
      try (var gofka = new Side("Gofka", new GofkaProcess(Comparison.GOFKA), ours);
          var kafka = new Side("Kafka", new ApacheKafkaProcess(Comparison.KAFKA), kafkas)) {
        new ClientsRound(List.of(gofka, kafka)).run();
      }
    }
    Comparison.print(ours, kafkas);
  }

  private void run() throws Exception {
    for (Side side : sides) {
      side.start();
    }
    requests(); // First: so many requests leave little uncompiled of what all others run.
    for (String codec : new String[] {"none", "lz4", "zstd"}) {
      produce(codec, SMALL_BATCH, "16 KB", 0.4);
      produce(codec, LARGE_BATCH, "256 KB", 0.6);
    }
    consume();
    latency();
  }

  private void produce(String codec, int batchBytes, String size, double target) throws Exception {
    var measure =
        Measure.atMost(
            "Broker CPU per GB produced, 1 KB records, " + size + " batches, " + codec,
            "s",
            target);
    String topic = "produce-" + codec + "-" + batchBytes;
    for (Side side : sides) {
      side.load().createTopic(topic);
    }
    inTurn(
        measure,
        1 / PASS_GB,
        side -> {
          PageCache.empty();
          side.load().produce(topic, PASS_BYTES, batchBytes, codec);
        });
    for (Side side : sides) {
      side.load().deleteTopic(topic);
    }
  }

  private void consume() throws Exception {
    for (Side side : sides) {
      Load load = side.load();
      load.createTopic("consume");
      load.produce("consume", PASS_BYTES, LARGE_BATCH, "none");
      load.produce("consume", PASS_BYTES, SMALL_BATCH, "none");
      // So few large requests would leave most of what answers them to the interpreter.
      load.consumeBitByBit("consume", 2 * PASS_BYTES);
    }
    inTurn(CONSUME, 0.5 / PASS_GB, side -> side.load().consume("consume", 2 * PASS_BYTES));
  }

  private void requests() throws Exception {
    for (Side side : sides) {
      side.openRequests();
    }
    inTurn(REQUEST, 1e6 / PASS_REQUESTS, side -> side.requests().send(PASS_REQUESTS));
    for (Side side : sides) {
      side.requests().close();
    }
  }

  /**
   * Adds the processor seconds of each warm pass, times the factor. A broker runs for months: what
   * its JVM compiles at first is no part of the price.
   */
  private void inTurn(Measure measure, double factor, Consumer<Side> pass) {
    for (int i = 0; i < WARM_UP_PASSES + PASSES; i++) {
      for (Side side : sides) {
        double value = side.cpuSeconds(pass) * factor;
        if (i >= WARM_UP_PASSES) {
          side.add(measure, value);
        }
      }
    }
  }

  private void latency() throws Exception {
    for (Side side : sides) {
      side.load().createTopic("latency");
    }
    for (Side side : sides) {
      side.add(LATENCY_ACKS_1, p99(side.load(), "1"));
    }
    for (Side side : sides) {
      side.add(LATENCY_ACKS_ALL, p99(side.load(), "all"));
    }
  }

  private static double p99(Load load, String acks) throws Exception {
    long[] sorted = load.latencies("latency", acks, LATENCY_WARM_UP_SECONDS, LATENCY_SECONDS);
    return sorted[(int) (sorted.length * 0.99)] / 1e6;
  }

  /** One of the two brokers, and where its values go. */
  private static final class Side implements AutoCloseable {
    private final String name;
    private final Broker broker;
    private final Contender contender;
    private Load load;
    private SmallRequests requests;

    Side(String name, Broker broker, Contender contender) {
      this.name = name;
      this.broker = broker;
      this.contender = contender;
    }

    void start() throws InterruptedException {
      broker.prepare();
      long begin = System.nanoTime();
      broker.launch();
      FirstAnswer.await(broker.port());
      add(START, (System.nanoTime() - begin) / 1e6);
      Thread.sleep(IDLE_SECONDS * 1_000L); // Idling is what is measured.
      add(IDLE_MEMORY, (double) ProcessStats.residentBytes(broker.pid()) / MIB);
      load = new Load(broker.bootstrap());
    }

    void openRequests() throws Exception {
      load.createTopic("requests");
      requests = new SmallRequests(broker.bootstrap(), "requests");
    }

    Load load() {
      return load;
    }

    SmallRequests requests() {
      return requests;
    }

    double cpuSeconds(Consumer<Side> pass) {
      double before = ProcessStats.cpuSeconds(broker.pid());
      pass.accept(this);
      return ProcessStats.cpuSeconds(broker.pid()) - before;
    }

    void add(Measure measure, double value) {
      contender.add(measure, value);
      System.err.println(name + ": " + measure.title() + ": " + Comparison.value(measure, value));
    }

    @Override
    public void close() {
      broker.close();
    }
  }
}
