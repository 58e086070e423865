package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PortInUseTest {
  @TempDir private Path folder;

  private ServerSocket taken;

  @BeforeEach
  void takePort() throws Exception {
    taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void leavePort() throws Exception {
    taken.close();
  }

  private String refusal(String config) throws Exception {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file, config.formatted(taken.getLocalPort()) + "\nserver.data_dir: " + folder + "/data\n");
    ExecutionException failed =
        assertThrows(
            ExecutionException.class,
            () ->
                GofkaNode.start(NodeConfigReader.read(Optional.of(file), Map.of()))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS));
    return assertInstanceOf(StartException.class, failed.getCause()).getMessage();
  }

  private String listenerRefusal() {
    return "The Kafka listener PLAINTEXT://127.0.0.1:"
        + taken.getLocalPort()
        + " can't be opened: the port is in use by another process.";
  }

  @Test
  void loneNodeSaysThatThePortOfItsListenerIsTaken() throws Exception {
    String config = "kafka.listeners: PLAINTEXT://127.0.0.1:%d";
    assertEquals(listenerRefusal(), refusal(config));
  }

  /** Which don't run. */
  @Test
  void nodeOfAClusterSaysSoBeforeItHasMetTheOthers() throws Exception {
    String config =
        """
        server: {node_id: n1, id: 1, port: 9, cluster: {peers: {n1: "localhost:9", n2: "localhost:10"}}}
        kafka.listeners: PLAINTEXT://127.0.0.1:%d
        """;
    assertEquals(listenerRefusal(), refusal(config));
  }

  @Test
  void theSameForMetricsThatSomebodyCountsOn() throws Exception {
    String config =
        """
        server: {node_id: n1, id: 1, port: 9, cluster: {peers: {n1: "localhost:9", n2: "localhost:10"}}}
        kafka.listeners: PLAINTEXT://127.0.0.1:0
        http: {address: 127.0.0.1, port: %d}
        """;
    assertEquals(
        "http.port: metrics can't be told at 127.0.0.1:"
            + taken.getLocalPort()
            + ": the port is in use by another process.",
        refusal(config));
  }
}
