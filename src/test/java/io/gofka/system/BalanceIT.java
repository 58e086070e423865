package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.cli.GofkaCommand;
import io.gofka.cli.ServerRunner;
import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.GofkaProcess;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Partitions move between three nodes while a producer writes into them, as {@code gofka cluster
 * balance} and Kafka's own admin client want it. {@code -Dgofka.peer=kafka} lets the command work
 * on Apache Kafka.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@SuppressWarnings("try") // A load is there to go on, nobody asks it.
class BalanceIT {
  private static final String TOPIC = "balanced";
  private static final int PARTITIONS = 6;

  private Cluster cluster;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    BrokerSettings settings =
        BrokerSettings.plain("balance", "384m").with("offsets.topic.num.partitions", "1");
    cluster =
        Cluster.combined(
            3, settings, Broker.testsApacheKafka() ? ApacheKafkaProcess::new : GofkaProcess::new);
    cluster.start();
    admin = KafkaClients.admin(cluster.bootstrap());
    Map<Integer, List<Integer>> assignments = new HashMap<>();
    for (int i = 0; i < PARTITIONS; i++) {
      assignments.put(i, i < 4 ? List.of(1, 2) : List.of(2, 1));
    }
    NewTopic topic = new NewTopic(TOPIC, assignments).configs(Map.of("min.insync.replicas", "2"));
    get(admin.createTopics(List.of(topic)).all());
    awaitWhole();
  }

  @AfterEach
  void stop() throws Exception {
    if (admin != null) {
      admin.close();
    }
    cluster.close();
  }

  private List<TopicPartitionInfo> partitions() throws Exception {
    return get(admin.describeTopics(List.of(TOPIC)).allTopicNames()).get(TOPIC).partitions();
  }

  private void awaitWhole() {
    Await.until(
        "all replicas are in sync",
        LIMIT,
        () -> partitions().stream().allMatch(one -> one.isr().size() == one.replicas().size()));
  }

  /** How many replicas, and how many leaders, each broker has. */
  private Map<Integer, List<Integer>> shares() throws Exception {
    Map<Integer, List<Integer>> shares = new TreeMap<>();
    for (TopicPartitionInfo partition : partitions()) {
      partition.replicas().forEach(node -> shares.merge(node.id(), List.of(1, 0), BalanceIT::sum));
      shares.merge(partition.leader().id(), List.of(0, 1), BalanceIT::sum);
    }
    return shares;
  }

  private static List<Integer> sum(List<Integer> one, List<Integer> other) {
    return List.of(one.get(0) + other.get(0), one.get(1) + other.get(1));
  }

  private String balance(String... arguments) {
    List<String> all = new ArrayList<>(List.of("cluster", "balance"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--bootstrap", cluster.bootstrap()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ServerRunner runner =
        new ServerRunner(
            config -> Future.failedFuture("no server is wanted"),
            Map.of(),
            new PrintStream(PrintStream.nullOutputStream()));
    int code =
        GofkaCommand.run(
            runner,
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            all.toArray(String[]::new));
    assertEquals(0, code, () -> out + "\n" + err);
    return out.toString();
  }

  /** Writes all the time; at the end everything that was acknowledged is there once. */
  private final class Load implements AutoCloseable {
    private final AtomicBoolean sending = new AtomicBoolean(true);
    private final Map<String, java.util.concurrent.Future<?>> sent = new TreeMap<>();
    private final Thread thread = new Thread(this::send, "load");

    Load() {
      thread.start();
    }

    private void send() {
      try (var producer = KafkaClients.producer(cluster.bootstrap(), Map.of("acks", "all"))) {
        for (int i = 0; sending.get(); i++) {
          String value = i + " " + "x".repeat(1_000);
          sent.put(value, producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value)));
          if (i % 20 == 0) {
            TimeUnit.MILLISECONDS.sleep(5); // A steady load.
          }
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() throws Exception {
      sending.set(false);
      thread.join();
      for (var one : sent.values()) {
        one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
      try (var consumer = KafkaClients.consumer(cluster.bootstrap(), Map.of())) {
        consumer.assign(
            IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(TOPIC, i)).toList());
        List<String> read = KafkaClients.valuesOf(KafkaClients.read(consumer, sent.size()));
        assertEquals(sent.size(), read.size());
        assertEquals(sent.keySet(), new HashSet<>(read));
      }
    }
  }

  @Test
  void newBrokerGetsItsPartAndABrokerIsDrainedUnderLoad() throws Exception {
    try (Load load = new Load()) {
      JsonObject plan = new JsonObject(balance("--dry-run", "--json"));
      assertTrue(plan.getLong("bytesToCopy") >= 0);
      assertEquals(Map.of(1, List.of(6, 4), 2, List.of(6, 2)), shares(), "a dry run moves nothing");

      balance("--batch", "2");
      for (List<Integer> share : shares().values()) {
        assertEquals(List.of(4, 2), share, () -> "not even");
      }
      awaitWhole();
      assertTrue(balance().contains("Nothing to do."));

      balance("--drain", "1", "--throttle", "0");
      assertEquals(Map.of(2, List.of(6, 3), 3, List.of(6, 3)), shares());
      awaitWhole();
    }
    assertEquals(Map.of(), get(admin.listPartitionReassignments().reassignments()));
  }

  @Test
  void movesOfKafkasAdminClientAreCarriedOutAndCancelled() throws Exception {
    TopicPartition first = new TopicPartition(TOPIC, 0);
    TopicPartition second = new TopicPartition(TOPIC, 1);
    try (Load load = new Load()) {
      get(
          admin
              .alterPartitionReassignments(
                  Map.of(
                      first, Optional.of(new NewPartitionReassignment(List.of(3, 1))),
                      second, Optional.of(new NewPartitionReassignment(List.of(3, 2)))))
              .all());
      Await.until(
          "nothing moves any more",
          LIMIT,
          () -> get(admin.listPartitionReassignments().reassignments()).isEmpty());
      assertEquals(List.of(3, 1), ids(partitions().get(0)));
      assertEquals(List.of(3, 2), ids(partitions().get(1)));

      cluster.node(3).kill(); // A copy to it doesn't end before it is cancelled.
      TopicPartition third = new TopicPartition(TOPIC, 2);
      get(
          admin
              .alterPartitionReassignments(
                  Map.of(third, Optional.of(new NewPartitionReassignment(List.of(3, 2)))))
              .all());
      assertEquals(Set.of(third), get(admin.listPartitionReassignments().reassignments()).keySet());
      balance("--cancel");
      assertEquals(Map.of(), get(admin.listPartitionReassignments().reassignments()));
      assertEquals(Set.of(1, 2), Set.copyOf(ids(partitions().get(2))));
      cluster.node(3).start();
      awaitWhole();
    }
  }

  private static List<Integer> ids(TopicPartitionInfo partition) {
    return partition.replicas().stream().map(node -> node.id()).toList();
  }
}
