package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.log.DescribeLogs.LogDescription;
import io.gofka.log.FaultyLogDisk.Fault;
import io.gofka.log.MoveLogs.Move;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several log directories: where logs lie, and how they move from one to another (KIP-113). */
class LogMoveTest {
  private static final TopicImage TOPIC = ShardFixture.topic("topic", 1);
  private static final TopicIdPartition ID = TOPIC.partition(0);

  private static final int MEBI = 1 << 20;

  private final MemoryLogDisk memoryA = new MemoryLogDisk();
  private final MemoryLogDisk memoryB = new MemoryLogDisk();
  private final FaultyLogDisk a = new FaultyLogDisk(memoryA, "/a");
  private final FaultyLogDisk b = new FaultyLogDisk(memoryB, "/b");
  private final ShardFixture fixture = new ShardFixture(a, b);
  private final ManualShardHost host = fixture.host();
  private LogShard shard;

  @BeforeEach
  void start() throws IOException {
    fixture.change(TOPIC, Map.of("internal.segment.bytes", "700", "gofka.durability", "fsync"));
    restart(List.of(a, b), new TreeMap<>());
  }

  private void restart(List<FaultyLogDisk> disks, SortedMap<String, String> offline)
      throws IOException {
    fixture.start(disks, offline);
    shard = fixture.shard();
  }

  private List<AppendResult> append(String value) {
    return fixture.append(ID, value);
  }

