package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Broker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many records per second 32 producers get acknowledged when an acknowledgement means that the
 * record is on disk: Gofka with {@code gofka.durability=fsync}, Apache Kafka with {@code
 * flush.messages=1}.
 */
final class FsyncRound {
  private static final int PRODUCERS = 32;
  private static final int WARM_UP_SECONDS = 8;
  private static final int SECONDS = 8;
  private static final double GOAL = 20;

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

  private FsyncRound() {}

  static Map<Measure, Double> run(Broker fresh) throws Exception {
    Map<Measure, Double> results = new LinkedHashMap<>();
    try (Broker broker = fresh) {
      broker.prepare();
      broker.start();
      for (Workload workload : WORKLOADS) {
        String title = "Synced before they are acknowledged, 32 producers, " + workload.title();
        results.put(Measure.atLeast(title, "records/s", GOAL), perSecond(broker, workload));
      }
    }
    return results;
  }

  private static double perSecond(Broker broker, Workload workload) throws Exception {
    String topic = "durable-" + WORKLOADS.indexOf(workload);
    Map<String, String> configs = broker instanceof ApacheKafkaProcess ? KAFKAS : OURS;
    FsyncLoad.createTopic(broker.bootstrap(), topic, workload.partitions(), configs);
    try (var load = new FsyncLoad(broker.bootstrap(), topic, PRODUCERS, workload.inFlight())) {
      load.run(WARM_UP_SECONDS);
      return load.run(SECONDS);
    }
  }
}
