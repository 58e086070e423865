package io.gofka.group;

import static io.gofka.group.CoordinatorNode.BROKER;
import static io.gofka.group.CoordinatorNode.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendResult;
import io.gofka.log.FindEpochEnds;
import io.gofka.log.FindOffsets;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadResult;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of requests when the log does what logs seldom do. */
@Timeout(60)
class CoordinatorShellTest {
  private final CoordinatorNode node = new CoordinatorNode();
  private final MemoryShardVerticle shard = new MemoryShardVerticle();
  private String shardDeployment;

  /** A log shard with one partition in memory, whose appends wait for the test. */
  private final class MemoryShardVerticle extends VerticleBase {
    private final List<ByteBuf> batches = new ArrayList<>();
    private final BlockingQueue<HeldAppend> appends = new LinkedBlockingQueue<>();
    private final List<HeldAppend> everyAppend = new ArrayList<>();
    private long endOffset;
    private volatile int numUncommitted;
    private final AtomicInteger numLoads = new AtomicInteger();
    private volatile int leaderEpoch;

    private final class HeldAppend {
      private final TopicIdPartition partition;
      private final ByteBuf batch;
      private final int timeoutMs;
      private final Promise<List<AppendResult>> reply = Promise.promise();

      HeldAppend(AppendRecords append) {
        this.partition = append.partitions().get(0).partition();
        this.timeoutMs = append.timeoutMs();
        this.batch = Unpooled.copiedBuffer(append.partitions().get(0).records());
      }

      int numRecords() {
        return new RecordBatch(batch, 0).recordsCount();
      }

      void commit() {
        vertx.runOnContext(
            now -> {
              write();
              reply.complete(List.of(result(ErrorCode.NONE)));
            });
      }

      /** What the coordinator is told, and whether it is true that nothing was written. */
      void answer(ErrorCode error, boolean written) {
        vertx.runOnContext(
            now -> {
              if (written) {
                write();
              }
              reply.complete(List.of(result(error)));
            });
      }

      private void write() {
        RecordBatch view = new RecordBatch(batch, 0);
        view.assign(endOffset, 0);
        endOffset += view.recordsCount();
        batches.add(batch);
      }

      private AppendResult result(ErrorCode error) {
        return new AppendResult(partition, error, Optional.empty(), 0, 0, -1, 0, List.of());
      }
    }

    @Override
    public Future<?> start() {
      return Future.all(
          node.bus.serve(Addresses.LOG_APPEND.at(0), this::append),
          node.bus.serve(Addresses.LOG_READ.at(0), this::read),
          node.bus.serve(Addresses.LOG_FIND_OFFSETS.at(0), this::start),
          node.bus.serve(Addresses.LOG_FIND_EPOCH_ENDS.at(0), this::end));
    }

    /** A shard that stops answers whoever waits. */
    @Override
    public Future<?> stop() {
      everyAppend.forEach(
          held -> held.reply.tryComplete(List.of(held.result(ErrorCode.NOT_LEADER_OR_FOLLOWER))));
      return Future.succeededFuture();
    }

    private Future<List<AppendResult>> append(AppendRecords append) {
      HeldAppend held = new HeldAppend(append);
      if (append.partitions().get(0).expectedLeaderEpoch() != leaderEpoch) {
        return Future.succeededFuture(List.of(held.result(ErrorCode.FENCED_LEADER_EPOCH)));
      }
      assertEquals(-1, append.requiredAcks());
      assertEquals(AppendRecords.Origin.COORDINATOR, append.origin());
      everyAppend.add(held);
      appends.add(held);
      return held.reply.future();
    }

    HeldAppend nextAppend() {
      try {
        HeldAppend append = appends.poll(CoordinatorNode.DEADLINE_MS, TimeUnit.MILLISECONDS);
        if (append == null) {
          throw new AssertionError("nothing is appended");
        }
        return append;
      } catch (InterruptedException stopped) {
        throw new AssertionError(stopped);
      }
    }

    private Future<List<FindOffsets.Found>> start(FindOffsets find) {
      numLoads.incrementAndGet();
      if (find.queries().get(0).currentLeaderEpoch() != leaderEpoch) {
        return Future.failedFuture(
            new ApiException(ErrorCode.UNKNOWN_LEADER_EPOCH, "not led in that epoch yet"));
      }
      return Future.succeededFuture(
          List.of(
              new FindOffsets.Found(find.queries().get(0).partition(), ErrorCode.NONE, 0, -1, 0)));
    }

    private Future<List<FindEpochEnds.EpochEnd>> end(FindEpochEnds find) {
      return Future.succeededFuture(
          List.of(
              new FindEpochEnds.EpochEnd(
                  find.queries().get(0).partition(), ErrorCode.NONE, 0, endOffset)));
    }

