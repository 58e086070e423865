package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.WriteTransactionMarkers.MarkerEpoch;
import io.gofka.log.WriteTransactionMarkers.PartitionMarker;
import io.gofka.log.WriteTransactionMarkers.Written;
import io.gofka.record.EndTxnMarker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions through a shard: markers, and what those who read committed records see. */
class LogShardTransactionsTest {
  private static final int MAX_WAIT_MS = 500;

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final ShardFixture fixture = new ShardFixture(disk);
  private final ManualShardHost host = fixture.host();
  private LogShard shard;
  private TopicIdPartition partition;

  @BeforeEach
  void start() throws IOException {
    fixture.start();
    shard = fixture.shard();
    create(Map.of());
  }

  private void create(Map<String, String> settings) {
    partition = fixture.create("topic" + fixture.nextReadId(), settings);
  }

  private ErrorCode append(ByteBuf records, Origin origin) {
    List<AppendResult> answer = fixture.append(partition, records, origin, 1);
    host.endTurn();
    return answer.get(0).error();
  }

  private void transactional(long producer, int epoch, int sequence, String... values) {
    ByteBuf records = Batches.transactional(producer, epoch, sequence, host.timestampMs(), values);
    assertEquals(ErrorCode.NONE, append(records, Origin.COORDINATOR));
  }

  private void plain(String... values) {
    ByteBuf records = Batches.plain(host.timestampMs(), values);
    assertEquals(ErrorCode.NONE, append(records, Origin.CLIENT));
  }

  private Written end(EndTxnMarker.Type type, long producer, int epoch, MarkerEpoch markerEpoch) {
    List<Written> written = new ArrayList<>();
    shard
        .markers()
        .write(
            new WriteTransactionMarkers(
                List.of(
                    new PartitionMarker(partition, producer, (short) epoch, markerEpoch, 0, type))),
            written::addAll);
    host.endTurn();
    return written.get(0);
  }

  private void commit(long producer, int epoch) {
    assertEquals(
        ErrorCode.NONE, end(EndTxnMarker.Type.COMMIT, producer, epoch, MarkerEpoch.SAME).error());
  }

  private void abort(long producer, int epoch) {
    assertEquals(
        ErrorCode.NONE, end(EndTxnMarker.Type.ABORT, producer, epoch, MarkerEpoch.SAME).error());
  }

  private List<ReadResult> read(IsolationLevel level, long offset, int minBytes) {
    return fixture.read(partition, offset, minBytes, MAX_WAIT_MS, level);
  }

  private List<ReadResult> readCommitted(long offset) {
    return read(IsolationLevel.READ_COMMITTED, offset, 1);
  }

  private static int release(List<ReadResult> inbox) {
    int size = inbox.get(0).records().size();
    inbox.get(0).records().release();
    return size;
  }

  @Test
  void clientsHaveNoTransactionsAsLongAsNobodyCanEndThem() {
    assertEquals(
        ErrorCode.INVALID_TXN_STATE,
        append(Batches.transactional(7, 0, 0, host.timestampMs(), "v"), Origin.CLIENT));
  }

  @Test
  void whoReadsCommittedRecordsSeesNothingOfAnOpenTransaction() {
    plain("a");
    transactional(7, 0, 0, "b");
    plain("c");
    List<ReadResult> committed = readCommitted(0);
    List<ReadResult> all = read(IsolationLevel.READ_UNCOMMITTED, 0, 1);
    assertEquals(1, committed.get(0).lastStableOffset());
    assertEquals(3, committed.get(0).highWatermark());
    assertTrue(release(committed) < release(all));
  }

  @Test
  void markerWakesWhoWaitsForTheTransactionToEnd() {
    transactional(7, 0, 0, "b");
    List<ReadResult> reader = readCommitted(0);
    assertTrue(reader.isEmpty());
    commit(7, 0);
    assertEquals(2, reader.get(0).lastStableOffset());
    assertTrue(release(reader) > 0);
    assertEquals(List.of(), reader.get(0).abortedTransactions());
  }

