package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What waits for the disk together: who goes with whom, when it counts, and what is answered. */
class GroupCommitTest {
  private static final int BROKER = ShardFixture.BROKER;
  private static final long NOW = ManualShardHost.NOW;
  private static final int PRODUCER = 7;

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final DiskCalls calls = new DiskCalls(disk);
  private final ShardFixture fixture = new ShardFixture(calls.disk());
  private final ManualShardHost host = fixture.host();
  private final TopicImage topic =
      new TopicImage(Uuids.random(), "topic", List.of(ledBy(BROKER, 0)));
  private final TopicIdPartition partition = topic.partition(0);
  private LogShard shard;

  private static PartitionImage ledBy(int leader, int leaderEpoch) {
    return new PartitionImage(
        List.of(BROKER, 2), List.of(leader), leader, leaderEpoch, leaderEpoch);
  }

  private void start(Map<String, String> overrides) throws IOException {
    fixture.start();
    shard = fixture.shard();
    change(topic, overrides);
    host.runAll();
  }

  private void change(TopicImage changed, Map<String, String> overrides) {
    fixture.change(changed, overrides);
  }

  private void becomesLeader(int leader, int leaderEpoch, Map<String, String> overrides) {
    change(new TopicImage(topic.id(), "topic", List.of(ledBy(leader, leaderEpoch))), overrides);
  }

  /** The list is filled when the append is answered. */
  private List<AppendResult> append(ByteBuf records) {
    return append(new PartitionAppend(partition, records));
  }

  private List<AppendResult> append(PartitionAppend append) {
    List<AppendResult> answer = new ArrayList<>();
    shard
        .appends()
        .append(new AppendRecords(List.of(append), Origin.CLIENT, (short) 1, 1000), answer::addAll);
    append.records().release();
    host.endTurn();
    return answer;
  }

  private List<AppendResult> append(String value) {
    return append(Batches.plain(NOW, value));
  }

  private List<AppendResult> produced(int sequence) {
    return append(Batches.produced(PRODUCER, 0, sequence, NOW, "of " + sequence));
  }

  private PartitionLog log() {
    return shard.partition(partition).orElseThrow().log();
  }

  private static void assertAt(long offset, List<AppendResult> answer) {
    assertEquals(1, answer.size(), "answers");
    assertEquals(ErrorCode.NONE, answer.get(0).error(), answer.get(0).toString());
    assertEquals(offset, answer.get(0).baseOffset());
  }

  private static void assertRefused(ErrorCode error, List<AppendResult> answer) {
    assertEquals(1, answer.size(), "answers");
    assertEquals(error, answer.get(0).error());
    assertEquals(-1, answer.get(0).baseOffset());
  }

  private static final Map<String, String> FSYNC = Map.of("gofka.durability", "fsync");

