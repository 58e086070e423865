package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.FindOffsets.Found;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.record.RecordBatch;
import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shard step by step: what happens between a write, its sync and the answer. */
class LogShardFailureTest {
  private static final long NOW = ManualShardHost.NOW;
  private static final int FRAME_DESCRIPTOR_AT = RecordBatch.HEADER_BYTES + 4;

  @TempDir Path directory;
  private ShardFixture fixture;
  private ManualShardHost host;
  private boolean writesBreakOff;
  private LogShard shard;
  private TopicIdPartition partition;

  private void start(Map<String, String> overrides) throws IOException {
    fixture = new ShardFixture(disk());
    host = fixture.host();
    partition = fixture.create("topic", overrides);
    fixture.start();
    shard = fixture.shard();
  }

  /** The list is filled when the append is answered. */
  private List<AppendResult> append(ByteBuf records) {
    List<AppendResult> answer = new ArrayList<>();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, records)), Origin.CLIENT, (short) -1, 1000),
            results -> {
              answer.addAll(results);
              records.release();
            });
    host.endTurn();
    return answer;
  }

  private long flushedOffset() {
    return shard.partition(partition).orElseThrow().log().flushedOffset();
  }

  /** With a right CRC, and with a frame descriptor that the codec has no meaning for. */
  private static ByteBuf lz4WithoutMeaning() {
    ByteBuf records = Batches.compressed(Codec.LZ4, NOW, "a");
    records.setByte(FRAME_DESCRIPTOR_AT, 0xff);
    RecordBatch batch = new RecordBatch(records, 0);
    records.setInt(RecordBatch.CRC_AT, (int) batch.computedCrc());
    return records;
  }

  @Test
  void batchThatItsCodecCannotReadIsRefusedAndTheDiskIsStillTrusted() throws IOException {
    start(Map.of("cleanup.policy", "compact"));
    List<AppendResult> broken = append(lz4WithoutMeaning());
    host.runAll();
    assertEquals(ErrorCode.INVALID_RECORD, broken.get(0).error());
    List<AppendResult> next = append(Batches.plain(NOW, "b"));
    host.runAll();
    assertEquals(ErrorCode.NONE, next.get(0).error());
  }

  @Test
  void searchInABatchThatItsCodecCannotReadLeavesTheDiskTrusted() throws IOException {
    start(Map.of());
    assertEquals(ErrorCode.NONE, append(lz4WithoutMeaning()).get(0).error());
    List<Found> found = new ArrayList<>();
    shard
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(partition, -1, NOW)),
                IsolationLevel.READ_UNCOMMITTED),
            found::addAll);
    host.runAll();
    assertEquals(0, found.get(0).offset());
    assertEquals(ErrorCode.NONE, append(Batches.plain(NOW, "b")).get(0).error());
  }

  @Test
  void repetitionOfABatchIsAnsweredOnlyOnceTheBatchIsSynced() throws IOException {
    start(Map.of("flush.messages", "1"));
    List<AppendResult> first = append(Batches.produced(7, 0, 0, NOW, "a"));
    List<AppendResult> repeated = append(Batches.produced(7, 0, 0, NOW, "a"));
    assertEquals(0, flushedOffset());
    assertTrue(first.isEmpty());
    assertTrue(repeated.isEmpty(), "answered before the batch is durable");
    host.runAll();
    assertEquals(0, first.get(0).baseOffset());
    assertEquals(ErrorCode.NONE, repeated.get(0).error());
    assertEquals(0, repeated.get(0).baseOffset());
  }

  @Test
  void writeThatEndsAfterTheDiskHasFailedIsNotAcknowledged() throws IOException {
    start(Map.of());
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, appendedWhileTheDiskFails());
  }

  @Test
  void writeThatEndsAfterTheDiskHasFailedDoesNotWaitForASync() throws IOException {
    start(Map.of("flush.messages", "1"));
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, appendedWhileTheDiskFails());
  }

  private ErrorCode appendedWhileTheDiskFails() {
    host.pauseBeforeEachLook(DiskPace.SLOW_WRITE_MS);
    append(Batches.plain(NOW, "slow")); // From here on a worker writes.
    host.runAll();
    List<AppendResult> answer = append(Batches.plain(NOW, "a"));
    shard
        .failures()
        .onFailure(shard.partition(partition).orElseThrow(), new IOException("of a sync"));
    host.runAll();
    assertEquals(1, answer.size(), "answers");
    return answer.get(0).error();
  }

  @Test
  void flushThatFallsDueDuringAnotherIsNotForgotten() throws IOException {
    start(Map.of("flush.ms", "100"));
    append(Batches.plain(NOW, "a"));
    host.advance(100);
    assertEquals(1, host.orderedWork());
    append(Batches.plain(NOW, "b")); // The flush under way has been given its end already.
    host.advance(100);
    host.runAll();
    assertEquals(2, flushedOffset());
  }

  @Test
  void recordsAreHeldUntilTheyAreInTheLogEvenIfNobodyWaitsAnyMore() throws IOException {
    start(Map.of("compression.type", "zstd"));
    append(Batches.plain(NOW, "a")); // On the worker, so that the next one has to wait.
    ByteBuf late = Batches.plain(NOW, "b");
    List<AppendResult> answer = new ArrayList<>();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, late)), Origin.CLIENT, (short) -1, 1000),
            answer::addAll);
    late.release();
    host.runAll();
    assertEquals(1, answer.get(0).baseOffset());
    assertEquals(0, late.refCnt());
  }

  @Test
  void latestRecordIsFoundThoughALaterOneOfItsSegmentWasDeleted() throws IOException {
    start(Map.of());
    append(Batches.plain(NOW + 900, "deleted"));
    append(Batches.plain(NOW, "early"));
    append(Batches.plain(NOW + 500, "wanted"));
    append(Batches.plain(NOW + 400, "late"));
    host.runAll();
    shard.partition(partition).orElseThrow().log().deleteBefore(1);
    List<Found> found = new ArrayList<>();
    shard
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(partition, -1, FindOffsets.MAX_TIMESTAMP)),
                IsolationLevel.READ_UNCOMMITTED),
            found::addAll);
    host.runAll();
    assertEquals(2, found.get(0).offset());
    assertEquals(NOW + 500, found.get(0).timestamp());
  }

  @Test
  void searchGoesOnBehindASegmentWhoseLatestRecordsWereDeleted() throws IOException {
    start(Map.of("internal.segment.bytes", "200"));
    append(Batches.plain(NOW + 900, "deleted"));
    append(Batches.plain(NOW, "early"));
    append(Batches.plain(NOW + 500, "wanted"));
    host.runAll();
    PartitionLog log = shard.partition(partition).orElseThrow().log();
    assertEquals(2, log.reader().segmentFor(2).baseOffset(), "the records lie in two segments");
    log.deleteBefore(1);
    List<Found> found = new ArrayList<>();
    shard
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(partition, -1, NOW + 300)),
                IsolationLevel.READ_UNCOMMITTED),
            found::addAll);
    host.runAll();
    assertEquals(2, found.get(0).offset());
    assertEquals(NOW + 500, found.get(0).timestamp());
  }

  @Test
  void workThatLacksMemoryDoesNotCostTheDiskItsTrust() throws IOException {
    start(Map.of());
    List<String> told = new ArrayList<>();
    shard
        .work()
        .aside(
            () -> {
              throw new OutOfMemoryError("the test");
            },
            done -> told.add("done"),
            (Throwable failure) -> told.add("failed"));
    host.runAll();
    assertEquals(List.of("failed"), told);
    assertEquals(ErrorCode.NONE, append(Batches.plain(NOW, "a")).get(0).error());
  }

  @Test
  void writesAreRefusedAfterOneOnTheWorkerHasBrokenOff() throws IOException {
    start(Map.of());
    host.pauseBeforeEachLook(DiskPace.SLOW_WRITE_MS);
    append(Batches.plain(NOW, "slow"));
    host.runAll();
    writesBreakOff = true;
    List<AppendResult> answer = append(Batches.plain(NOW, "a"));
    host.runAll();
    writesBreakOff = false;
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, answer.get(0).error());
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(Batches.plain(NOW, "b")).get(0).error());
  }

  private LogDisk disk() {
    LogDisk real = new FileLogDisk(directory);
    return proxy(
        LogDisk.class,
        (method, arguments) -> {
          Object result = method.invoke(real, arguments);
          return result instanceof DiskFile file ? withFailingWrites(file) : result;
        });
  }

  private DiskFile withFailingWrites(DiskFile file) {
    return proxy(
        DiskFile.class,
        (method, arguments) -> {
          if (writesBreakOff && method.getName().equals("write")) {
            throw new InternalError("the test");
          }
          Object result = method.invoke(file, arguments);
          return result instanceof DiskFile retained ? withFailingWrites(retained) : result;
        });
  }

  private interface Call {
    Object make(Method method, Object[] arguments) throws ReflectiveOperationException;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return call.make(method, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            }));
  }
}
