package io.gofka.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.client.ClientException.Kind;
import io.gofka.client.ScriptedNode.Asked;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class KafkaConnectionTest {
  private static final int LONG_MS = 20_000;
  private static final int SHORT_MS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static ClientSettings settings(int requestTimeoutMs, int maxInFlight, int maxWaiting) {
    return new ClientSettings(
        "test", LONG_MS, requestTimeoutMs, maxInFlight, maxWaiting, 64 * 1024);
  }

  /** A node that offers DescribeCluster and leaves the rest to the script. */
  private ScriptedNode node(Consumer<Asked> script) throws Exception {
    return new ScriptedNode(
        vertx,
        asked -> {
          if (asked.key() == ApiKey.API_VERSIONS) {
            asked.offer(0, 1, ApiKey.DESCRIBE_CLUSTER);
          } else {
            script.accept(asked);
          }
        });
  }

  private KafkaConnection open(ScriptedNode node, ClientSettings settings) throws Exception {
    return open(node.address(), settings);
  }

  private KafkaConnection open(HostPort address, ClientSettings settings) throws Exception {
    return onContext(
        () -> {
          NetClient net = vertx.createNetClient(KafkaConnection.options(settings));
          return KafkaConnection.open(vertx, net, address, settings);
        });
  }

  private static Future<DescribeClusterResponse> ask(KafkaConnection connection) {
    return connection.send(
        ApiKey.DESCRIBE_CLUSTER,
        version -> new DescribeClusterRequest(),
        DescribeClusterResponse.class);
  }

  private static DescribeClusterResponse cluster(String id) {
    return new DescribeClusterResponse().clusterId(id);
  }

  @Test
  void requestGoesInTheHighestVersionThatBothKnow() throws Exception {
    ScriptedNode node = node(asked -> asked.answer(cluster("c")));
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertEquals("c", onContext(() -> ask(connection)).clusterId());
    assertEquals(1, node.asked.get(1).version());
    assertEquals("gofka", ((ApiVersionsRequest) node.asked.get(0).request()).clientSoftwareName());
  }

  @Test
  void nodeThatKnowsOnlyOlderApiVersionsIsAskedAgain() throws Exception {
    ScriptedNode node =
        new ScriptedNode(
            vertx,
            asked -> {
              if (asked.version() > 2) {
                ApiVersionsResponse ranges =
                    new ApiVersionsResponse().errorCode(ErrorCode.UNSUPPORTED_VERSION.code());
                ranges
                    .apiKeys()
                    .add(
                        new ApiVersionsResponse.ApiVersion()
                            .apiKey(ApiKey.API_VERSIONS.id())
                            .maxVersion((short) 2));
                asked.answer(ranges, (short) 0, asked.correlationId());
              } else {
                asked.offer(0, 0, ApiKey.DESCRIBE_CLUSTER);
              }
            });
    open(node, settings(LONG_MS, 5, 5));
    assertEquals(List.of(4, 2), node.asked.stream().map(asked -> (int) asked.version()).toList());
  }

  @Test
  void apiThatIsNotOfferedIsNotAskedFor() throws Exception {
    ScriptedNode node = node(asked -> {});
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(
        Kind.UNSUPPORTED,
        () ->
            connection.send(
                ApiKey.METADATA,
                version -> new DescribeClusterRequest(),
                DescribeClusterResponse.class));
    assertEquals(1, node.asked.size());
  }

  @Test
  void requestWithoutAFormInItsVersionIsNotSentAndTheNextOneIs() throws Exception {
    ScriptedNode node = node(asked -> asked.answer(cluster("c")));
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(
        Kind.UNSUPPORTED,
        () ->
            connection.send(
                ApiKey.DESCRIBE_CLUSTER,
                version -> new DescribeClusterRequest().includeFencedBrokers(true),
                DescribeClusterResponse.class));
    assertEquals("c", onContext(() -> ask(connection)).clusterId());
  }

  @Test
  void noMoreRequestsAreInFlightThanAllowed() throws Exception {
    // The node asks and answers on its loop, the test looks from outside.
    List<Asked> unanswered = new CopyOnWriteArrayList<>();
    Promise<Void> two = Promise.promise();
    Promise<Void> four = Promise.promise();
    ScriptedNode node =
        node(
            asked -> {
              unanswered.add(asked);
              if (unanswered.size() == 2) {
                two.complete();
              } else if (unanswered.size() == 4) {
                four.complete();
              }
            });
    KafkaConnection connection = open(node, settings(LONG_MS, 2, 2));
    List<Future<DescribeClusterResponse>> answers = new ArrayList<>();
    onContext(
        () -> {
          for (int i = 0; i < 4; i++) {
            answers.add(ask(connection));
          }
          return Future.succeededFuture();
        });
    await(two.future());
    assertFails(Kind.UNREACHABLE, () -> ask(connection));
    assertEquals(2, unanswered.size());
    unanswered.subList(0, 2).forEach(asked -> asked.answer(cluster("first")));
    assertEquals("first", await(answers.get(1)).clusterId());
    await(four.future());
    unanswered.subList(2, 4).forEach(asked -> asked.answer(cluster("later")));
    assertEquals("later", await(answers.get(3)).clusterId());
  }

  @Test
  void requestThatIsNotAnsweredInTimeEndsTheConnection() throws Exception {
    ScriptedNode node = node(asked -> {});
    KafkaConnection connection = open(node, settings(SHORT_MS, 1, 5));
    List<Future<DescribeClusterResponse>> answers = new ArrayList<>();
    onContext(
        () -> {
          answers.add(ask(connection));
          answers.add(
              connection.send(
                  ApiKey.DESCRIBE_CLUSTER,
                  version -> new DescribeClusterRequest(),
                  DescribeClusterResponse.class,
                  LONG_MS));
          return Future.succeededFuture();
        });
    assertFails(Kind.TIMED_OUT, () -> answers.get(0));
    assertFails(Kind.UNREACHABLE, () -> answers.get(1)); // It was never sent.
    assertFails(Kind.UNREACHABLE, () -> ask(connection));
  }

  @Test
  void whatWasSentWhenTheNodeGoesAwayMayHaveHappened() throws Exception {
    ScriptedNode node = node(asked -> asked.from().close());
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(Kind.DISCONNECTED, () -> ask(connection));
  }

  @Test
  void answerToAnotherRequestIsNotTaken() throws Exception {
    ScriptedNode node =
        node(asked -> asked.answer(cluster("c"), asked.version(), asked.correlationId() + 1));
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(Kind.UNREADABLE, () -> ask(connection));
  }

  @Test
  void answerThatIsCutOffIsNotTaken() throws Exception {
    ScriptedNode node =
        node(
            asked ->
                asked
                    .from()
                    .write(
                        Buffer.buffer()
                            .appendInt(5)
                            .appendInt(asked.correlationId())
                            .appendByte((byte) 0)));
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(Kind.UNREADABLE, () -> ask(connection));
  }

  @Test
  void answerThatIsTooLongEndsTheConnection() throws Exception {
    ScriptedNode node =
        node(asked -> asked.from().write(Buffer.buffer().appendInt(Integer.MAX_VALUE)));
    KafkaConnection connection = open(node, settings(LONG_MS, 5, 5));
    assertFails(Kind.DISCONNECTED, () -> ask(connection));
  }

  @Test
  void firstAddressThatAnswersIsTaken() throws Exception {
    ScriptedNode node = node(asked -> {});
    HostPort nobody = new HostPort("127.0.0.1", 1);
    HostPort noOneElse = new HostPort("127.0.0.1", 2);
    ClientSettings settings = settings(LONG_MS, 5, 5);
    await(
        onContextRaw(() -> ClusterAdmin.connect(vertx, List.of(nobody, node.address()), settings)));
    ClientException failed =
        assertFails(
            Kind.UNREACHABLE,
            () -> ClusterAdmin.connect(vertx, List.of(nobody, noOneElse), settings));
    assertTrue(failed.getMessage().startsWith("127.0.0.1:1: "), failed.getMessage());
    assertTrue(failed.getMessage().contains("; 127.0.0.1:2: "), failed.getMessage());
  }

  private <T> Future<T> onContextRaw(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(v -> action.get().onComplete(done));
    return done.future();
  }

  private <T> T onContext(Supplier<Future<T>> action) throws Exception {
    return await(onContextRaw(action));
  }

  private <T> ClientException assertFails(Kind kind, Supplier<Future<T>> action) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> onContext(action));
    ClientException failure = assertInstanceOf(ClientException.class, failed.getCause());
    assertEquals(kind, failure.kind(), failure.getMessage());
    return failure;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
