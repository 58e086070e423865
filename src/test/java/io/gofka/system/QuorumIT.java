package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.ClusterPlace;
import io.gofka.system.process.GofkaProcess;
import io.gofka.system.process.Ports;
import io.gofka.system.process.TestFolders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Controllers in processes of their own: how they begin, what they survive, whom they refuse. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class QuorumIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final BrokerSettings SETTINGS =
      BrokerSettings.plain("quorum", "256m")
          .with("offsets.topic.num.partitions", "2")
          .allowingInLog("FormationVerticle - The metadata directory of \\S+ was emptied")
          .allowingInLog("RaftShell - The quorum knows .* which is lost");

  private Cluster cluster;

  @AfterEach
  void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private Admin admin() {
    return admin(cluster.bootstrap());
  }

  private static Admin admin(String bootstrap) {
    return Admin.create(
        Map.of(
            "bootstrap.servers", bootstrap,
            "request.timeout.ms", "5000",
            "default.api.timeout.ms", "60000",
            "reconnect.backoff.max.ms", "200"));
  }

  private static void create(Admin admin, String topic) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
  }

  private static Set<String> topics(Admin admin) throws Exception {
    return admin.listTopics().names().get(60, TimeUnit.SECONDS);
  }

  private static QuorumInfo quorum(Admin admin) throws Exception {
    return admin.describeMetadataQuorum().quorumInfo().get(60, TimeUnit.SECONDS);
  }

  private static Set<Integer> ids(List<ReplicaState> replicas) {
    return replicas.stream().map(ReplicaState::replicaId).collect(Collectors.toSet());
  }

  private void awaitBrokers(Admin admin, int count) {
    Await.until(
        count + " brokers are there",
        LIMIT,
        () -> admin.describeCluster().nodes().get(60, TimeUnit.SECONDS).size() == count);
  }

  @Test
  void threeControllersSurviveTheKillOfTheLeaderAndTheLossOfTheMajority() throws Exception {
    cluster = Cluster.combined(3, SETTINGS);
    cluster.start();
    try (Admin admin = admin()) {
      awaitBrokers(admin, 3);
      create(admin, "first");
      QuorumInfo before = quorum(admin);
      assertEquals(Set.of(1, 2, 3), ids(before.voters()));

      Broker leader = cluster.node(before.leaderId());
      leader.kill();
      create(admin, "without-the-leader");
      QuorumInfo after = quorum(admin);
      assertTrue(after.leaderId() != before.leaderId(), after::toString);
      assertTrue(after.leaderEpoch() > before.leaderEpoch(), after::toString);
      leader.start();

      // Majority lost: nothing is decided, and what was asked for meanwhile isn't done behind
      // the back of who gave up.
      Broker last = cluster.node(after.leaderId());
      List<Broker> others = cluster.nodes().stream().filter(node -> node != last).toList();
      others.forEach(Broker::kill);
      try (Admin impatient =
          Admin.create(
              Map.of(
                  "bootstrap.servers", last.bootstrap(),
                  "request.timeout.ms", "2000",
                  "default.api.timeout.ms", "3000"))) {
        assertThrows(ExecutionException.class, () -> create(impatient, "nobody-decides"));
      }
      others.forEach(Broker::launch);
      others.forEach(Broker::awaitReady);
      create(admin, "with-a-majority");
    }
    cluster.nodes().forEach(Broker::kill);
    cluster.start();
    try (Admin admin = admin()) {
      Set<String> topics = topics(admin);
      assertTrue(
          topics.containsAll(Set.of("first", "without-the-leader", "with-a-majority")),
          topics::toString);
      create(admin, "after-all");
    }
  }

  @Test
  void emptiedControllerFollowsWithoutAVote() throws Exception {
    cluster = Cluster.combined(3, SETTINGS.allowingInLog("metadata directory of gofka-\\d was"));
    cluster.start();
    try (Admin admin = admin()) {
      awaitBrokers(admin, 3);
      create(admin, "before");
      QuorumInfo whole = quorum(admin);
      int emptied = whole.leaderId() % 3 + 1;
      cluster.node(emptied).kill();
      TestFolders.delete(cluster.node(emptied).dataDir());
      create(admin, "meanwhile");
      cluster.node(emptied).start();

      QuorumInfo now = quorum(admin);
      assertEquals(Set.of(emptied), ids(now.observers()));
      assertFalse(
          directory(now.voters(), emptied).equals(directory(now.observers(), emptied)),
          now::toString);
      assertTrue(topics(admin(cluster.node(emptied).bootstrap())).contains("meanwhile"));
      assertTrue(cluster.node(emptied).log().contains("was emptied"));

      // With one of the other two gone, one vote is left of three.
      int other = 6 - emptied - whole.leaderId();
      cluster.node(other).kill();
      try (Admin impatient =
          Admin.create(
              Map.of(
                  "bootstrap.servers", cluster.bootstrap(),
                  "request.timeout.ms", "2000",
                  "default.api.timeout.ms", "3000"))) {
        assertThrows(ExecutionException.class, () -> create(impatient, "one-vote-of-three"));
      }
      cluster.node(other).start();
      create(admin, "after");
    }
  }

  private static String directory(List<ReplicaState> replicas, int id) {
    return replicas.stream()
        .filter(replica -> replica.replicaId() == id)
        .map(replica -> replica.replicaDirectoryId().toString())
        .findFirst()
        .orElse("none");
  }

  @Test
  void strangersAndNamesakesAreRefused() throws Exception {
    // A cluster of its own, which then is told of peers that belong to another one.
    int strangersPort = Ports.free();
    var alone = new TreeMap<>(Map.of(3, strangersPort));
    var both = new TreeSet<>(List.of("broker", "controller"));
    var stranger = new GofkaProcess(SETTINGS.at(new ClusterPlace(3, strangersPort, alone, both)));
    stranger.start();
    stranger.stop();

    var ports = new TreeMap<>(Map.of(1, Ports.free(), 2, Ports.free(), 3, strangersPort));
    var one = new GofkaProcess(SETTINGS.at(new ClusterPlace(1, ports.get(1), ports, both)));
    var two = new GofkaProcess(SETTINGS.at(new ClusterPlace(2, ports.get(2), ports, both)));
    // The same name at another place, as a broker.
    var broker = new TreeSet<>(List.of("broker"));
    var namesake = new GofkaProcess(SETTINGS.at(new ClusterPlace(2, Ports.free(), ports, broker)));
    try {
      one.launch();
      two.launch();
      one.awaitReady();
      two.awaitReady();
      stranger.start();
      Await.until(
          () -> "the stranger is refused by name:\n" + one.log(),
          LIMIT,
          () -> one.log().contains("node gofka-3 to cluster") || told(one, "gofka-3"));

      namesake.launch();
      Await.until(
          () -> "the namesake is refused:\n" + namesake.log(),
          Duration.ofSeconds(90),
          () -> !namesake.isRunning());
      assertTrue(namesake.log().contains("gofka-2"), namesake.log());
      try (Admin admin = admin(one.bootstrap())) {
        create(admin, "unmoved");
        Set<Integer> brokers =
            admin.describeCluster().nodes().get(60, TimeUnit.SECONDS).stream()
                .map(Node::id)
                .collect(Collectors.toSet());
        assertEquals(Set.of(1, 2), brokers);
      }
    } finally {
      List.of(one, two, stranger, namesake)
          .forEach(
              node -> {
                if (node.isRunning()) {
                  node.kill();
                }
              });
    }
  }

  private static boolean told(Broker by, String stranger) {
    return by.log()
        .lines()
        .anyMatch(line -> line.contains(stranger) && line.contains("belongs to cluster"));
  }

  @Test
  void controllersAndBrokersMayBeNodesOfTheirOwn() throws Exception {
    cluster = Cluster.separate(3, 2, SETTINGS);
    cluster.start();
    String brokers =
        cluster.nodes().stream().skip(3).map(Broker::bootstrap).collect(Collectors.joining(","));
    try (Admin admin = admin(brokers)) {
      awaitBrokers(admin, 2);
      create(admin, "first");
      QuorumInfo before = quorum(admin);
      assertEquals(Set.of(1, 2, 3), ids(before.voters()));
      cluster.node(before.leaderId()).kill();
      create(admin, "second");
      cluster.node(Cluster.FIRST_BROKER_ID).kill();
      cluster.node(Cluster.FIRST_BROKER_ID).start();
      awaitBrokers(admin, 2);
      assertTrue(topics(admin).containsAll(Set.of("first", "second")));
      cluster.node(before.leaderId()).start();
    }
  }
}