  @Test
  void recordsOfAnOpenTransactionDontWakeWhoReadsCommittedOnes() {
    transactional(7, 0, 0, "b");
    List<ReadResult> committed = readCommitted(0);
    List<ReadResult> all = read(IsolationLevel.READ_UNCOMMITTED, 1, 1);
    transactional(7, 0, 1, "c");
    plain("d");
    assertTrue(committed.isEmpty());
    assertTrue(release(all) > 0);
    host.advance(MAX_WAIT_MS);
    assertEquals(0, committed.get(0).records().size());
  }

  @Test
  void whoIsWokenTooEarlyGoesOnWaitingUntilItsOwnTimeIsOver() {
    transactional(7, 0, 0, "b");
    transactional(8, 0, 0, "c");
    List<ReadResult> reader = read(IsolationLevel.READ_COMMITTED, 0, 1 << 19);
    host.advance(MAX_WAIT_MS - 100);
    commit(7, 0);
    assertTrue(reader.isEmpty(), "one record is not enough");
    host.advance(99);
    assertTrue(reader.isEmpty());
    host.advance(1);
    assertTrue(release(reader) > 0);
  }

  @Test
  void abortedTransactionsOfTheRangeAreTold() {
    transactional(7, 0, 0, "a"); // 0
    transactional(8, 0, 0, "b"); // 1
    abort(7, 0); // 2
    commit(8, 0); // 3
    List<ReadResult> reader = readCommitted(0);
    release(reader);
    assertEquals(
        List.of(new ReadResult.AbortedTransaction(7, 0)), reader.get(0).abortedTransactions());
    List<ReadResult> behind = readCommitted(3);
    release(behind);
    assertEquals(List.of(), behind.get(0).abortedTransactions());
    List<ReadResult> all = read(IsolationLevel.READ_UNCOMMITTED, 0, 1);
    release(all);
    assertEquals(List.of(), all.get(0).abortedTransactions());
  }

  @Test
  void abortedTransactionsOfAClosedSegmentAreLoadedByAWorker() {
    create(Map.of("internal.segment.bytes", "500"));
    transactional(7, 0, 0, "a"); // 0
    abort(7, 0); // 1
    transactional(8, 0, 0, "b".repeat(150)); // 2
    abort(8, 0); // 3
    plain("c".repeat(150)); // 4
    host.runAll();
    host.elapse(ShardTidying.IDLE_FILE_MS + 1);
    shard.tidy();
    host.runAll();
    List<ReadResult> reader = readCommitted(0);
    assertTrue(reader.isEmpty());
    host.runAll();
    release(reader);
    assertEquals(
        List.of(new ReadResult.AbortedTransaction(7, 0)), reader.get(0).abortedTransactions());
  }

  @Test
  void damagedIndexOfAbortedTransactionsIsMadeAnew() {
    create(Map.of("internal.segment.bytes", "500"));
    transactional(7, 0, 0, "a"); // 0
    abort(7, 0); // 1
    plain("b".repeat(200)); // 2
    plain("c".repeat(200)); // 3
    host.runAll();
    host.elapse(ShardTidying.IDLE_FILE_MS + 1);
    shard.tidy();
    host.runAll();
    String index =
        disk.files(LogFiles.INDEX).stream()
            .filter(name -> name.contains(partition.topic()) && name.contains("/0000"))
            .findFirst()
            .orElseThrow();
    byte[] damaged = disk.content(index).clone();
    damaged[IndexFile.HEADER_BYTES + 10] ^= 4; // The offset where the transaction began.
    disk.put(index, damaged);
    List<ReadResult> reader = readCommitted(0);
    host.runAll();
    release(reader);
    assertEquals(ErrorCode.NONE, reader.get(0).error());
    assertEquals(
        List.of(new ReadResult.AbortedTransaction(7, 0)), reader.get(0).abortedTransactions());
  }

