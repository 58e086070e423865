package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.TopicIdPartition;
import io.gofka.metadata.CommandResult;
import io.gofka.metadata.ReplicasFailed;
import io.gofka.metadata.ReplicasFailed.Replica;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

@Timeout(60)
class FailedReplicasVerticleTest {
  private static final UUID PROCESS = new UUID(1, 1);
  private static final UUID TOPIC = new UUID(7, 7);
  private static final long EPOCH = 44;
  private static final long RETRY_MS = 100;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context context = vertx.getOrCreateContext();
  private final BlockingQueue<ReplicasFailed> told = new LinkedBlockingQueue<>();
  private volatile ClusterImage image = image(1, List.of(1, 2), List.of(1));

  @BeforeEach
  void start() throws Exception {
    on(() -> bus.serve(Addresses.METADATA_IMAGE, asked -> Future.succeededFuture(image)));
    on(
        () ->
            bus.serve(
                Addresses.METADATA_COMMAND,
                request -> {
                  told.add((ReplicasFailed) request.command());
                  return Future.succeededFuture(new CommandResult<>(null, 1));
                }));
    await(vertx.deployVerticle(new FailedReplicasVerticle(bus, 1, PROCESS, RETRY_MS)));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private <T> void on(Supplier<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    context.runOnContext(v -> action.get().onComplete(done));
    await(done.future());
  }

  /** Partitions of broker 1, each with its ISR. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  private static ClusterImage image(long offset, List<Integer>... isrs) {
    BrokerImage broker =
        new BrokerImage(
            1,
            "n1",
            EPOCH,
            PROCESS,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            List.of(),
            new TreeMap<>());
    List<PartitionImage> partitions =
        Arrays.stream(isrs)
            .map(isr -> new PartitionImage(List.of(1, 2), isr, isr.get(0), 3, 4))
            .toList();
    TopicImage topic = new TopicImage(TOPIC, "t", partitions);
    return new ClusterImage(
        "c",
        offset,
        -1,
        TreePMap.singleton(1, broker),
        TreePMap.singleton("t", topic),
        HashTreePMap.singleton(TOPIC, topic),
        TreePMap.empty());
  }

  private void announceUnusable(int... partitions) {
    List<TopicIdPartition> failed = new ArrayList<>();
    for (int partition : partitions) {
      failed.add(new TopicIdPartition(TOPIC, "t", partition));
    }
    context.runOnContext(
        v -> bus.announce(Addresses.REPLICAS_UNUSABLE, new ReplicasUnusable(0, failed)));
  }

  private void become(ClusterImage next) {
    image = next;
    context.runOnContext(
        v ->
            bus.announce(
                Addresses.METADATA_CHANGED, new ImageChange(next, List.of(), List.of(), Set.of())));
  }

  private ReplicasFailed next() throws InterruptedException {
    return told.poll(30, TimeUnit.SECONDS);
  }

  @Test
  void failedReplicaIsGivenUpWhereOthersAreInSync() throws Exception {
    announceUnusable(0, 1, 9);
    assertEquals(new ReplicasFailed(1, EPOCH, List.of(new Replica(TOPIC, 0))), next());
  }

  @Test
  void itIsGivenUpLaterWhenOthersHaveCaughtUp() throws Exception {
    announceUnusable(1);
    become(image(2, List.of(1, 2), List.of(2, 1)));
    assertEquals(List.of(new Replica(TOPIC, 1)), next().replicas());
  }

  @Test
  void itIsToldAgainAsLongAsNothingHasComeOfIt() throws Exception {
    announceUnusable(0);
    assertEquals(List.of(new Replica(TOPIC, 0)), next().replicas());
    assertEquals(List.of(new Replica(TOPIC, 0)), next().replicas());
  }

  @Test
  void replicaThatIsWellAgainIsKept() throws Exception {
    announceUnusable(0);
    next();
    become(image(2, List.of(1, 2), List.of(1, 2)));
    announceUnusable(1);
    List<Replica> last = List.of();
    while (!last.equals(List.of(new Replica(TOPIC, 1)))) {
      last = next().replicas(); // Never null, and without the first one soon.
    }
  }
}
