package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.raft.storage.IdentityFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormationVerticleTest {
  private static final HostPort HERE = new HostPort("localhost", 42069);

  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context loop = ((VertxInternal) vertx).createEventLoopContext();
  private FileMetadataDirectory metadata;
  private FormationVerticle formation;

  @BeforeEach
  void startABroker() throws Exception {
    metadata = FileMetadataDirectory.open(directory, "n1", HERE, false);
    formation =
        new FormationVerticle(
            bus,
            metadata.disk(),
            new FormationVerticle.Start(
                "n1", new UUID(7, 7), Set.of(Role.BROKER), HERE, Collections.emptySortedMap()),
            metadata.identity());
    formation.init(vertx, loop);
    onLoop(() -> formation.start().mapEmpty());
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private <T> T onLoop(Supplier<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(v -> action.get().onComplete(done));
    return await(done.future());
  }

  private Void learn(String clusterId) throws Exception {
    return onLoop(() -> formation.onClusterId(clusterId));
  }

  private String toldClusterId() throws Exception {
    return onLoop(() -> bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())).clusterId();
  }

  private String keptClusterId() throws Exception {
    return IdentityFile.read(metadata.disk()).orElseThrow().clusterId();
  }

  @Test
  void idOfTheClusterIsKeptEvenWhenTheFirstWriteFails() throws Exception {
    Path inTheWay = Files.createDirectory(directory.resolve("identity" + IdentityFile.UNFINISHED));
    assertThrows(ExecutionException.class, () -> learn("first"));
    assertEquals("", toldClusterId());
    Files.delete(inTheWay);
    learn("first");
    assertEquals("first", toldClusterId());
    assertEquals("first", keptClusterId());
  }

  @Test
  void equalIdsAreWrittenOnce() throws Exception {
    List<Future<Void>> told =
        onLoop(
            () ->
                Future.succeededFuture(
                    List.of(formation.onClusterId("first"), formation.onClusterId("first"))));
    assertSame(told.get(0), told.get(1));
    await(told.get(0));
    assertEquals("first", keptClusterId());
  }

  @Test
  void nodeThatIsToldOfAnotherClusterTakesNoPartInAny() throws Exception {
    Promise<ReplicatedLog.LogBroken> ended = Promise.promise();
    onLoop(() -> bus.listen(Addresses.METADATA_LOG_BROKEN, ended::tryComplete));
    learn("first");
    ExecutionException refused = assertThrows(ExecutionException.class, () -> learn("second"));
    assertTrue(refused.getMessage().contains("second"), refused.getMessage());
    assertTrue(await(ended.future()).why().contains("second"), "the node ends");
    assertThrows(ExecutionException.class, this::toldClusterId, "it meets nobody any more");
    assertThrows(ExecutionException.class, () -> learn("first"), "not even its own");
    assertEquals("first", keptClusterId());
  }

  @Test
  void anotherIdIsRefusedWhileTheFirstIsBeingWritten() throws Exception {
    Future<Void> second =
        onLoop(
            () -> {
              Future<Void> first = formation.onClusterId("first");
              Future<Void> other = formation.onClusterId("second");
              return first.map(other);
            });
    assertThrows(ExecutionException.class, () -> await(second));
    assertEquals("first", keptClusterId());
  }
}
