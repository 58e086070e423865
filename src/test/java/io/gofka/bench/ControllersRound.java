package io.gofka.bench;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.ProcessStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * What a cluster of three makes of its metadata, each node controller and broker: the loss of the
 * active controller, and topics one at a time and many at once.
 */
final class ControllersRound {
  private static final Measure FAILOVER =
      Measure.atMost(
          "kill -9 of the active controller to the next topic created, median of 10", "ms", 0.3);
  private static final Measure WORST_FAILOVER =
      Measure.forInformation("The longest of these", "ms");
  private static final Measure ONE_BY_ONE =
      Measure.atMost("Creating 1,000 topics one at a time", "s", 0.33);
  private static final Measure CREATE =
      Measure.forInformation("Creating 20,000 partitions, 100 in each of 200 topics", "s");
  private static final Measure MEMORY =
      Measure.forInformation("Resident memory of a node with them", "MB");
  private static final Measure RESTART =
      Measure.forInformation("Restart of one node with them, after kill -9", "ms");

  private static final int NODES = 3;
  private static final int FAILOVERS = 10;
  private static final int TOPICS = 1_000;
  private static final int LARGE_TOPICS = 200;
  private static final int TOPICS_PER_REQUEST = 10;
  private static final int PARTITIONS = 100;
  private static final double MIB = 1024 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final Map<Measure, Double> results = new LinkedHashMap<>();

  private ControllersRound(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Topics one at a time, and the loss of the active controller. */
  static Map<Measure, Double> run(BrokerSettings settings, Function<BrokerSettings, Broker> process)
      throws Exception {
    try (var cluster = Cluster.combined(NODES, settings, process)) {
      cluster.start();
      var round = new ControllersRound(cluster);
      round.oneByOne();
      round.failovers();
      return round.results;
    }
  }

  /** Many partitions. */
  static Map<Measure, Double> runMany(
      BrokerSettings settings, Function<BrokerSettings, Broker> process) throws Exception {
    try (var cluster = Cluster.combined(NODES, settings, process)) {
      cluster.start();
      var round = new ControllersRound(cluster);
      round.many();
      return round.results;
    }
  }

  private void oneByOne() throws Exception {
    try (Admin admin = admin()) {
      for (int topic = 0; topic < TOPICS; topic++) { // Once for the compilers of both sides.
        create(admin, List.of(topic("warm-" + topic, 1)));
      }
      long begin = System.nanoTime();
      for (int topic = 0; topic < TOPICS; topic++) {
        create(admin, List.of(topic("one-" + topic, 1)));
      }
      results.put(ONE_BY_ONE, sinceMs(begin) / 1e3);
    }
  }

  private void failovers() throws Exception {
    double[] took = new double[FAILOVERS];
    for (int i = 0; i < FAILOVERS; i++) {
      took[i] = failover("failover-" + i);
    }
    Arrays.sort(took);
    results.put(FAILOVER, (took[FAILOVERS / 2 - 1] + took[FAILOVERS / 2]) / 2);
    results.put(WORST_FAILOVER, took[FAILOVERS - 1]);
  }

  private double failover(String name) throws Exception {
    Broker victim = cluster.node(cluster.activeController());
    double took;
    try (Admin admin = admin()) {
      create(admin, List.of(topic(name, 1)));
      victim.kill();
      long begin = System.nanoTime();
      for (int attempt = 0; !created(admin, name + "-" + attempt); attempt++) {
        if (sinceMs(begin) > LIMIT.toMillis()) {
          throw new IllegalStateException("no topic was created since the controller was killed");
        }
      }
      took = sinceMs(begin);
    }
    cluster.start();
    awaitBrokers();
    return took;
  }

  private static boolean created(Admin admin, String name) throws InterruptedException {
    try {
      create(admin, List.of(topic(name, 1)));
      return true;
    } catch (ExecutionException refused) {
      return false;
    }
  }

  private void awaitBrokers() throws Exception {
    try (Admin admin = admin()) {
      Await.until(
          () -> "all brokers are back",
          LIMIT,
          () -> admin.describeCluster().nodes().get().size() == NODES);
    }
  }

  private void many() throws Exception {
    try (Admin admin = admin()) {
      long begin = System.nanoTime();
      for (int first = 0; first < LARGE_TOPICS; first += TOPICS_PER_REQUEST) {
        List<NewTopic> topics = new ArrayList<>();
        for (int topic = first; topic < first + TOPICS_PER_REQUEST; topic++) {
          topics.add(topic("many-" + topic, PARTITIONS));
        }
        create(admin, topics);
      }
      results.put(CREATE, sinceMs(begin) / 1e3);
    }
    Broker node = cluster.node(cluster.activeController() % NODES + 1);
    results.put(MEMORY, ProcessStats.residentBytes(node.pid()) / MIB);
    node.kill();
    long begin = System.nanoTime();
    cluster.start();
    results.put(RESTART, sinceMs(begin));
  }

  private static void create(Admin admin, List<NewTopic> topics)
      throws ExecutionException, InterruptedException {
    admin.createTopics(topics).all().get();
  }

  private static NewTopic topic(String name, int partitions) {
    return new NewTopic(name, partitions, (short) 1);
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()));
  }

  private static double sinceMs(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }
}
