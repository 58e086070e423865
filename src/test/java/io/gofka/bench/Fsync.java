package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.GofkaProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many records per second 32 producers get acknowledged when an acknowledgement means that the
 * record is on disk: Gofka with {@code gofka.durability=fsync}, Apache Kafka with {@code
 * flush.messages=1}; in turn, medians, as Markdown.
 */
public final class Fsync {
  private static final String HEAP = "1g";
  private static final int PRODUCERS = 32;
  private static final int WARM_UP_SECONDS = 8;
  private static final int SECONDS = 10;

  private static final Map<String, String> OURS = Map.of("gofka.durability", "fsync");
  private static final Map<String, String> KAFKAS = Map.of("flush.messages", "1");

  /**
   * @param inFlight records of a producer without an answer
   */
  private record Workload(String title, int partitions, int inFlight) {}

  private static final List<Workload> WORKLOADS =
      List.of(
          new Workload("1 partition, each waits for each answer", 1, 1),
          new Workload("1 partition, 5 records in flight each", 1, 5),
          new Workload("1 partition, as many in flight as the client has room for", 1, 4_000),
          new Workload("8 partitions, each waits for each answer", 8, 1));

  private Fsync() {}

  /** {@code [number of rounds]}, 3 if left out. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    var ours = new LinkedHashMap<Workload, List<Double>>();
    var kafkas = new LinkedHashMap<Workload, List<Double>>();
    for (int round = 1; round <= rounds; round++) {
      for (Workload workload : WORKLOADS) {
        double our =
            run(new GofkaProcess(BrokerSettings.plain("fsync-gofka", HEAP)), OURS, workload);
        double kafka =
            run(
                new ApacheKafkaProcess(BrokerSettings.plain("fsync-kafka", HEAP)),
                KAFKAS,
                workload);
        ours.computeIfAbsent(workload, any -> new ArrayList<>()).add(our);
        kafkas.computeIfAbsent(workload, any -> new ArrayList<>()).add(kafka);
        System.err.printf(
            Locale.ROOT, "round %d %s: %.0f and %.0f%n", round, workload.title(), our, kafka);
      }
    }
    System.out.println("| 32 producers, records/s | Gofka | Apache Kafka 4.3.1 | ratio |");
    System.out.println("|---|---|---|---|");
    for (Workload workload : WORKLOADS) {
      double our = median(ours.get(workload));
      double kafka = median(kafkas.get(workload));
      System.out.printf(
          Locale.ROOT, "| %s | %.0f | %.0f | %.1f |%n", workload.title(), our, kafka, our / kafka);
    }
  }

  private static double run(Broker fresh, Map<String, String> topic, Workload workload)
      throws Exception {
    try (Broker broker = fresh) {
      broker.prepare();
      broker.start();
      FsyncLoad.createTopic(broker.bootstrap(), workload.partitions(), topic);
      try (var load = new FsyncLoad(broker.bootstrap(), PRODUCERS, workload.inFlight())) {
        load.run(WARM_UP_SECONDS);
        return load.run(SECONDS);
      }
    }
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }
}
