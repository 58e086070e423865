package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.log.FindDirtiestLog.DirtyLog;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.Images;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is cleaned, and when; the shards are the test's. */
class LogCleanerVerticleTest {
  private static final int BROKER = 1;
  private static final long AWAIT_S = 20;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context context = vertx.getOrCreateContext();
  private final LogShards shards = new LogShards(2);
  // Of each shard, on the context: what needs cleaning, the dirtiest first.
  private final List<Deque<DirtyLog>> dirty = List.of(new ArrayDeque<>(), new ArrayDeque<>());
  private final LinkedBlockingQueue<CleanLog> begun = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Integer> looks = new LinkedBlockingQueue<>();
  private boolean refuses;

  @BeforeEach
  void serve() throws Exception {
    onContext(
        () -> {
          bus.serve(Addresses.METADATA_IMAGE, query -> Future.succeededFuture(ClusterImage.EMPTY));
          for (int shard = 0; shard < shards.count(); shard++) {
            Deque<DirtyLog> own = dirty.get(shard);
            int number = shard;
            bus.serve(
                Addresses.LOG_FIND_DIRTIEST.at(shard),
                query -> {
                  looks.add(number);
                  return Future.succeededFuture(Optional.ofNullable(own.peek()));
                });
            bus.serve(
                Addresses.LOG_CLEAN.at(shard),
                request -> {
                  own.poll();
                  begun.add(request);
                  return Future.succeededFuture(!refuses);
                });
          }
          return true;
        });
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(AWAIT_S, TimeUnit.SECONDS);
  }

  private <T> T onContext(Callable<T> action) throws Exception {
    Promise<T> done = Promise.promise();
    context.runOnContext(
        v -> {
          try {
            done.complete(action.call());
          } catch (Exception failure) {
            done.fail(failure);
          }
        });
    return await(done.future());
  }

  private void start(int threads, long backoffMs) throws Exception {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "log.cleaner.threads", Integer.toString(threads),
                "log.cleaner.backoff.ms", Long.toString(backoffMs)));
    await(vertx.deployVerticle(new LogCleanerVerticle(bus, shards, BROKER, config)));
  }

  /** A partition of that shard. */
  private TopicIdPartition partitionOf(int shard, int number) {
    for (long id = 1; ; id++) {
      TopicIdPartition found = new TopicIdPartition(new UUID(number, id), "topic" + id, 0);
      if (shards.of(found) == shard) {
        return found;
      }
    }
  }

  private TopicIdPartition dirty(int shard, int number, double ratio) throws Exception {
    TopicIdPartition partition = partitionOf(shard, number);
    onContext(() -> dirty.get(shard).add(new DirtyLog(partition, ratio)));
    return partition;
  }

  private CleanLog next() throws InterruptedException {
    return begun.poll(AWAIT_S, TimeUnit.SECONDS);
  }

  private void end(CleanLog cleaning) {
    bus.announce(Addresses.LOG_CLEANING_ENDED, new CleanLog.Ended(cleaning.partition()));
  }

  @Test
  void dirtiestOfAllShardsIsFirst() throws Exception {
    TopicIdPartition second = dirty(0, 1, 0.6);
    TopicIdPartition first = dirty(1, 2, 0.9);
    start(1, 5);
    CleanLog begun = next();
    assertEquals(first, begun.partition());
    end(begun);
    assertEquals(second, next().partition());
  }

  @Test
  void noMoreAreCleanedAtATimeThanThereAreThreads() throws Exception {
    dirty(0, 1, 0.9);
    dirty(1, 2, 0.8);
    dirty(0, 3, 0.7);
    start(2, 5);
    CleanLog one = next();
    next();
    assertEquals(2, one.limits().threads());
    assertNull(begun.peek(), "a third while two are under way");
    assertEquals(1, onContext(() -> dirty.get(0).size() + dirty.get(1).size()));
    end(one);
    next();
  }

  @Test
  void cleaningThatIsRefusedTakesNoThread() throws Exception {
    onContext(() -> refuses = true);
    dirty(0, 1, 0.9);
    start(1, 5);
    next();
    dirty(1, 2, 0.9);
    next();
  }

  @Test
  void logsAreLookedAtAgainAfterTheBackoffAndThatCanChange() throws Exception {
    start(1, 3_600_000);
    onContext(
        () -> {
          ClusterImage image =
              Images.configured(
                  ClusterImage.EMPTY,
                  ConfigResource.ALL_BROKERS,
                  Map.of("log.cleaner.backoff.ms", "5"));
          bus.announce(
              Addresses.METADATA_CHANGED,
              new ImageChange(image, List.of(), List.of(), Set.of(ConfigResource.ALL_BROKERS)));
          return true;
        });
    TopicIdPartition found = dirty(0, 1, 0.9);
    assertEquals(found, next().partition());
  }
}