  private List<String> appendMany(int from, int count) {
    List<String> values = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      List<AppendResult> answer = append("v" + i);
      host.runAll();
      assertEquals(ErrorCode.NONE, answer.get(0).error());
      values.add("v" + i);
    }
    return values;
  }

  private ErrorCode move(String directory) {
    return shard
        .moves()
        .move(new MoveLogs(List.of(new Move(ID.topicPartition(), directory))))
        .get(0)
        .error();
  }

  private void finishMove() {
    host.runAll();
    for (int i = 0; i < 50; i++) {
      host.advance(ShardFailures.FIRST_TRIAL_MS / 40);
      host.runAll();
    }
  }

  private Optional<LogDescription> described(boolean future) {
    return shard.queries().describe().logs().stream()
        .filter(log -> log.isFuture() == future)
        .findFirst();
  }

  private String directory() {
    return described(false).orElseThrow().directory();
  }

  private List<String> values() {
    return fixture.records(ID).stream()
        .map(record -> record.substring(record.indexOf('=') + 1))
        .toList();
  }

  @Test
  void movedLogHasAllRecordsAndIsAppendedToInItsNewDirectory() throws IOException {
    List<String> values = appendMany(0, 40);
    assertEquals("/a", directory());
    assertEquals(ErrorCode.NONE, move("/b"));
    finishMove();
    assertEquals("/b", directory());
    values.addAll(appendMany(40, 10));
    assertEquals(values, values());
    host.advance(10);
    host.runAll();
    assertEquals(List.of(), memoryA.files(".log"), "the original goes");
    shard.stop(() -> {});
    host.runAll();
    assertEquals(0, memoryA.openReferences() + memoryB.openReferences());
    restart(List.of(a, b), new TreeMap<>());
    assertEquals("/b", directory());
    assertEquals(values, values());
  }

  @Test
  void appendsThatComeDuringAMoveAreAnsweredAndKept() {
    List<String> values = appendMany(0, 40);
    move("/b");
    List<List<AppendResult>> answers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      answers.add(append("during" + i));
      values.add("during" + i);
      host.runSome();
      host.advance(1);
    }
    finishMove();
    assertEquals("/b", directory());
    answers.forEach(answer -> assertEquals(ErrorCode.NONE, answer.get(0).error()));
    assertEquals(values, values());
  }

  @Test
  void moveThatIsUnderWayIsTold() {
    appendMany(0, 40);
    move("/b");
    LogDescription future = described(true).orElseThrow();
    assertEquals("/b", future.directory());
    assertTrue(future.offsetLag() > 0);
    finishMove();
    assertTrue(described(true).isEmpty());
  }

  /** Three segments of which the last is copied while appends wait. */
  private List<String> appendMegabytes() {
    fixture.configure(ID, Map.of("segment.bytes", Integer.toString(MEBI)));
    String padding = "x".repeat(MEBI / 10);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 14; i++) { // Of which each is key and value.
      append(i + padding);
      host.runAll();
      values.add(i + padding);
    }
    return values;
  }

  private void throttleMoves(int bytesPerSecond) {
    host.throttle(
        BrokerConfig.of(
            Map.of(
                "replica.alter.log.dirs.io.max.bytes.per.second",
                Integer.toString(bytesPerSecond))));
  }

  @Test
  void moveKeepsToItsRate() {
    List<String> values = appendMegabytes();
    throttleMoves(MEBI);
    long fromMs = host.nowMs();
    move("/b");
    host.runAll();
    while (directory().equals("/a")) {
      assertTrue(host.nowMs() - fromMs < 10_000, "it doesn't come to its end");
      host.advance(50);
      host.runAll();
    }
    assertTrue(host.nowMs() - fromMs >= 1_500, "two MB take about two seconds");
    assertEquals(values, values());
  }

  @Test
  void throttledMoveThatIsNotWantedAnyMoreEndsSoon() {
    appendMegabytes();
    throttleMoves(MEBI / 60);
    move("/b");
    host.runAll();
    assertTrue(described(true).isPresent());
    move("/a");
    host.advance(LogMove.MAX_UNSEEN_MS);
    host.runAll();
    assertTrue(described(true).isEmpty());
    assertEquals(List.of(), memoryB.files(LogFiles.SEGMENT), "what was copied goes");
    assertEquals("/a", directory());
  }

  @Test
  void moveThatIsWantedAgainBeforeItHasEndedIsBegunAnew() {
    List<String> values = appendMegabytes();
    throttleMoves(MEBI / 60);
    move("/b");
    host.runAll();
    move("/a");
    move("/b");
    host.advance(LogMove.MAX_UNSEEN_MS);
    host.runAll();
    assertTrue(described(true).isPresent(), "the one that ends leaves the other");
    host.throttle(BrokerConfig.DEFAULTS);
    host.advance(60_000);
    finishMove();
    assertEquals("/b", directory());
    assertEquals(values, values());
  }

  @Test
  void logsMoveOneAfterTheOther() throws IOException {
    appendMegabytes();
    move("/b");
    finishMove();
    // It lies where there are the fewest.
    TopicIdPartition other = fixture.create("other", Map.of("segment.bytes", "1048576"));
    for (int i = 0; i < 14; i++) {
      fixture.append(other, i + "x".repeat(MEBI / 10));
      host.runAll();
    }
    throttleMoves(MEBI);
    List<Move> both =
        List.of(new Move(ID.topicPartition(), "/a"), new Move(other.topicPartition(), "/b"));
    shard.moves().move(new MoveLogs(both));
    host.runAll();
    assertEquals(Map.of(ID, "/a", other, "/b"), directories(true));
    assertTrue(fixture.shard().moves().of(fixture.partition(ID)).get().copiedBytes() > 0);
    assertEquals(0, fixture.shard().moves().of(fixture.partition(other)).get().copiedBytes());
    shard.moves().interrupt(fixture.partition(other)); // It has copied nothing that could be wrong.
    throttleMoves(Integer.MAX_VALUE);
    host.advance(60_000);
    finishMove();
    assertEquals(Map.of(), directories(true));
    assertEquals(Map.of(ID, "/a", other, "/b"), directories(false));
  }

  private Map<TopicIdPartition, String> directories(boolean future) {
    return shard.queries().describe().logs().stream()
        .filter(log -> log.isFuture() == future)
        .collect(Collectors.toMap(LogDescription::partition, LogDescription::directory));
  }

  @Test
  void whatCanNotBeMovedIsRefused() {
    appendMany(0, 1);
    assertEquals(ErrorCode.LOG_DIR_NOT_FOUND, move("/c"));
    assertEquals(ErrorCode.NONE, move("/a"), "it lies there already");
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        shard
            .moves()
            .move(new MoveLogs(List.of(new Move(new TopicPartition("other", 0), "/b"))))
            .get(0)
            .error());
  }

  @Test
  void failedMoveLeavesTheLogWhereItIs() {
    List<String> values = appendMany(0, 40);
    b.fail(Fault.ENOSPC, 3, true);
    move("/b");
    finishMove();
    assertEquals("/a", directory());
    values.addAll(appendMany(40, 5));
    assertEquals(values, values());
  }

  @Test
  void originalStaysWhenTheCopyCanNotBeOpened() {
    appendMany(0, 40);
    host.runAll();
    String segment = memoryA.files(LogFiles.SEGMENT).get(0);
    memoryA.content(segment)[RecordBatch.HEADER_BYTES]++;
    String index = memoryA.files(LogFiles.INDEX).get(0);
    memoryA.put(index, new byte[1]);
    List<String> before = memoryA.files(LogFiles.SEGMENT);
    move("/b");
    finishMove();
    assertEquals("/a", directory());
    assertEquals(LogState.SERVING, fixture.state(ID));
    assertEquals(before, memoryA.files(LogFiles.SEGMENT));
    assertEquals(List.of(), memoryB.files(LogFiles.SEGMENT));
    appendMany(40, 5);
  }

  @Test
  void originalStaysWhenTheOtherDiskHasWrittenSomethingElse() {
    for (String suffix : List.of(LogFiles.SEGMENT, LogFiles.INDEX)) {
      List<String> values = new ArrayList<>(values());
      values.addAll(appendMany(values.size(), 40));
      b.damageNextWriteTo(suffix);
      move("/b");
      finishMove();
      assertEquals("/a", directory(), suffix);
      assertEquals(List.of(), memoryB.files(LogFiles.SEGMENT), suffix);
      assertEquals(values, values(), suffix);
    }
  }

  @Test
  void moveComesToItsEndThoughThereIsAlwaysAWriteUnderWay() {
    List<String> values = appendMany(0, 40);
    append("first");
    values.add("first");
    move("/b");
    for (int i = 0; i < 60; i++) {
      append("a" + i);
      append("b" + i);
      values.addAll(List.of("a" + i, "b" + i));
      host.runSome();
      host.advance(1);
    }
    assertEquals("/b", directory());
    finishMove();
    assertEquals(values, values());
  }

  @Test
  void processAndThenPowerMayGoBeforeTheNewNameIsDurable() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      LogMoveTest run = new LogMoveTest();
      run.start();
      run.loseNewName(seed);
    }
  }

  private void loseNewName(int seed) throws IOException {
    List<String> values = appendMany(0, 20);
    b.failSyncOfRoot();
    move("/b");
    finishMove();
    b.heal();
    memoryA.kill();
    memoryB.kill();
    restart(List.of(a, b), new TreeMap<>()); // It finds two folders, and keeps the newer one.
    assertEquals("/b", directory());
    a.losePower(new Random(seed));
    b.losePower(new Random(seed));
    restart(List.of(a, b), new TreeMap<>());
    assertEquals(values, values(), () -> "seed " + seed);
  }

  @Test
  void crashAtAnyOperationOfAMoveLeavesOneWholeLog() throws IOException {
    for (boolean onTarget : List.of(true, false)) {
      for (int k = 1; k < 70; k++) {
        LogMoveTest run = new LogMoveTest();
        run.start();
        run.crashDuringMove(onTarget, k);
      }
    }
  }

  private void crashDuringMove(boolean onTarget, int k) throws IOException {
    List<String> values = appendMany(0, 20);
    (onTarget ? b : a).fail(Fault.EIO, k, true);
    move("/b");
    finishMove();
    a.heal();
    b.heal();
    Random random = new Random(k);
    a.losePower(random);
    b.losePower(random);
    restart(List.of(a, b), new TreeMap<>());
    assertEquals(LogState.SERVING, fixture.state(ID), () -> "crash at " + k);
    assertEquals(values, values(), () -> "crash at " + k);
    values.addAll(appendMany(20, 3));
    assertEquals(values, values());
  }

  @Test
  void originalStaysWhenTheNewNameMayNotBeDurable() throws IOException {
    int undecided = 0;
    for (int k = 1; k < 70; k++) {
      LogMoveTest run = new LogMoveTest();
      run.start();
      undecided += run.isUndecidedAfterFailure(k) ? 1 : 0;
    }
    assertEquals(1, undecided, "failures between the new name and its sync");
  }

  private boolean isUndecidedAfterFailure(int k) throws IOException {
    List<String> values = appendMany(0, 20);
    b.fail(Fault.EIO, k, false);
    move("/b");
    finishMove();
    b.heal();
    boolean undecided = fixture.state(ID) == LogState.OFFLINE;
    if (undecided) {
      assertFalse(memoryA.files(LogFiles.SEGMENT).isEmpty(), "the original is gone");
      restart(List.of(a, b), new TreeMap<>());
    }
    assertEquals(values, values(), () -> "failure at " + k);
    return undecided;
  }

  @Test
  void partitionIsNotMadeAnewWhileItsDirectoryIsOffline() throws IOException {
    List<String> values = appendMany(0, 5);
    shard.stop(() -> {});
    host.runAll();
    TreeMap<String, String> offline = new TreeMap<>(Map.of("/a", "is not mounted"));
    restart(List.of(b), offline);
    List<AppendResult> answer = append("elsewhere");
    host.runAll();
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, answer.get(0).error());
    assertEquals(List.of(), memoryB.files(".log"));
    LogDirState state =
        shard.queries().describe().directories().stream()
            .filter(each -> each.directory().equals("/a"))
            .findFirst()
            .orElseThrow();
    assertTrue(state.failure().isPresent());
    assertEquals(1, state.offline());
    restart(List.of(a, b), new TreeMap<>());
    assertEquals(values, values());
  }

  @Test
  void directoryThatTakesNoWritesIsToldUntilItDoesAgain() {
    appendMany(0, 1);
    a.fail(Fault.ENOSPC, 1, true);
    append("refused");
    host.runAll();
    host.advance(ShardFailures.MAX_TRIAL_MS);
    host.runAll();
    assertFalse(
        host.directories().stream()
            .filter(each -> each.directory().equals("/a"))
            .allMatch(each -> each.failure().isEmpty()));
    assertEquals(List.of("v0"), values(), "reads go on");
    a.heal();
    host.advance(2 * ShardFailures.MAX_TRIAL_MS);
    host.runAll();
    assertTrue(host.directories().stream().allMatch(each -> each.failure().isEmpty()));
    appendMany(1, 1);
  }

  private void failFor(long durationMs) {
    append("refused");
    host.runAll();
    for (long passedMs = 0; passedMs < durationMs; passedMs += 1_000) {
      host.advance(1_000);
      host.runAll();
    }
  }

  @Test
  void nodeIsToldToStopWhenEveryDirectoryStaysBroken() throws IOException {
    restart(List.of(a), new TreeMap<>());
    appendMany(0, 1);
    a.fail(Fault.EIO, 1, true);
    failFor(ShardFailures.STOP_AFTER_MS / 2);
    assertTrue(host.brokenDirectories().isEmpty(), "it may come back");
    failFor(ShardFailures.STOP_AFTER_MS);
    assertTrue(host.brokenDirectories().orElseThrow().contains("/a"));
  }

  @Test
  void nodeWithAFullDiskGoesOnServingReads() throws IOException {
    restart(List.of(a), new TreeMap<>());
    appendMany(0, 1);
    a.fail(Fault.ENOSPC, 1, true);
    failFor(10 * ShardFailures.STOP_AFTER_MS);
    assertTrue(host.brokenDirectories().isEmpty());
    assertEquals(List.of("v0"), values());
  }
}