    private Future<List<ReadResult>> read(ReadRecords read) {
      ReadRecords.PartitionRead asked = read.partitions().get(0);
      assertEquals(ReadRecords.Form.BUFFER, read.form());
      ByteBuf found = Unpooled.buffer();
      long highWatermark = endOffset - numUncommitted;
      for (ByteBuf batch : batches) {
        long offset = new RecordBatch(batch, 0).baseOffset();
        if (offset >= asked.fetchOffset() && offset < highWatermark) {
          found.writeBytes(batch.duplicate());
        }
      }
      return Future.succeededFuture(
          List.of(
              new ReadResult(
                  asked.partition(),
                  ErrorCode.NONE,
                  highWatermark,
                  highWatermark,
                  0,
                  Payload.of(found),
                  List.of(),
                  Optional.empty())));
    }
  }

  @BeforeEach
  void start() {
    shardDeployment = await(node.vertx.deployVerticle(shard));
    node.startCoordinator();
    node.offsetsLedBy(BROKER, 0);
    assertEquals(-1, awaitLoaded());
  }

  private long awaitLoaded() {
    node.until(() -> node.fetch("t").error() == ErrorCode.NONE);
    return node.committed("t");
  }

  @AfterEach
  void stop() {
    await(node.vertx.undeploy(shardDeployment));
    node.close();
  }

  private Future<List<ErrorCode>> commit(long offset) {
    return node.bus.request(Addresses.GROUP_COMMIT_OFFSETS, CoordinatorNode.commit("t", offset));
  }

  private static ErrorCode refusal(Future<?> future) {
    return assertThrows(ApiException.class, () -> await(future)).errorCode();
  }

  @Test
  void commitsGatherWhileAnAppendIsUnderWay() {
    Future<List<ErrorCode>> first = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    List<Future<List<ErrorCode>>> others = new ArrayList<>();
    for (int i = 2; i <= 100; i++) {
      others.add(commit(i));
    }
    assertEquals(-1, node.committed("t")); // Also: all commits have arrived by now.
    assertTrue(shard.appends.isEmpty());
    append.commit();
    await(first);
    MemoryShardVerticle.HeldAppend gathered = shard.nextAppend();
    assertEquals(99, gathered.numRecords());
    gathered.commit();
    await(Future.all(others));
    assertEquals(100, node.committed("t"));
  }

