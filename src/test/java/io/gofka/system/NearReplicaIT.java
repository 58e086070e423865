package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.GofkaProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Consumers that say where they stand read from the replica there (KIP-392), and from the leader
 * when it is gone. Each of three nodes stands in a rack of its own. {@code -Dgofka.peer=kafka} asks
 * Apache Kafka the same.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class NearReplicaIT {
  private static final int NODES = 3;
  private static final TopicPartition PARTITION = new TopicPartition("near", 0);
  private static final String RACK_AWARE =
      "org.apache.kafka.common.replica.RackAwareReplicaSelector";

  /** What the client's metric says when it reads from the leader. */
  private static final double LEADER = -1;

  private Cluster cluster;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    BrokerSettings settings =
        BrokerSettings.plain("near", "384m")
            .with("replica.selector.class", RACK_AWARE)
            .with("offsets.topic.num.partitions", "1")
            // Three nodes start at once, and nothing here is about how long that takes.
            .allowingInLog("has been blocked for")
            .allowingInLog("VertxException: Thread blocked");
    cluster = Cluster.combined(NODES, settings, NearReplicaIT::inItsRack);
    cluster.start();
    admin = KafkaClients.admin(cluster.bootstrap());
    NewTopic topic =
        new NewTopic(PARTITION.topic(), 1, (short) NODES)
            .configs(Map.of("min.insync.replicas", "2"));
    get(admin.createTopics(List.of(topic)).all());
    awaitInSync(NODES);
  }

  private static Broker inItsRack(BrokerSettings settings) {
    BrokerSettings placed = settings.with("broker.rack", rack(settings.place().orElseThrow().id()));
    return Broker.testsApacheKafka() ? new ApacheKafkaProcess(placed) : new GofkaProcess(placed);
  }

  private static String rack(int id) {
    return "rack-" + id;
  }

  @AfterEach
  void stop() throws Exception {
    if (admin != null) {
      admin.close();
    }
    cluster.close();
  }

  private void awaitInSync(int count) {
    Await.until(count + " replicas are in sync", LIMIT, () -> describe().isr().size() == count);
  }

  private org.apache.kafka.common.TopicPartitionInfo describe() throws Exception {
    String name = PARTITION.topic();
    return get(admin.describeTopics(List.of(name)).allTopicNames()).get(name).partitions().get(0);
  }

  private Consumer<String, String> consumer(String rack) {
    Consumer<String, String> consumer =
        KafkaClients.consumer(
            cluster.bootstrap(), Map.of("client.rack", rack, "metadata.max.age.ms", "600000"));
    consumer.assign(List.of(PARTITION));
    return consumer;
  }

  private static double preferredReadReplica(Consumer<?, ?> consumer) {
    return consumer.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("preferred-read-replica"))
        .map(Metric::metricValue)
        .mapToDouble(value -> ((Number) value).doubleValue())
        .findFirst()
        .orElse(LEADER);
  }

  private static List<String> values(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "v" + i).toList();
  }

  private void send(List<String> values) throws Exception {
    try (var producer = KafkaClients.producer(cluster.bootstrap(), Map.of())) {
      KafkaClients.send(producer, PARTITION, values);
    }
  }

  private static List<String> read(Consumer<String, String> consumer, int count) {
    return new ArrayList<>(KafkaClients.valuesOf(KafkaClients.read(consumer, count)));
  }

  @Test
  void consumerReadsFromTheReplicaInItsRackAndFromTheLeaderWhenThatIsGone() throws Exception {
    int leader = describe().leader().id();
    int near = IntStream.rangeClosed(1, NODES).filter(id -> id != leader).findFirst().orElseThrow();
    try (var consumer = consumer(rack(near));
        var other = consumer(rack(leader));
        var nowhere = consumer("")) {
      for (int round = 0; round < 10; round++) {
        List<String> sent = values(100 * round, 100 * (round + 1));
        send(sent);
        assertEquals(sent, read(consumer, sent.size()));
        assertEquals(sent, read(other, sent.size()));
        assertEquals(sent, read(nowhere, sent.size()));
      }
      assertEquals(near, preferredReadReplica(consumer), "as it was told by the leader");
      assertEquals(LEADER, preferredReadReplica(other));
      assertEquals(LEADER, preferredReadReplica(nowhere));

      cluster.node(near).kill();
      List<String> sent = values(1_000, 1_100);
      send(sent);
      assertEquals(sent, read(consumer, sent.size()), "from another replica");

      cluster.node(near).start();
      awaitInSync(NODES);
      List<String> more = values(1_100, 1_200);
      send(more);
      assertEquals(more, read(consumer, more.size()));
    }
  }
}
