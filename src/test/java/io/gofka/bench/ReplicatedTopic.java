package io.gofka.bench;

import io.gofka.system.process.Await;
import io.gofka.system.process.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/** A topic with a replica on each of three nodes, of which two must have what is acknowledged. */
final class ReplicatedTopic {
  static final int NODES = 3;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Cluster cluster;
  private final String name;

  private ReplicatedTopic(Cluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
  }

  /** Partition n is preferably led by node n + 1. */
  static ReplicatedTopic create(Cluster cluster, String name) throws Exception {
    Map<Integer, List<Integer>> assignments = new HashMap<>();
    for (int p = 0; p < NODES; p++) {
      var replicas = new ArrayList<Integer>();
      for (int i = 0; i < NODES; i++) {
        replicas.add((p + i) % NODES + 1);
      }
      assignments.put(p, replicas);
    }
    var configs = Map.of("min.insync.replicas", "2");
    try (Admin admin = admin(cluster)) {
      admin.createTopics(List.of(new NewTopic(name, assignments).configs(configs))).all().get();
    }
    return new ReplicatedTopic(cluster, name);
  }

  String name() {
    return name;
  }

  /** The partition that a node preferably leads. */
  TopicPartition partitionOf(int node) {
    return new TopicPartition(name, node - 1);
  }

  /**
   * Starts all that don't run, and waits until all replicas are in sync and each node leads what it
   * preferably leads.
   */
  void awaitWhole() {
    cluster.start();
    try (Admin admin = admin(cluster)) {
      Await.until(
          "all replicas of " + name + " are in sync and led as preferred",
          LIMIT,
          () -> isWhole(admin));
    }
  }

  private boolean isWhole(Admin admin) throws Exception {
    TopicDescription topic = admin.describeTopics(Set.of(name)).allTopicNames().get().get(name);
    boolean inSync = topic.partitions().stream().allMatch(p -> p.isr().size() == NODES);
    if (!inSync) {
      return false;
    }
    var astray = new ArrayList<TopicPartition>();
    topic
        .partitions()
        .forEach(
            p -> {
              int leader = Optional.ofNullable(p.leader()).map(Node::id).orElse(-1);
              if (leader != p.partition() + 1) {
                astray.add(new TopicPartition(name, p.partition()));
              }
            });
    if (!astray.isEmpty()) {
      admin.electLeaders(ElectionType.PREFERRED, Set.copyOf(astray)).partitions().get();
      return false;
    }
    return admin.describeCluster().nodes().get().size() == NODES;
  }

  static Admin admin(Cluster cluster) {
    return Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()));
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static double sinceMs(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }
}
