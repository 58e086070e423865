package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.node.GofkaNode;
import io.gofka.node.NodeConfigReader;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.VoterNotFoundException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The admin requests of a cluster as Kafka's own client makes them, to a cluster of one node. */
@Timeout(60)
class ClusterAdminClientTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);
  private static final String ELR = "eligible.leader.replicas.version";

  @TempDir static Path folder;

  private static GofkaNode node;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        server:
          data_dir: %s
        kafka:
          listeners: PLAINTEXT://127.0.0.1:%d
        """
            .formatted(folder.resolve("data"), port));
    node = await(GofkaNode.start(NodeConfigReader.read(Optional.of(file), Map.of())));
    admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port));
    await(admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all());
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
    await(node.stop());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static <T> T await(KafkaFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static void assertRefused(Class<? extends Exception> error, KafkaFuture<?> future) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(future));
    assertInstanceOf(error, failed.getCause());
  }

  @Test
  void featuresBeginAtTheirHighestLevelAndCanBeChanged() throws Exception {
    var features = await(admin.describeFeatures().featureMetadata());
    var supported = features.supportedFeatures();
    assertEquals(Set.of("metadata.version", "kraft.version", ELR), supported.keySet());
    features
        .finalizedFeatures()
        .forEach(
            (name, level) ->
                assertEquals(supported.get(name).maxVersion(), level.maxVersionLevel()));
    assertTrue(features.finalizedFeaturesEpoch().orElseThrow() > 0);

    update(ELR, 0, UpgradeType.SAFE_DOWNGRADE, true);
    assertEquals(1, level(ELR));
    update(ELR, 0, UpgradeType.SAFE_DOWNGRADE, false);
    assertEquals(0, level(ELR));
    update(ELR, 1, UpgradeType.UPGRADE, false);
    assertEquals(1, level(ELR));
    assertRefused(
        InvalidUpdateVersionException.class,
        updating("group.version", 9, UpgradeType.UPGRADE, false));
  }

  private static int level(String feature) throws Exception {
    var level = await(admin.describeFeatures().featureMetadata()).finalizedFeatures().get(feature);
    return level == null ? 0 : level.maxVersionLevel();
  }

  private static void update(String feature, int level, UpgradeType type, boolean validateOnly)
      throws Exception {
    await(updating(feature, level, type, validateOnly));
  }

  private static KafkaFuture<Void> updating(
      String feature, int level, UpgradeType type, boolean validateOnly) {
    return admin
        .updateFeatures(
            Map.of(feature, new FeatureUpdate((short) level, type)),
            new UpdateFeaturesOptions().validateOnly(validateOnly))
        .all();
  }

  @Test
  void electionsAreAnsweredForEachPartition() throws Exception {
    TopicPartition unknown = new TopicPartition("t", 9);
    var results =
        await(admin.electLeaders(ElectionType.PREFERRED, Set.of(PARTITION, unknown)).partitions());
    assertInstanceOf(ElectionNotNeededException.class, results.get(PARTITION).orElseThrow());
    assertInstanceOf(UnknownTopicOrPartitionException.class, results.get(unknown).orElseThrow());
    assertEquals(Map.of(), await(admin.electLeaders(ElectionType.UNCLEAN, null).partitions()));
  }

  @Test
  void reassignmentsAreAnsweredForEachPartition() throws Exception {
    await(reassigning(PARTITION, Optional.of(new NewPartitionReassignment(List.of(1)))));
    assertRefused(
        InvalidReplicaAssignmentException.class,
        reassigning(PARTITION, Optional.of(new NewPartitionReassignment(List.of(1, 7)))));
    assertRefused(
        UnknownTopicOrPartitionException.class,
        reassigning(new TopicPartition("u", 0), Optional.empty()));
    assertRefused(
        NoReassignmentInProgressException.class, reassigning(PARTITION, Optional.empty()));
    assertEquals(Map.of(), await(admin.listPartitionReassignments().reassignments()));
  }

  private static KafkaFuture<Void> reassigning(
      TopicPartition partition, Optional<NewPartitionReassignment> to) {
    return admin.alterPartitionReassignments(Map.of(partition, to)).all();
  }

  @Test
  void onlyWhoIsThereCanBeUnregisteredAddedOrRemoved() {
    assertRefused(BrokerIdNotRegisteredException.class, admin.unregisterBroker(77).all());
    Uuid directory = Uuid.randomUuid();
    assertRefused(
        InvalidRequestException.class,
        admin
            .addRaftVoter(4, directory, Set.of(new RaftVoterEndpoint("CONTROLLER", "h", 9093)))
            .all());
    assertRefused(VoterNotFoundException.class, admin.removeRaftVoter(4, directory).all());
  }
}