  @Test
  void logWithoutTransactionsHasNothingToLoad() {
    create(Map.of("internal.segment.bytes", "500"));
    plain("a".repeat(200));
    plain("b".repeat(200));
    host.runAll();
    host.elapse(ShardTidying.IDLE_FILE_MS + 1);
    shard.tidy();
    host.runAll();
    ReadRecords request =
        new ReadRecords(
            fixture.nextReadId(),
            List.of(new PartitionRead(partition, 0, 1 << 20, -1, -1)),
            1,
            1 << 20,
            MAX_WAIT_MS,
            IsolationLevel.READ_COMMITTED);
    assertEquals(List.of(), new ShardAborts(shard, host).missing(request));
  }

  @Test
  void latestOffsetIsTheLastStableOneForWhoReadsCommittedRecords() {
    plain("a");
    transactional(7, 0, 0, "b");
    assertEquals(1, latest(IsolationLevel.READ_COMMITTED));
    assertEquals(2, latest(IsolationLevel.READ_UNCOMMITTED));
    commit(7, 0);
    assertEquals(3, latest(IsolationLevel.READ_COMMITTED));
  }

  private long latest(IsolationLevel level) {
    List<FindOffsets.Found> found = new ArrayList<>();
    shard
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(partition, -1, FindOffsets.LATEST)), level),
            found::addAll);
    return found.get(0).offset();
  }

  @Test
  void lateMarkerIsRefusedAndLeavesNothingInTheLog() {
    transactional(7, 3, 0, "a");
    assertEquals(
        new Written(partition, ErrorCode.INVALID_PRODUCER_EPOCH, -1),
        end(EndTxnMarker.Type.ABORT, 7, 3, MarkerEpoch.NEXT));
    assertEquals(
        new Written(partition, ErrorCode.NONE, 1),
        end(EndTxnMarker.Type.ABORT, 7, 4, MarkerEpoch.NEXT));
    assertEquals(
        new Written(partition, ErrorCode.NONE, 2),
        end(EndTxnMarker.Type.ABORT, 7, 4, MarkerEpoch.NEXT));
  }

  @Test
  void markerForAPartitionThatNobodyKnowsIsRefused() {
    TopicIdPartition unknown = new TopicIdPartition(Uuids.random(), "other", 0);
    List<Written> written = new ArrayList<>();
    shard
        .markers()
        .write(
            new WriteTransactionMarkers(
                List.of(
                    new PartitionMarker(
                        unknown, 1, (short) 0, MarkerEpoch.SAME, 0, EndTxnMarker.Type.COMMIT))),
            written::addAll);
    assertEquals(List.of(new Written(unknown, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1)), written);
  }

  @Test
  void markersHeldBackForASyncReleaseNobodyBeforeIt() {
    create(Map.of("flush.messages", "1"));
    List<AppendResult> appended = new ArrayList<>();
    ByteBuf records = Batches.transactional(7, 0, 0, host.timestampMs(), "a");
    ByteBuf heap = Unpooled.copiedBuffer(records);
    records.release();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, heap)), Origin.COORDINATOR, (short) 1, 1000),
            appended::addAll);
    host.runAll();
    List<ReadResult> reader = readCommitted(0);
    List<Written> written = new ArrayList<>();
    shard
        .markers()
        .write(
            new WriteTransactionMarkers(
                List.of(
                    new PartitionMarker(
                        partition, 7, (short) 0, MarkerEpoch.SAME, 0, EndTxnMarker.Type.COMMIT))),
            written::addAll);
    host.endTurn();
    assertTrue(written.isEmpty() && reader.isEmpty());
    host.runAll();
    assertFalse(written.isEmpty());
    assertTrue(release(reader) > 0);
  }

  @Test
  void producersOfAPartitionAreDescribed() {
    transactional(7, 3, 0, "a");
    assertEquals(
        List.of(
            new DescribeProducers.Described(
                partition,
                ErrorCode.NONE,
                List.of(
                    new DescribeProducers.ActiveProducer(
                        7, (short) 3, 0, host.timestampMs(), -1, 0)))),
        shard.queries().describeProducers(new DescribeProducers(List.of(partition))));
  }
}
