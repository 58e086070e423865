package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Controllers that are killed, paused and restarted while clients create topics. */
class ControllersIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TOPICS_BETWEEN_FAULTS = 20;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void nothingAcknowledgedIsLostWhenControllersAreKilledAndPaused() throws Exception {
    BrokerSettings paused = // Whose loops stand still as long as it does.
        settings("three")
            .allowingInLog("has been blocked for")
            .allowingInLog("VertxException: Thread blocked");
    try (var cluster = Cluster.combined(3, paused)) {
      cluster.start();
      try (var load = new TopicLoad(cluster.bootstrap(), "three")) {
        killAndRestart(cluster, cluster.activeController(), load);
        killAndRestart(cluster, follower(cluster), load);
        pauseAndResume(cluster, cluster.activeController(), load);
        pauseAndResume(cluster, follower(cluster), load);
        killAndRestart(cluster, cluster.activeController(), load);
        load.endAndCheck();
      }
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void fiveControllersGoOnWithoutTwo() throws Exception {
    try (var cluster = Cluster.of(3, 2, settings("five"))) {
      cluster.start();
      try (var load = new TopicLoad(cluster.bootstrap(), "five")) {
        progress(load);
        int first = cluster.activeController();
        cluster.node(first).kill();
        progress(load);
        int second = cluster.activeController();
        cluster.node(second).kill();
        progress(load);
        cluster.start();
        progress(load);
        load.endAndCheck();
      }
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void rollingRestartNeverStopsThem() throws Exception {
    try (var cluster = Cluster.combined(3, settings("rolling"))) {
      cluster.start();
      try (var load = new TopicLoad(cluster.bootstrap(), "rolling")) {
        progress(load);
        for (Broker node : cluster.nodes()) {
          node.stop();
          progress(load);
          node.start();
          progress(load);
        }
        load.endAndCheck();
      }
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void majorityThatIsLostAndComesBackBringsEverythingWithIt() throws Exception {
    try (var cluster = Cluster.combined(3, settings("majority"))) {
      cluster.start();
      try (var load = new TopicLoad(cluster.bootstrap(), "majority")) {
        progress(load);
        int leader = cluster.activeController();
        int follower = leader % 3 + 1;
        cluster.node(leader).kill();
        cluster.node(follower).kill();
        assertNothingCanBeCreated(cluster);
        cluster.start();
        progress(load);
        load.endAndCheck();
      }
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void controllersAreAddedAndRemovedUnderLoad() throws Exception {
    try (var cluster = Cluster.combined(3, settings("voters"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
      cluster.start();
      try (var load = new TopicLoad(cluster.bootstrap(), "voters")) {
        progress(load);
        int added = cluster.addController();
        cluster.start();
        addVoter(admin, added);
        progress(load);
        int leader = cluster.activeController();
        removeVoter(admin, leader);
        progress(load);
        assertEquals(3, quorum(admin).voters().size());
        // Of the three left two must do, the new one among them.
        cluster.node(leader).kill();
        int other = leader % 3 + 1;
        cluster.node(other).kill();
        progress(load);
        cluster.start();
        load.endAndCheck();
      }
    }
  }

  /** As soon as it is known as an observer. */
  private static void addVoter(Admin admin, int id) throws Exception {
    Await.until("controller " + id + " follows the log", LIMIT, () -> observer(admin, id) != null);
    ReplicaState observer = observer(admin, id);
    var endpoint = new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", 1); // It has told its own.
    admin.addRaftVoter(id, observer.replicaDirectoryId(), Set.of(endpoint)).all().get();
  }

  private static ReplicaState observer(Admin admin, int id) throws Exception {
    return quorum(admin).observers().stream()
        .filter(replica -> replica.replicaId() == id)
        .findFirst()
        .orElse(null);
  }

  private static void removeVoter(Admin admin, int id) throws Exception {
    ReplicaState voter =
        quorum(admin).voters().stream()
            .filter(replica -> replica.replicaId() == id)
            .findFirst()
            .orElseThrow();
    admin.removeRaftVoter(id, voter.replicaDirectoryId()).all().get();
  }

  private static QuorumInfo quorum(Admin admin) throws Exception {
    return admin.describeMetadataQuorum().quorumInfo().get();
  }

  private static void killAndRestart(Cluster cluster, int id, TopicLoad load) {
    progress(load);
    cluster.node(id).kill();
    progress(load);
    cluster.node(id).start();
  }

  private static void pauseAndResume(Cluster cluster, int id, TopicLoad load) {
    progress(load);
    cluster.node(id).pause();
    progress(load);
    cluster.node(id).resume();
  }

  private static int follower(Cluster cluster) throws Exception {
    return cluster.activeController() % cluster.nodes().size() + 1;
  }

  /** Waits until topics have been created since now. */
  private static void progress(TopicLoad load) {
    int before = load.acknowledged();
    Await.until(
        () -> (load.acknowledged() - before) + " more topics",
        LIMIT,
        () -> load.acknowledged() >= before + TOPICS_BETWEEN_FAULTS);
  }

  private static void assertNothingCanBeCreated(Cluster cluster) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", cluster.bootstrap(),
            "request.timeout.ms", 2_000,
            "default.api.timeout.ms", 4_000);
    try (Admin admin = Admin.create(settings)) {
      admin.createTopics(List.of(new NewTopic("minority", 1, (short) 1))).all().get();
    } catch (java.util.concurrent.ExecutionException expected) {
      return;
    }
    throw new AssertionError("one of three controllers has created a topic");
  }

  private static BrokerSettings settings(String name) {
    return BrokerSettings.named("controllers-" + name);
  }
}
