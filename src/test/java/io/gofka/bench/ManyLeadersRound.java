package io.gofka.bench;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/** 5,000 partitions with three replicas each, and what becomes of them when one broker dies. */
final class ManyLeadersRound {
  private static final Measure CREATE =
      Measure.forInformation("Creating 5,000 partitions with three replicas, all in sync", "ms");
  private static final Measure MOVE =
      Measure.forInformation(
          "kill -9 of a broker to the last of its partitions led by another, under 3,000 ms", "ms");
  private static final Measure RETURN =
      Measure.forInformation("Its start to all replicas in sync again", "ms");

  private static final int TOPICS = 50;
  private static final int TOPICS_PER_REQUEST = 10;
  private static final int PARTITIONS = 100;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private ManyLeadersRound() {}

  static Map<Measure, Double> run(BrokerSettings settings, Function<BrokerSettings, Broker> process)
      throws Exception {
    Map<Measure, Double> results = new LinkedHashMap<>();
    try (var cluster = Cluster.combined(ReplicatedTopic.NODES, settings, process)) {
      cluster.start();
      int victim = cluster.activeController() % ReplicatedTopic.NODES + 1;
      int witness = victim % ReplicatedTopic.NODES + 1;
      try (Admin admin =
          Admin.create(Map.of("bootstrap.servers", cluster.node(witness).bootstrap()))) {
        long begin = System.nanoTime();
        create(admin);
        awaitAll(admin, partition -> partition.isr().size() == ReplicatedTopic.NODES);
        results.put(CREATE, ReplicatedTopic.sinceMs(begin));

        begin = System.nanoTime();
        cluster.node(victim).kill();
        awaitAll(admin, partition -> isLedByOther(partition.leader(), victim));
        results.put(MOVE, ReplicatedTopic.sinceMs(begin));

        begin = System.nanoTime();
        cluster.start();
        awaitAll(admin, partition -> partition.isr().size() == ReplicatedTopic.NODES);
        results.put(RETURN, ReplicatedTopic.sinceMs(begin));
      }
    }
    return results;
  }

  private static boolean isLedByOther(Node leader, int victim) {
    return leader != null && !leader.isEmpty() && leader.id() != victim;
  }

  private static void create(Admin admin) throws Exception {
    for (int first = 0; first < TOPICS; first += TOPICS_PER_REQUEST) {
      List<NewTopic> topics = new ArrayList<>();
      for (int topic = first; topic < first + TOPICS_PER_REQUEST; topic++) {
        topics.add(new NewTopic(name(topic), PARTITIONS, (short) ReplicatedTopic.NODES));
      }
      admin.createTopics(topics).all().get();
    }
  }

  private static void awaitAll(Admin admin, Predicate<TopicPartitionInfo> condition) {
    List<String> names = new ArrayList<>();
    for (int topic = 0; topic < TOPICS; topic++) {
      names.add(name(topic));
    }
    Await.until(
        "all partitions are as they should be",
        LIMIT,
        () ->
            admin.describeTopics(names).allTopicNames().get().values().stream()
                .flatMap(topic -> topic.partitions().stream())
                .allMatch(condition));
  }

  private static String name(int topic) {
    return "many-" + topic;
  }
}
