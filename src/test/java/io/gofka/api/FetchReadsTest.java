package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogShards;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadResult;
import io.gofka.metadata.image.ClusterImage;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fetches over two shards, each on a loop of its own, that have a fixed number of bytes. */
class FetchReadsTest {
  private static final UUID TOPIC = new UUID(1, 1);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final AtomicInteger rounds = new AtomicInteger();

  /** Answers as a log shard does: when it has enough, is told to, or the time is over. */
  private final class FixedShard extends VerticleBase {
    private final int shard;
    private final int bytes;
    private Promise<List<ReadResult>> parked;

    private final boolean waits;

    FixedShard(int shard, int bytes, boolean waits) {
      this.shard = shard;
      this.bytes = bytes;
      this.waits = waits;
    }

    @Override
    public Future<?> start() {
      return bus.serve(Addresses.LOG_READ.at(shard), this::read)
          .compose(served -> bus.serve(Addresses.LOG_COMPLETE_READ.at(shard), read -> complete()));
    }

    private Future<List<ReadResult>> read(ReadRecords read) {
      rounds.incrementAndGet();
      Promise<List<ReadResult>> answer = Promise.promise();
      if (!waits || bytes >= read.minBytes() || read.maxWaitMs() == 0) {
        answer.complete(results(read));
        return answer.future();
      }
      parked = Promise.promise();
      vertx.setTimer(read.maxWaitMs(), over -> complete());
      return parked.future().map(told -> results(read));
    }

    private Future<Void> complete() {
      if (parked != null) {
        parked.tryComplete();
      }
      return Future.succeededFuture();
    }

    private List<ReadResult> results(ReadRecords read) {
      return List.of(
          new ReadResult(
              read.partitions().get(0).partition(),
              ErrorCode.NONE,
              bytes,
              bytes,
              0,
              Payload.of(Unpooled.buffer(bytes).writeZero(bytes)),
              List.of(),
              Optional.empty()));
    }
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private List<ReadResult> fetch(int minBytes, int waitMs) throws Exception {
    LogShards shards = new LogShards(2);
    BrokerContext broker =
        new BrokerContext(
            vertx, bus, 1, shards, () -> ClusterImage.EMPTY, () -> BrokerConfig.DEFAULTS);
    List<PartitionRead> reads = List.of(partition(0), partition(1));
    Promise<List<ReadResult>> fetched = Promise.promise();
    vertx.runOnContext(
        go ->
            new FetchReads(broker)
                .read(
                    reads,
                    new FetchReads.Limits(
                        minBytes,
                        1 << 20,
                        waitMs,
                        IsolationLevel.READ_UNCOMMITTED,
                        ReadRecords.Source.LEADER),
                    1)
                .onComplete(fetched));
    return await(fetched.future());
  }

  private static PartitionRead partition(int index) {
    return new PartitionRead(new TopicIdPartition(TOPIC, "t", index), 0, 1 << 20, -1, -1);
  }

  private void start(int bytesOfFirst, int bytesOfSecond) throws Exception {
    LogShards shards = new LogShards(2);
    int first = shards.of("t", 0);
    await(vertx.deployVerticle(new FixedShard(first, bytesOfFirst, true)));
    await(vertx.deployVerticle(new FixedShard(1 - first, bytesOfSecond, true)));
  }

  @Test
  void shardWithMoreThanHalfOfTheBytesDoesNotKeepTheFetchRunningInCircles() throws Exception {
    start(60, 0);
    List<ReadResult> results = fetch(100, 300);
    assertEquals(60, results.get(0).records().size());
    assertEquals(0, results.get(1).records().size());
    assertTrue(rounds.get() <= 10, rounds + " reads of the shards");
  }

  @Test
  void fetchThatWantsMoreThanThereCanEverBeWaitsQuietly() throws Exception {
    start(0, 0);
    fetch(Integer.MAX_VALUE, 300);
    assertTrue(rounds.get() <= 10, rounds + " reads of the shards");
  }

  @Test
  void shardThatAnswersWithLessThanItIsAskedForEndsTheWaiting() throws Exception {
    await(vertx.deployVerticle(new FixedShard(0, 10, false)));
    await(vertx.deployVerticle(new FixedShard(1, 10, true)));
    assertEquals(2, fetch(1_000, 50_000).size());
    assertEquals(4, rounds.get());
  }

  @Test
  void bytesOfBothShardsTogetherAreEnough() throws Exception {
    start(60, 40);
    List<ReadResult> results = fetch(100, 5_000);
    assertEquals(60, results.get(0).records().size());
    assertEquals(40, results.get(1).records().size());
    assertEquals(2, rounds.get());
  }
}
