package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Kafka's admin client gets with {@code bootstrap.controllers}. */
@Timeout(60)
class ControllerListenerTest {
  @TempDir Path folder;

  private GofkaNode node;

  @AfterEach
  void stop() throws Exception {
    await(node.stop());
  }

  private void start(String roles, String listeners) throws Exception {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        server:
          roles: [%s]
          port: %d
          data_dir: %s
        http.port: 0
        kafka:
          listeners: %s
          controller.listener.names: CONTROLLER
        """
            .formatted(roles, freePort(), folder.resolve("data"), listeners));
    node = await(GofkaNode.start(NodeConfigReader.read(Optional.of(file), Map.of())));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Admin admin(String bootstrap, String address) {
    return Admin.create(
        Map.of(
            bootstrap, address, "request.timeout.ms", "10000", "default.api.timeout.ms", "20000"));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static <T> T await(KafkaFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static void assertRefused(Class<? extends Exception> error, KafkaFuture<?> future) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(future));
    assertInstanceOf(error, failed.getCause());
  }

  @Test
  void controllerThatIsNoBrokerIsAdministeredThroughItsListener() throws Exception {
    int port = freePort();
    start("controller", "CONTROLLER://127.0.0.1:" + port);
    try (Admin admin = admin("bootstrap.controllers", "127.0.0.1:" + port)) {
      assertEquals(port, await(admin.describeCluster().controller()).port());
      var quorum = await(admin.describeMetadataQuorum().quorumInfo());
      assertEquals(1, quorum.voters().size());
      assertEquals(quorum.leaderId(), quorum.voters().get(0).replicaId());
      assertEquals(
          "CONTROLLER", quorum.nodes().get(quorum.leaderId()).endpoints().get(0).listener());
      assertEquals(
          30,
          await(admin.describeFeatures().featureMetadata())
              .finalizedFeatures()
              .get("metadata.version")
              .maxVersionLevel());
      assertRefused(BrokerIdNotRegisteredException.class, admin.unregisterBroker(9).all());
    }
  }

  @Test
  void combinedNodeTellsBrokersAndControllersEachAtItsOwnListener() throws Exception {
    int port = freePort();
    int controllerPort = freePort();
    start(
        "broker, controller",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
    try (Admin brokers = admin("bootstrap.servers", "127.0.0.1:" + port);
        Admin controllers = admin("bootstrap.controllers", "127.0.0.1:" + controllerPort);
        Admin lost = admin("bootstrap.servers", "127.0.0.1:" + controllerPort)) {
      assertEquals(port, await(brokers.describeCluster().nodes()).iterator().next().port());
      assertEquals(
          controllerPort, await(controllers.describeCluster().nodes()).iterator().next().port());
      await(brokers.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all());

      ConfigResource one = new ConfigResource(ConfigResource.Type.BROKER, "1");
      await(
          controllers
              .incrementalAlterConfigs(
                  Map.of(
                      one,
                      List.of(
                          new AlterConfigOp(
                              new ConfigEntry("message.max.bytes", "2000000"),
                              AlterConfigOp.OpType.SET))))
              .all());
      assertEquals(
          "2000000",
          await(brokers.describeConfigs(List.of(one)).all())
              .get(one)
              .get("message.max.bytes")
              .value());
      assertTrue(await(controllers.describeMetadataQuorum().quorumInfo()).highWatermark() > 0);
      // Who takes a controller for a broker asks for metadata first, which it doesn't offer.
      assertRefused(
          UnsupportedVersionException.class,
          lost.describeCluster(new DescribeClusterOptions().timeoutMs(3_000)).nodes());
    }
  }
}
