package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.AlterPartition;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.CommandResult;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.replica.IsrChange.InSync;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pcollections.TreePMap;

@Timeout(60)
class IsrVerticleTest {
  private static final UUID TOPIC = new UUID(0, 7);
  private static final UUID PROCESS = new UUID(0, 1);
  private static final IsrChange WANTED =
      new IsrChange(
          TOPIC,
          3,
          5,
          9,
          List.of(new InSync(1, -1), new InSync(2, 44)),
          LeaderRecoveryState.RECOVERED);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final CompletableFuture<CommandRequest<?>> asked = new CompletableFuture<>();

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void changesAreAskedForUnderTheEpochOfThisProcess() throws Exception {
    serve(PROCESS, ErrorCode.INELIGIBLE_REPLICA);
    assertEquals(List.of(ErrorCode.INELIGIBLE_REPLICA), ask());
    AlterPartition command = (AlterPartition) asked.get(20, TimeUnit.SECONDS).command();
    assertEquals(
        new AlterPartition(
            1,
            77,
            List.of(
                new AlterPartition.Change(
                    TOPIC,
                    3,
                    5,
                    9,
                    List.of(new AlterPartition.InSync(1, -1), new AlterPartition.InSync(2, 44)),
                    LeaderRecoveryState.RECOVERED))),
        command);
  }

  @Test
  void nothingIsAskedForInTheNameOfAnotherProcess() throws Exception {
    serve(new UUID(0, 2), ErrorCode.NONE);
    ApiException refused = assertThrows(ApiException.class, this::ask);
    assertEquals(ErrorCode.STALE_BROKER_EPOCH, refused.errorCode());
  }

  private List<ErrorCode> ask() throws Exception {
    return await(bus.request(Addresses.REPLICA_CHANGE_ISRS, new ChangeIsrs(List.of(WANTED))));
  }

  /** An image in which that process is registered as broker 1, and a controller. */
  private void serve(UUID registered, ErrorCode answer) throws Exception {
    await(
        vertx.deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> start() {
                return Future.join(serveImage(registered), serveController(answer));
              }
            }));
    await(vertx.deployVerticle(new IsrVerticle(bus, 1, PROCESS)));
  }

  private Future<Void> serveImage(UUID registered) {
    ClusterImage image = image(registered);
    return bus.serve(Addresses.METADATA_IMAGE, current -> Future.succeededFuture(image));
  }

  private Future<Void> serveController(ErrorCode answer) {
    AlterPartition.Result result =
        new AlterPartition.Result(
            TOPIC, 3, answer, -1, -1, -1, List.of(), LeaderRecoveryState.RECOVERED);
    return bus.serve(
        Addresses.METADATA_COMMAND,
        request -> {
          asked.complete(request);
          return Future.succeededFuture(new CommandResult<>(List.of(result), 1));
        });
  }

  private static ClusterImage image(UUID incarnationId) {
    BrokerImage broker =
        new BrokerImage(
            1,
            "a",
            77,
            incarnationId,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            List.of(),
            new TreeMap<>());
    ClusterImage empty = ClusterImage.EMPTY;
    return new ClusterImage(
        "c",
        100,
        -1,
        TreePMap.singleton(1, broker),
        empty.topicsByName(),
        empty.topicsById(),
        empty.configs());
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw (Exception) failed.getCause();
    }
  }
}