  @Test
  void refusedAppendLeavesTheCoordinatorAsItWas() {
    Future<List<ErrorCode>> commit = commit(1);
    shard.nextAppend().answer(ErrorCode.NOT_ENOUGH_REPLICAS, false);
    assertEquals(List.of(ErrorCode.COORDINATOR_NOT_AVAILABLE), await(commit));
    assertEquals(-1, node.committed("t"));
    assertEquals(1, shard.numLoads.get());
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "REQUEST_TIMED_OUT",
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
        "KAFKA_STORAGE_ERROR",
        "NOT_LEADER_OR_FOLLOWER",
        "UNKNOWN_SERVER_ERROR"
      })
  void coordinatorThatDoesNotKnowWhatTheLogHasLooks(ErrorCode unknown) {
    Future<List<ErrorCode>> commit = commit(1);
    shard.nextAppend().answer(unknown, true);
    ErrorCode told = refusal(commit);
    assertTrue(told.retriable(), told.toString());
    assertEquals(1, awaitLoaded()); // It was written after all.
    assertEquals(2, shard.numLoads.get());
  }

  @Test
  void whatIsNotCommittedYetIsWaitedForBeforeAnybodyIsServed() {
    Future<List<ErrorCode>> commit = commit(1);
    shard.numUncommitted = 1;
    shard.nextAppend().answer(ErrorCode.REQUEST_TIMED_OUT, true);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, refusal(commit));
    node.until(() -> shard.numLoads.get() == 2);
    assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, node.fetch("t").error());
    assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, refusal(commit(2)));
    shard.numUncommitted = 0;
    assertEquals(1, awaitLoaded());
  }

  @Test
  void queuedCommitsAreNotWrittenAfterTheCoordinatorWasGivenUp() {
    Future<List<ErrorCode>> first = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    Future<List<ErrorCode>> second = commit(2);
    node.committed("t"); // The commit has arrived by now.
    append.answer(ErrorCode.REQUEST_TIMED_OUT, false);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, refusal(first));
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, refusal(second));
    assertEquals(-1, awaitLoaded());
    assertTrue(shard.appends.isEmpty());
  }

  @Test
  void batchThatIsTooLargeIsSentInPieces() {
    Future<List<ErrorCode>> first = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    List<Future<List<ErrorCode>>> others = List.of(commit(2), commit(3), commit(4), commit(5));
    node.committed("t");
    append.commit();
    await(first);
    append = shard.nextAppend();
    assertEquals(4, append.numRecords());
    append.answer(ErrorCode.MESSAGE_TOO_LARGE, false);
    for (int i = 0; i < 2; i++) {
      append = shard.nextAppend();
      assertEquals(2, append.numRecords());
      append.commit();
    }
    await(Future.all(others));
    assertEquals(5, node.committed("t"));
  }

  @Test
  void singleWriteThatIsTooLargeIsRefused() {
    Future<List<ErrorCode>> commit = commit(1);
    shard.nextAppend().answer(ErrorCode.RECORD_LIST_TOO_LARGE, false);
    assertEquals(List.of(ErrorCode.INVALID_COMMIT_OFFSET_SIZE), await(commit));
  }

  @Test
  void answerOfAnAppendFromBeforeTheLastLeadershipIsNotHeeded() {
    Future<List<ErrorCode>> commit = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    node.offsetsLedBy(2, 1);
    assertEquals(ErrorCode.NOT_COORDINATOR, refusal(commit));
    shard.leaderEpoch = 2;
    node.offsetsLedBy(BROKER, 2);
    assertEquals(-1, awaitLoaded());
    append.answer(ErrorCode.NONE, false);
    Future<List<ErrorCode>> next = commit(2);
    shard.nextAppend().commit();
    assertEquals(List.of(ErrorCode.NONE), await(next));
    assertEquals(2, node.committed("t"));
  }

  @Test
  void unreadableRecordDoesNotHideTheOthers() {
    Future<List<ErrorCode>> commit = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    append.commit();
    await(commit);
    ByteBuf built =
        new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT)
            .add(0, Optional.of(Unpooled.buffer().writeShort(1).writeShort(9)), Optional.empty())
            .add(0, Optional.empty(), Optional.empty())
            .build();
    ByteBuf rubbish = Unpooled.copiedBuffer(built);
    built.release();
    new RecordBatch(rubbish, 0).assign(1, 0);
    shard.batches.add(rubbish);
    shard.endOffset += 2;
    node.restartCoordinator();
    assertEquals(1, awaitLoaded());
  }

  @Test
  void groupsOfALogThatCanNotBeReadAreNotServedUntilAnotherOneIs() {
    Future<List<ErrorCode>> commit = commit(1);
    shard.nextAppend().commit();
    await(commit);
    ByteBuf built =
        new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT)
            .compression(Compression.of(Codec.LZ4))
            .add(0, Optional.of(Unpooled.buffer().writeZero(100)), Optional.empty())
            .build();
    ByteBuf meaningless = Unpooled.copiedBuffer(built);
    built.release();
    RecordBatch batch = new RecordBatch(meaningless, 0);
    batch.assign(1, 0);
    meaningless.setByte(RecordBatch.HEADER_BYTES + 4, 0xff); // Of the codec's frame.
    meaningless.setInt(RecordBatch.CRC_AT, (int) batch.computedCrc());
    shard.batches.add(meaningless);
    shard.endOffset += 1;
    node.restartCoordinator();
    node.until(() -> node.fetch("t").error() == ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, refusal(commit(2)));
    assertTrue(shard.appends.isEmpty(), "nothing is written to a log that can't be read");
    int loads = shard.numLoads.get();
    node.offsetsLedBy(2, 1);
    assertEquals(ErrorCode.NOT_COORDINATOR, refusal(commit(3)));
    assertEquals(loads, shard.numLoads.get(), "no retry makes it readable");
    shard.batches.remove(meaningless); // Another broker has found and replaced it.
    shard.endOffset -= 1;
    shard.leaderEpoch = 2;
    node.offsetsLedBy(BROKER, 2);
    assertEquals(1, awaitLoaded());
  }

  // Pitfall 9: the log is led in a later epoch, of which the coordinator has not heard yet.
  @Test
  void coordinatorOfAnEarlierEpochCanNotWrite() {
    shard.leaderEpoch = 1;
    assertEquals(ErrorCode.NOT_COORDINATOR, refusal(commit(1)));
    assertTrue(shard.appends.isEmpty());
    node.until(() -> shard.numLoads.get() > 2);
    assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, node.fetch("t").error());
    assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, refusal(commit(2)));
    node.offsetsLedBy(BROKER, 1);
    assertEquals(-1, awaitLoaded());
    Future<List<ErrorCode>> commit = commit(3);
    shard.nextAppend().commit();
    assertEquals(List.of(ErrorCode.NONE), await(commit));
  }

  // It was led elsewhere in between, where other commits were made.
  @Test
  void logIsReadAgainWhenTheSameBrokerLeadsInALaterEpoch() {
    Future<List<ErrorCode>> commit = commit(1);
    MemoryShardVerticle.HeldAppend append = shard.nextAppend();
    append.commit();
    await(commit);
    Future<List<ErrorCode>> late = commit(7);
    MemoryShardVerticle.HeldAppend elsewhere = shard.nextAppend();
    shard.leaderEpoch = 3;
    node.offsetsLedBy(BROKER, 3);
    assertEquals(ErrorCode.NOT_COORDINATOR, refusal(late));
    elsewhere.answer(ErrorCode.NOT_LEADER_OR_FOLLOWER, true);
    await(elsewhere.reply.future());
    node.restartCoordinator();
    assertEquals(7, awaitLoaded(), "what is in the log counts, whatever its writer was told");
  }

  @Test
  void logThatStandsStillForMinutesIsNotGivenUp() {
    commit(1);
    assertTrue(shard.nextAppend().timeoutMs >= 300_000);
    assertEquals(ErrorCode.NONE, node.fetch("t").error());
    assertEquals(1, shard.numLoads.get());
  }
}
