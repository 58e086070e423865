package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cluster whose first consumer comes before its last node: what it commits gets safe later. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class GrowingGroupsIT {
  private static final int NODES = 3;
  private static final String OFFSETS = "__consumer_offsets";
  private static final TopicPartition PARTITION = new TopicPartition("read", 0);
  private static final Map<String, String> GROUP = Map.of("group.id", "early");

  private static List<TopicPartitionInfo> offsetsPartitions(Admin admin) throws Exception {
    return get(admin.describeTopics(List.of(OFFSETS)).allTopicNames()).get(OFFSETS).partitions();
  }

  private static boolean allIn(List<TopicPartitionInfo> partitions, int count) {
    return partitions.stream()
        .allMatch(each -> each.replicas().size() == count && each.isr().size() == count);
  }

  private static void commit(Cluster cluster, long offset) {
    try (var consumer = KafkaClients.consumer(cluster.bootstrap(), GROUP)) {
      consumer.assign(List.of(PARTITION));
      consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(offset)));
    }
  }

  private static long committed(Cluster cluster) {
    try (var consumer = KafkaClients.consumer(cluster.bootstrap(), GROUP)) {
      return consumer.committed(Set.of(PARTITION)).get(PARTITION).offset();
    }
  }

  @Test
  void offsetsTopicGrowsWithTheClusterAndSurvivesItsFirstNodes() throws Exception {
    BrokerSettings settings =
        BrokerSettings.plain("growing", "384m")
            .with("offsets.topic.num.partitions", "4")
            // Three nodes start on few cores, and one is killed.
            .allowingInLog("has been blocked for")
            .allowingInLog("VertxException: Thread blocked");
    try (var cluster = Cluster.combined(NODES, settings)) {
      Broker first = cluster.node(1);
      Broker second = cluster.node(2);
      first.launch();
      second.launch();
      first.awaitReady();
      second.awaitReady();
      try (Admin admin = KafkaClients.admin(cluster.bootstrap())) {
        KafkaClients.createTopic(admin, PARTITION.topic());
        commit(cluster, 5);
        assertTrue(offsetsPartitions(admin).stream().allMatch(each -> each.replicas().size() <= 2));

        cluster.node(3).start();
        Await.until(
            () -> "all offsets have three replicas in sync",
            LIMIT,
            () -> allIn(offsetsPartitions(admin), NODES));
      }

      int leader = coordinator(cluster);
      long killedNanos = System.nanoTime();
      cluster.node(leader).kill();
      commit(cluster, 6);
      System.out.printf(
          "committed %d ms after the coordinator was killed%n",
          Duration.ofNanos(System.nanoTime() - killedNanos).toMillis());
      assertEquals(6, committed(cluster));
      cluster.node(leader).start();
      assertEquals(6, committed(cluster));
    }
  }

  private static int coordinator(Cluster cluster) throws Exception {
    try (Admin admin = KafkaClients.admin(cluster.bootstrap())) {
      return get(admin.describeConsumerGroups(List.of("early")).all())
          .get("early")
          .coordinator()
          .id();
    }
  }
}
