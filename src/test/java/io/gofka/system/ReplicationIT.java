package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.GofkaProcess;
import io.gofka.system.process.Hosts;
import io.gofka.system.process.NetworkNamespaces;
import io.gofka.system.process.ReplicaLogs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three nodes, each broker and controller, of which one after the other is killed, paused or cut
 * off while clients work: nothing acknowledged is lost, duplicated or reordered.
 *
 * <p>{@code -Dgofka.chaos.seconds=600} goes on for longer, {@code -Dgofka.chaos.seed=N} chooses the
 * same faults again, {@code -Dgofka.peer=kafka} asks Apache Kafka the same.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS) // Every wait has a limit of its own.
class ReplicationIT {
  private static final int NODES = 3;
  private static final Duration CHAOS =
      Duration.ofSeconds(Integer.getInteger("gofka.chaos.seconds", 60));

  private static final Function<BrokerSettings, Broker> PROCESS =
      Broker.testsApacheKafka() ? ApacheKafkaProcess::new : GofkaProcess::new;

  private final long seed = Long.getLong("gofka.chaos.seed", System.nanoTime());

  private static BrokerSettings settings(String name) {
    return BrokerSettings.plain(name, "384m")
        .with("offsets.topic.num.partitions", "3")
        .with("group.initial.rebalance.delay.ms", "0")
        // Whose loops stand still as long as it does.
        .allowingInLog("has been blocked for")
        .allowingInLog("VertxException: Thread blocked");
  }

  @Test
  void clientsHearNothingOfARollingRestartAndOfAFailover() throws Exception {
    Assumptions.assumeTrue(Kcat.isInstalled(), "no kcat here");
    try (var cluster = Cluster.combined(NODES, settings("rolling"), PROCESS)) {
      cluster.start();
      try (var load =
          new ReplicatedLoad(cluster.bootstrap(), "rolling", List.of("gzip", "snappy"))) {
        load.start();
        try (var kcat = new KcatLoad(cluster.bootstrap(), load)) {
          load.awaitProgress();
          for (Broker node : cluster.nodes()) {
            node.stop();
            load.awaitProgress();
            node.start();
            load.awaitInSync();
          }
          Broker leader = cluster.node(1);
          leader.kill();
          load.awaitProgress();
          leader.start();
          load.awaitInSync();
          load.endProducers();
          kcat.endProducer();
          kcat.endConsumer(load.readBack());
          check(load, load.endConsumersAndCheck());
        }
      }
    }
  }

  @Test
  void nothingIsLostWhenNodesAreKilledPausedAndCutOff() throws Exception {
    if (NetworkNamespaces.areAvailable()) {
      try (var hosts = NetworkNamespaces.create(NODES)) {
        chaos("network", hosts, Optional.of(hosts));
      }
    } else {
      chaos("processes", Hosts.LOOPBACK, Optional.empty()); // NetworkNamespacesIT is skipped.
    }
  }

  private void chaos(String name, Hosts hosts, Optional<NetworkNamespaces> network)
      throws Exception {
    System.out.println("chaos " + name + " with -Dgofka.chaos.seed=" + seed);
    try (var cluster = Cluster.combined(NODES, settings(name), PROCESS, hosts)) {
      cluster.start();
      try (var load =
              new ReplicatedLoad(cluster.bootstrap(), name, List.of("none", "lz4", "zstd"));
          var nemesis = new Nemesis(cluster, network, load, new Random(seed))) {
        load.start();
        load.awaitProgress();
        long begin = System.nanoTime();
        long end = begin + CHAOS.toNanos();
        int strikes = 0;
        while (System.nanoTime() < end) {
          long struck = System.nanoTime();
          String fault = nemesis.strike();
          load.awaitProgress();
          load.checkCommits();
          System.out.printf("%6d ms %s%n", (System.nanoTime() - struck) / 1_000_000, fault);
          strikes++;
          if (strikes % 2 == 0) {
            load.awaitInSync(); // Otherwise the next fault meets a partition with two replicas.
          }
        }
        load.awaitInSync();
        List<String> found = load.endAndCheck();
        System.out.println(
            name
                + ": "
                + strikes
                + " faults, "
                + load.history().acknowledgements()
                + " records acknowledged, surfaced "
                + load.history().surfaced());
        check(load, found);
        cluster.stop();
        assertEquals(List.of(), ReplicaLogs.differences(cluster, name, ReplicatedLoad.PARTITIONS));
      }
    }
  }

  private void check(ReplicatedLoad load, List<String> found) {
    List<String> first = found.stream().limit(20).toList();
    assertEquals(List.of(), first, () -> "seed " + seed);
    assertEquals(List.of(), load.history().surfaced(), () -> "seed " + seed);
  }
}
