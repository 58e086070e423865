package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.storage.ReplicaIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is started under the name of another one that is alive. */
class NamesakeTest {
  private static final HostPort HERE = new HostPort("localhost", 42_079);
  private static final HostPort ITS_PLACE = new HostPort("localhost", 42_069);
  private static final HostPort OF_PEER = new HostPort("localhost", 42_070);
  private static final UUID PROCESS = new UUID(7, 7);

  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context loop = ((VertxInternal) vertx).createEventLoopContext();
  private final Promise<ReplicatedLog.LogBroken> ended = Promise.promise();
  private final Promise<Void> asked = Promise.promise();
  private volatile Future<NodeStatus> inItsPlace;
  private FormationVerticle formation;

  @BeforeEach
  void startAController() throws Exception {
    FileMetadataDirectory metadata = FileMetadataDirectory.open(directory, "n1", HERE, false);
    formation =
        new FormationVerticle(
            bus,
            metadata.disk(),
            new FormationVerticle.Start(
                "n1",
                PROCESS,
                Set.of(Role.CONTROLLER),
                HERE,
                new TreeMap<>(Map.of("n1", HERE, "n2", OF_PEER))),
            metadata.identity());
    formation.init(vertx, loop);
    onLoop(
        () ->
            bus.serve(Addresses.HELLO, this::answer)
                .compose(served -> bus.listen(Addresses.METADATA_LOG_BROKEN, ended::tryComplete)));
    onLoop(() -> formation.start().mapEmpty());
  }

  private Future<NodeStatus> answer(Hello hello) {
    if (hello.address().equals(ITS_PLACE)) {
      // What follows from the answer happens before what waits for this.
      return inItsPlace.onComplete(answered -> vertx.setTimer(1, soon -> asked.tryComplete()));
    }
    return Future.succeededFuture(status("n2", new UUID(2, 2), OF_PEER));
  }

  private static NodeStatus status(String nodeId, UUID process, HostPort address) {
    var directories = new TreeMap<>(Map.of("n1", new UUID(1, 1), "n2", new UUID(1, 2)));
    return new NodeStatus(
        "cluster",
        nodeId,
        directories.get(nodeId),
        process,
        Set.of(Role.CONTROLLER),
        address,
        Standing.FORMED,
        directories,
        new TreeMap<>(Map.of("n1", ITS_PLACE, "n2", OF_PEER)),
        "n2");
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private <T> T onLoop(Supplier<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(v -> action.get().onComplete(done));
    return await(done.future());
  }

  private ReplicaIdentity settle() throws Exception {
    return onLoop(formation::settle);
  }

  @Test
  void itGivesWayAndSaysWhereTheOtherOneIs() throws Exception {
    inItsPlace = Future.succeededFuture(status("n1", new UUID(1, 1), ITS_PLACE));
    loop.runOnContext(v -> formation.settle());
    assertEquals(
        "a node n1 is alive at localhost:42069, where n2 knows it; this one, at localhost:42079,"
            + " needs another server.node_id",
        await(ended.future()).why());
  }

  @Test
  void itStaysWhenNobodyIsThereAnyMore() throws Exception {
    inItsPlace = Future.failedFuture(new ApiException(ErrorCode.BROKER_NOT_AVAILABLE, "refused"));
    assertEquals(Standing.JOINED, settle().standing());
    await(asked.future());
    assertEquals(
        "n1", onLoop(() -> bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())).nodeId());
    assertFalse(ended.future().isComplete());
  }

  @Test
  void itStaysWhenAnotherNodeIsThereByNow() throws Exception {
    inItsPlace = Future.succeededFuture(status("n2", new UUID(1, 1), ITS_PLACE));
    assertEquals(Standing.JOINED, settle().standing());
    assertTrue(settle().firstVoters().isEmpty());
    await(asked.future());
    assertEquals(
        "n1", onLoop(() -> bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())).nodeId());
    assertFalse(ended.future().isComplete());
  }
}