  @Test
  void whatComesDuringASyncSharesTheNextWriteAndTheNextSync() throws IOException {
    start(FSYNC);
    List<AppendResult> first = append("a");
    List<List<AppendResult>> others = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      others.add(append("b" + i));
    }
    assertEquals(1, host.writes());
    host.runWrite();
    assertAt(0, first);
    assertTrue(others.stream().allMatch(List::isEmpty), "answered before its sync");
    assertEquals(1, host.writes());
    calls.forget();
    host.runWrite();
    assertEquals(List.of("write of 50", "sync"), calls.made());
    for (int i = 0; i < others.size(); i++) {
      assertAt(1 + i, others.get(i));
    }
    assertEquals(0, host.writes());
    assertEquals(51, log().flushedOffset());
  }

  @Test
  void nothingIsReadableBeforeItsSync() throws IOException {
    start(FSYNC);
    append("a");
    assertEquals(0, log().highWatermark());
    assertEquals(0, log().logEndOffset());
    host.runWrite();
    assertEquals(1, log().highWatermark());
  }

  @Test
  void withoutTheSettingNobodyWaits() throws IOException {
    start(Map.of());
    calls.forget();
    assertAt(0, append("a"));
    assertAt(1, append("b"));
    assertEquals(List.of("write", "write"), calls.made());
  }

  @Test
  void flushMessagesSyncsOnlyOnceSoManyAreNotDurable() throws IOException {
    start(Map.of("flush.messages", "3"));
    assertAt(0, append("a"));
    assertAt(1, append("b"));
    List<AppendResult> third = append("c");
    assertTrue(third.isEmpty());
    assertEquals(2, log().highWatermark());
    host.runWrite();
    assertAt(2, third);
    assertEquals(3, log().flushedOffset());
    assertAt(3, append("d"));
  }

  @Test
  void syncOfANewSegmentCoversTheOneBefore() throws IOException {
    start(Map.of("internal.segment.bytes", "150"));
    assertAt(0, append("in the first segment"));
    change(topic, Map.of("internal.segment.bytes", "150", "gofka.durability", "fsync"));
    List<AppendResult> second = append("in the second one");
    calls.forget();
    host.runWrite(); // The chores of the roll, which sync the first one as well, have not run.
    assertAt(1, second);
    assertEquals(2, calls.made().stream().filter("sync"::equals).count(), calls.made().toString());
    assertEquals(2, log().flushedOffset());
  }

  @Test
  void aProducersBatchesGoTogetherAndOutOfOrderOnesAreRefusedAlone() throws IOException {
    start(FSYNC);
    append("first");
    List<AppendResult> zero = produced(0);
    List<AppendResult> one = produced(1);
    List<AppendResult> three = produced(3);
    List<AppendResult> two = produced(2);
    List<AppendResult> other = append("other");
    host.runWrite();
    calls.forget();
    host.runWrite();
    assertEquals(List.of("write of 2", "sync"), calls.made());
    assertAt(1, zero);
    assertAt(2, one);
    host.runAll();
    assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, three);
    assertAt(3, two);
    assertAt(4, other);
  }

  @Test
  void repetitionWithinAGroupIsAnsweredWithTheFirstOnesOffset() throws IOException {
    start(FSYNC);
    append("first");
    List<AppendResult> original = produced(0);
    List<AppendResult> repeated = produced(0);
    host.runWrite();
    assertTrue(repeated.isEmpty());
    host.runAll();
    assertAt(1, original);
    assertAt(1, repeated);
    assertEquals(2, log().logEndOffset());
  }

  @Test
  void repetitionOfWhatWasAcknowledgedUnderLessStrictSettingsWaitsForASync() throws IOException {
    start(Map.of());
    assertAt(0, produced(0));
    change(topic, FSYNC);
    List<AppendResult> repeated = produced(0);
    assertTrue(repeated.isEmpty());
    host.runAll();
    assertAt(0, repeated);
    assertEquals(1, log().flushedOffset());
    assertAt(0, produced(0)); // Durable now: nothing to wait for.
  }

  /** Clients count it as sent, without an offset. */
  @Test
  void repetitionOfABatchWhosePlaceIsForgottenIsADuplicateOnceItIsDurable() throws IOException {
    start(Map.of());
    for (int i = 0; i < 7; i++) {
      assertAt(i, produced(i));
    }
    change(topic, FSYNC);
    List<AppendResult> repeated = produced(1);
    assertTrue(repeated.isEmpty());
    host.runAll();
    assertRefused(ErrorCode.DUPLICATE_SEQUENCE_NUMBER, repeated);
    assertEquals(7, log().flushedOffset());
    assertEquals(7, log().logEndOffset());
  }

  @Test
  void failedSyncRefusesTheWholeGroupAndNothingOfItCounts() throws IOException {
    start(FSYNC);
    append("first");
    host.runAll();
    List<AppendResult> under = append("under way");
    List<AppendResult> waiting = produced(0);
    disk.failSyncs();
    host.runWrite();
    host.endTurn();
    assertRefused(ErrorCode.KAFKA_STORAGE_ERROR, under);
    assertRefused(ErrorCode.KAFKA_STORAGE_ERROR, waiting);
    assertEquals(1, log().logEndOffset());
    assertEquals(1, log().highWatermark());
  }

  @Test
  void appendsAreRefusedAtOnceWhenTheTopicIsDeletedThoughAWriteIsUnderWay() throws IOException {
    start(FSYNC);
    List<AppendResult> under = append("under way");
    List<AppendResult> waiting = append("waiting");
    fixture.delete(partition);
    assertRefused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, waiting);
    assertTrue(under.isEmpty());
    host.runAll();
    assertRefused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, under);
    assertEquals(0, disk.openReferences());
    assertEquals(List.of(), disk.list("topic-0"));
  }

  @Test
  void writesLeaveTheLoopWhenTheKernelIsAboutToHoldWritersUp() throws IOException {
    start(Map.of());
    assertAt(0, append("a"));
    host.writeBack(new WriteBack(90, 100, 0, 0));
    host.advance(DiskPace.LOOK_EVERY_MS);
    host.runAll();
    List<AppendResult> second = append("b");
    assertTrue(second.isEmpty(), "written on the loop");
    host.runAll();
    assertAt(1, second);
  }

  // ---- leadership

  @Test
  void whatWaitsDoesNotLandUnderAnotherEpoch() throws IOException {
    start(FSYNC);
    List<AppendResult> under = append("under way");
    List<AppendResult> waiting = append("waiting");
    becomesLeader(2, 1, FSYNC);
    becomesLeader(BROKER, 2, FSYNC);
    host.runAll();
    assertAt(0, under); // It was placed while this broker led in that epoch.
    assertRefused(ErrorCode.NOT_LEADER_OR_FOLLOWER, waiting);
    assertEquals(0, log().epochAt(0));
    assertEquals(2, log().latestEpoch());
    List<AppendResult> next = append("next");
    host.runAll();
    assertAt(1, next);
    assertEquals(2, log().epochAt(1));
  }

  @Test
  void whatIsInflatedMeanwhileDoesNotLandUnderAnotherEpoch() throws IOException {
    start(Map.of("compression.type", "zstd"));
    List<AppendResult> inflating = append("a");
    assertTrue(inflating.isEmpty());
    becomesLeader(BROKER, 1, Map.of("compression.type", "zstd"));
    host.runAll();
    assertRefused(ErrorCode.NOT_LEADER_OR_FOLLOWER, inflating);
    assertEquals(0, log().logEndOffset());
  }

  @Test
  void whoBelievesInAnotherEpochIsFenced() throws IOException {
    start(Map.of());
    becomesLeader(BROKER, 3, Map.of());
    assertRefused(
        ErrorCode.FENCED_LEADER_EPOCH,
        append(new PartitionAppend(partition, Batches.plain(NOW, "a"), 2)));
    assertRefused(
        ErrorCode.UNKNOWN_LEADER_EPOCH,
        append(new PartitionAppend(partition, Batches.plain(NOW, "a"), 4)));
    assertAt(0, append(new PartitionAppend(partition, Batches.plain(NOW, "a"), 3)));
  }

  // ---- beside appends

  @Test
  void retentionIsNotPutOffByWritesThatNeverEnd() throws IOException {
    start(Map.of("gofka.durability", "fsync", "retention.ms", "1000", "segment.ms", "1"));
    append("old");
    host.runAll();
    host.elapse(5_000);
    append(Batches.plain(NOW + 5_000, "new"));
    assertEquals(1, host.writes());
    shard.tidy();
    assertEquals(0, log().logStartOffset());
    append(Batches.plain(NOW + 5_000, "newer"));
    host.runWrite();
    assertEquals(1, host.writes(), "the next write is under way");
    assertEquals(1, log().logStartOffset());
    host.runAll();
    assertEquals(3, log().logEndOffset());
  }

  @Test
  void inflatingDoesNotHoldUpTheWriteBeforeAndKeepsTheOrder() throws IOException {
    start(Map.of("compression.type", "zstd", "gofka.durability", "fsync"));
    List<AppendResult> first = append("a");
    List<AppendResult> second = append("b");
    host.runBeside();
    assertEquals(1, host.writes());
    host.runBeside(); // The second one is ready before the first is synced.
    assertTrue(first.isEmpty());
    host.runWrite();
    assertAt(0, first);
    assertTrue(second.isEmpty());
    host.runWrite();
    assertAt(1, second);
  }

  @Test
  void groupEndsWhereTheSegmentIsFull() throws IOException {
    start(Map.of("internal.segment.bytes", "400", "gofka.durability", "fsync"));
    append("first");
    List<List<AppendResult>> others = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      others.add(append("x".repeat(60)));
    }
    host.runAll();
    for (int i = 0; i < others.size(); i++) {
      assertAt(1 + i, others.get(i));
    }
    assertTrue(log().segmentCount() >= 4);
    assertFalse(disk.files(".log").isEmpty());
  }

  /** Notes the writes and syncs of segments. */
  private static final class DiskCalls {
    private final List<String> made = new ArrayList<>();
    private final LogDisk disk;

    DiskCalls(LogDisk real) {
      this.disk =
          Interception.of(
              LogDisk.class,
              real,
              (method, arguments, result) ->
                  result instanceof DiskFile file && isSegment(arguments) ? noting(file) : result);
    }

    private static boolean isSegment(Object[] arguments) {
      return arguments[0] instanceof String name && name.endsWith(LogFiles.SEGMENT);
    }

    private DiskFile noting(DiskFile real) {
      return Interception.of(
          DiskFile.class,
          real,
          (method, arguments, result) -> {
            if (method.equals("sync")) {
              made.add("sync");
            } else if (method.equals("write")) {
              made.add(
                  arguments[0] instanceof List<?> parts ? "write of " + parts.size() : "write");
            }
            return result instanceof DiskFile retained ? noting(retained) : result;
          });
    }

    LogDisk disk() {
      return disk;
    }

    List<String> made() {
      return made;
    }

    void forget() {
      made.clear();
    }
  }
}
