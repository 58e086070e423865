package io.gofka.group;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.log.LogShards;
import io.gofka.metadata.MetadataVerticle;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * A process with a group coordinator, metadata that the test makes up, and whatever log it adds.
 */
final class CoordinatorNode implements AutoCloseable {
  static final int BROKER = 1;
  static final UUID OFFSETS_TOPIC = new UUID(7, 7);
  static final long DEADLINE_MS = 50_000;

  final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setMaxEventLoopExecuteTime(200)
              .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
  final Bus bus = new Bus(vertx);
  private long metadataOffset;
  private String coordinator;

  CoordinatorNode() {
    await(vertx.deployVerticle(new MetadataVerticle(bus)));
  }

  void startCoordinator() {
    coordinator =
        await(
            vertx.deployVerticle(
                new GroupCoordinatorVerticle(
                    bus, BROKER, new LogShards(1), CoordinatorDriver.SETTINGS)));
  }

  void restartCoordinator() {
    await(vertx.undeploy(coordinator));
    startCoordinator();
  }

  /** {@code __consumer_offsets} with one partition. */
  void offsetsLedBy(int leader, int leaderEpoch) {
    TopicImage topic =
        new TopicImage(
            OFFSETS_TOPIC,
            TopicImage.CONSUMER_OFFSETS,
            List.of(
                new PartitionImage(List.of(BROKER, 2), List.of(leader), leader, leaderEpoch, 0)));
    announce(List.of(topic), List.of());
  }

  void announce(List<TopicImage> topics, List<TopicImage> deleted) {
    ClusterImage image =
        new ClusterImage(
            "cluster",
            ++metadataOffset,
            BROKER,
            TreePMap.empty(),
            topics.isEmpty()
                ? TreePMap.empty()
                : TreePMap.singleton(topics.get(0).name(), topics.get(0)),
            topics.isEmpty()
                ? HashTreePMap.empty()
                : HashTreePMap.singleton(topics.get(0).id(), topics.get(0)),
            TreePMap.empty());
    await(
        bus.request(
            Addresses.METADATA_COMMITTED, new ImageChange(image, topics, deleted, Set.of())));
  }

  static CommitOffsets commit(String topic, long offset) {
    return CoordinatorDriver.commitOf(topic, offset, -1, "");
  }

  ErrorCode commitNow(String topic, long offset) {
    return request(Addresses.GROUP_COMMIT_OFFSETS, commit(topic, offset)).get(0);
  }

  FetchOffsets.Result fetch(String topic) {
    FetchOffsets.Partition asked =
        new FetchOffsets.Partition(new TopicPartition(topic, 0), Uuids.ZERO);
    return request(
            Addresses.GROUP_FETCH_OFFSETS,
            new FetchOffsets(
                List.of(
                    new FetchOffsets.Query(CoordinatorDriver.GROUP, Optional.of(List.of(asked))))))
        .get(0);
  }

  /** Waits for the coordinator to be loaded; -1 when there is no offset. */
  long committed(String topic) {
    until(() -> fetch(topic).error() != ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    FetchOffsets.Result result = fetch(topic);
    if (result.error() != ErrorCode.NONE) {
      throw new AssertionError(result.error());
    }
    return result.offsets().get(0).offset();
  }

  JoinGroupResult join(Joins join) {
    return request(Addresses.GROUP_JOIN, join.toJoin());
  }

  /** Waits for the answer, and tries again as a client does while the coordinator is loading. */
  <Q, R> R request(Address<Q, R> address, Q message) {
    long deadlineNs = System.nanoTime() + Duration.ofMillis(DEADLINE_MS).toNanos();
    while (true) {
      try {
        return await(bus.request(address, message));
      } catch (ApiException refused) {
        boolean loading = refused.errorCode() == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
        if (!loading || System.nanoTime() > deadlineNs) {
          throw refused;
        }
      }
    }
  }

  void until(Supplier<Boolean> condition) {
    long deadlineNs = System.nanoTime() + Duration.ofMillis(DEADLINE_MS).toNanos();
    while (!condition.get()) {
      if (System.nanoTime() > deadlineNs) {
        throw new AssertionError("it never came true");
      }
      Thread.onSpinWait();
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEADLINE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ApiException refused) {
        throw refused;
      }
      throw new AssertionError(failed);
    } catch (InterruptedException | TimeoutException failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
