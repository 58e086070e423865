package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogShardTest {
  private static final int BROKER = ShardFixture.BROKER;

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final ShardFixture fixture = new ShardFixture(disk);
  private final ManualShardHost host = fixture.host();
  private LogShard shard;

  @BeforeEach
  void start() throws IOException {
    fixture.start();
    shard = fixture.shard();
  }

  private TopicIdPartition create(Map<String, String> overrides) {
    return fixture.create("topic", overrides);
  }

  private Inbox<AppendResult> append(TopicIdPartition partition, ByteBuf records, int acks) {
    return new Inbox<>(fixture.append(partition, records, Origin.CLIENT, acks));
  }

  private Inbox<AppendResult> append(TopicIdPartition partition, String value) {
    return new Inbox<>(fixture.append(partition, value));
  }

  private Inbox<ReadResult> read(TopicIdPartition partition, long offset, int minBytes) {
    return new Inbox<>(
        fixture.read(partition, offset, minBytes, 500, IsolationLevel.READ_UNCOMMITTED));
  }

  @Test
  void readOverThousandsOfPartitionsGetsTheRecordsOfSomeAndAtOnce() {
    int count = ShardReads.MAX_PARTITIONS_WITH_RECORDS + 10;
    TopicImage topic = ShardFixture.topic("topic", count);
    fixture.change(topic, Map.of());
    List<PartitionRead> reads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      append(topic.partition(i), "a");
      reads.add(new PartitionRead(topic.partition(i), 0, 1 << 20, -1, -1));
    }
    host.runAll();
    Inbox<ReadResult> inbox = new Inbox<>(new ArrayList<>());
    int moreThanThereIs = 1 << 20;
    shard
        .reads()
        .read(
            new ReadRecords(
                fixture.nextReadId(),
                reads,
                moreThanThereIs,
                Integer.MAX_VALUE,
                500,
                IsolationLevel.READ_UNCOMMITTED,
                Form.BUFFER),
            inbox::put);
    assertEquals(count, inbox.all().size());
    List<ReadResult> withRecords =
        inbox.all().stream().filter(result -> result.records().size() > 0).toList();
    assertEquals(ShardReads.MAX_PARTITIONS_WITH_RECORDS, withRecords.size());
    inbox.all().forEach(result -> assertEquals(1, result.highWatermark()));
    withRecords.forEach(result -> result.records().release());
  }

  private static int release(Inbox<ReadResult> inbox) {
    int size = inbox.only().records().size();
    if (size > 0) {
      inbox.only().records().release();
    }
    return size;
  }

  @Test
  void slowWriteSendsTheNextOnesToAWorkerWithoutChangingTheirOrder() {
    TopicIdPartition topic = create(Map.of());
    disk.beforeWrite(() -> host.elapse(DiskPace.SLOW_WRITE_MS));
    assertEquals(0, append(topic, "slow").only().baseOffset());
    disk.beforeWrite(() -> {});
    Inbox<AppendResult> second = append(topic, "b");
    Inbox<AppendResult> third = append(topic, "c");
    assertTrue(second.isEmpty() && third.isEmpty());
    host.runAll();
    assertEquals(1, second.only().baseOffset());
    assertEquals(2, third.only().baseOffset());
    host.elapse(DiskPace.CALM_MS);
    assertFalse(append(topic, "back on the loop").isEmpty());
  }

  @Test
  void writesAreAWorkersWhileTheDiskSyncsSomethingElse() {
    TopicIdPartition topic = create(Map.of());
    append(topic, "a");
    disk.syncing(true);
    Inbox<AppendResult> second = append(topic, "b");
    assertTrue(second.isEmpty(), "the journal could hold up the loop");
    host.runAll();
    assertEquals(1, second.only().baseOffset());
    disk.syncing(false);
    assertFalse(append(topic, "back on the loop").isEmpty());
  }

  @Test
  void topicDeletedWhileItsAppendIsOnAWorkerAnswersEverybody() {
    TopicIdPartition topic = create(Map.of());
    disk.beforeWrite(() -> host.elapse(DiskPace.SLOW_WRITE_MS));
    append(topic, "slow");
    Inbox<AppendResult> second = append(topic, "b");
    Inbox<AppendResult> third = append(topic, "c");
    fixture.delete(topic);
    host.runAll();
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, second.only().error());
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, third.only().error());
    assertEquals(0, disk.openReferences());
  }

  @Test
  void nobodyHearsOfARecordThatMustBeSyncedBeforeItIs() {
    TopicIdPartition topic = create(Map.of("flush.messages", "1"));
    Inbox<ReadResult> reader = read(topic, 0, 1);
    Inbox<AppendResult> producer = append(topic, "a");
    host.endTurn();
    assertTrue(producer.isEmpty());
    assertTrue(reader.isEmpty());
    host.runAll();
    assertEquals(0, producer.only().baseOffset());
    assertTrue(release(reader) > 0);
  }

  @Test
  void failedSyncRefusesWritesAndReadsGoOn() {
    TopicIdPartition topic = create(Map.of("flush.messages", "1"));
    Inbox<ReadResult> reader = read(topic, 0, 1);
    disk.failSyncs();
    Inbox<AppendResult> producer = append(topic, "a");
    host.runAll();
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, producer.only().error());
    assertTrue(reader.isEmpty(), "what was not synced can't be read");
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(topic, "b").only().error());
  }

  @Test
  void failedWriteRefusesTheNextOnesUntilTheDiskTakesWritesAgain() {
    TopicIdPartition topic = create(Map.of());
    disk.beforeWrite(
        () -> {
          throw new IOException("no space left");
        });
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(topic, "a").only().error());
    disk.beforeWrite(() -> {});
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(topic, "b").only().error());
    host.advance(ShardFailures.FIRST_TRIAL_MS);
    host.runAll();
    assertEquals(0, append(topic, "c").only().baseOffset());
  }

  @Test
  void coldBytesAreReadByAWorkerFirst() {
    TopicIdPartition topic = create(Map.of());
    append(topic, "a");
    host.elapse(3_600_000);
    disk.resident(false);
    Inbox<ReadResult> reader = read(topic, 0, 1);
    assertTrue(reader.isEmpty());
    assertTrue(host.hasWorkBeside());
    host.runAll();
    assertTrue(release(reader) > 0);
  }

  @Test
  void bytesThatHaveChangedOnTheDiskAreNotServed() {
    TopicIdPartition topic = create(Map.of());
    append(topic, "a");
    host.elapse(3_600_000);
    String segment = LogFiles.segment(topic.toString(), 0);
    byte[] changed = disk.content(segment).clone();
    changed[changed.length - 2] ^= 1;
    disk.put(segment, changed);
    disk.resident(false);
    Inbox<ReadResult> reader = read(topic, 0, 1);
    host.runAll();
    ReadResult result = reader.only();
    assertEquals(0, result.records().size());
    result.records().release();
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, result.error());
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(topic, "b").only().error());
  }

  @Test
  void parkedReadWaitsForItsBytesOrItsTime() {
    TopicIdPartition topic = create(Map.of());
    Inbox<ReadResult> patient = read(topic, 0, 200);
    append(topic, "a");
    host.endTurn();
    assertTrue(patient.isEmpty(), "one batch is not enough");
    append(topic, "b".repeat(100));
    host.endTurn();
    assertTrue(release(patient) >= 200);
    Inbox<ReadResult> late = read(topic, 2, 1);
    host.advance(499);
    assertTrue(late.isEmpty());
    host.advance(1);
    assertEquals(0, release(late));
  }

  @Test
  void whatOtherInSyncReplicasHaveToCopyIsNotReadBeforeTheyHaveIt() {
    TopicIdPartition topic = create(Map.of());
    List<Integer> replicas = List.of(ShardFixture.BROKER, ShardFixture.BROKER + 1);
    fixture.change(topic, new PartitionImage(replicas, replicas, ShardFixture.BROKER, 0, 1));
    assertEquals(ErrorCode.NONE, append(topic, "a").only().error());
    assertEquals(0, release(read(topic, 0, 0)));
    List<Integer> alone = List.of(ShardFixture.BROKER);
    fixture.change(topic, new PartitionImage(replicas, alone, ShardFixture.BROKER, 0, 2));
    ReadResult committed = read(topic, 0, 0).only();
    committed.records().release();
    assertEquals(1, committed.highWatermark());
  }

  @Test
  void onlyTheLeaderIsAsked() {
    TopicIdPartition topic = create(Map.of());
    append(topic, "a");
    Inbox<ReadResult> reader = read(topic, 1, 1);
    fixture.change(
        new TopicImage(
            topic.topicId(),
            "topic",
            List.of(new PartitionImage(List.of(BROKER, 2), List.of(2), 2, 1, 1))),
        Map.of());
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, reader.only().error());
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, append(topic, "b").only().error());
  }

  @Test
  void transactionsAreRefusedUntilThereIsACoordinator() {
    TopicIdPartition topic = create(Map.of());
    ByteBuf records =
        Batches.of(host.timestampMs(), "a").producer(1, (short) 0, 0).transactional().build();
    assertEquals(ErrorCode.INVALID_TXN_STATE, append(topic, records, 1).only().error());
  }

  @Test
  void oldSegmentsGoAndTheirFilesFollowAfterTheDelay() {
    TopicIdPartition topic =
        create(
            Map.of("segment.ms", "1000", "retention.ms", "10000", "file.delete.delay.ms", "500"));
    append(topic, "a");
    host.elapse(2000);
    append(topic, "b");
    host.elapse(9000);
    shard.tidy();
    host.runAll();
    assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, read(topic, 0, 1).only().error());
    assertTrue(release(read(topic, 1, 1)) > 0);
    assertEquals(1, disk.files(".deleted").size());
    host.advance(500);
    host.runAll();
    assertEquals(0, disk.files(".deleted").size());
  }

  @Test
  void expiredLogKeepsItsEndOffset() throws IOException {
    TopicIdPartition topic = create(Map.of("retention.ms", "10000", "file.delete.delay.ms", "0"));
    append(topic, "a");
    host.elapse(11_000);
    shard.tidy();
    host.runAll();
    fixture.stop();
    start();
    assertEquals(1, append(topic, "b").only().baseOffset());
  }

  @Test
  void recreatedTopicWaitsForTheFolderOfTheOldOne() {
    TopicIdPartition old = create(Map.of());
    append(old, "old");
    fixture.delete(old);
    TopicIdPartition recreated = create(Map.of());
    Inbox<AppendResult> append = append(recreated, "new");
    assertTrue(append.isEmpty());
    host.runAll();
    assertEquals(0, append.only().baseOffset());
    assertEquals(ErrorCode.NONE, append(recreated, "second").only().error());
  }

  @Test
  void deletedTopicWhoseFolderIsGoneAlreadyKeepsNobodyWaiting() {
    TopicIdPartition old = create(Map.of());
    append(old, "old");
    fixture.delete(old);
    TopicIdPartition recreated = create(Map.of());
    Inbox<AppendResult> append = append(recreated, "new");
    disk.delete("topic-0"); // Somebody else's hands.
    host.runAll();
    assertEquals(ErrorCode.NONE, append.only().error());
  }

  @Test
  void changedConfigHoldsForTheNextAppend() {
    TopicIdPartition topic = create(Map.of());
    assertEquals(ErrorCode.NONE, append(topic, "a").only().error());
    fixture.change(
        fixture.image().topicsById().get(topic.topicId()), Map.of("max.message.bytes", "10"));
    assertEquals(ErrorCode.MESSAGE_TOO_LARGE, append(topic, "b").only().error());
  }

  @Test
  void stopMakesEverythingDurable() throws IOException {
    TopicIdPartition topic = create(Map.of());
    append(topic, "a");
    assertTrue(fixture.stop());
    assertTrue(shard.isAllDurable());
    assertEquals(0, disk.openReferences());
    disk.losePower(new java.util.Random(1));
    start();
    assertEquals(1, append(topic, "b").only().baseOffset());
  }

  @Test
  void stopTellsThatNotEverythingCouldBeMadeDurable() throws IOException {
    append(create(Map.of()), "a");
    disk.failSyncs();
    assertTrue(fixture.stop());
    assertFalse(shard.isAllDurable());
  }

  @Test
  void readerBehindARestartIsServedThoughAppendsGoOn() throws IOException {
    TopicIdPartition partition = create(Map.of());
    append(partition, "before");
    fixture.stop();
    start();
    Inbox<ReadResult> inbox = read(partition, 0, 1);
    for (int i = 0; i < 10 && inbox.isEmpty(); i++) {
      append(partition, "meanwhile");
      if (host.hasWorkBeside()) {
        host.runBeside();
      }
    }
    assertTrue(inbox.only().records().size() > 0, "records");
    inbox.only().records().release();
  }

  @Test
  void readIsServedThoughItsSegmentWasIndexedWithALongerInterval() throws IOException {
    TopicIdPartition partition = create(Map.of("index.interval.bytes", "1000"));
    for (int i = 0; i < 100; i++) {
      append(partition, "value");
    }
    TopicImage topic = fixture.image().topicsById().get(partition.topicId());
    fixture.change(topic, Map.of("index.interval.bytes", "1"));
    fixture.stop();
    start();
    for (long offset = 0; offset < 100; offset++) {
      Inbox<ReadResult> inbox = new Inbox<>(new ArrayList<>());
      shard
          .reads()
          .read(
              new ReadRecords(
                  fixture.nextReadId(),
                  List.of(new PartitionRead(partition, offset, 500, -1, -1)),
                  1,
                  500,
                  0,
                  IsolationLevel.READ_UNCOMMITTED,
                  Form.BUFFER),
              inbox::put);
      host.runAll();
      assertTrue(inbox.only().records().size() > 0, "records from " + offset);
      inbox.only().records().release();
    }
  }

  @Test
  void partitionThatGoesWhileItIsRepairedKeepsNoOtherFromBeingRepaired() {
    TopicImage topic = ShardFixture.topic("topic", 2);
    PartitionImage led = topic.partitions().get(1);
    fixture.change(topic, Map.of());
    append(topic.partition(0), "a");
    append(topic.partition(1), "a");
    host.runAll();
    ShardPartition going = shard.partition(topic.partition(0)).orElseThrow();
    shard.failures().onFailure(going, new IOException("the test"));
    host.advance(ShardFailures.FIRST_TRIAL_MS);
    host.runOrdered(); // The directory takes writes.
    assertTrue(going.chores().isRunning(), "it is being repaired");
    PartitionImage elsewhere = new PartitionImage(List.of(2), List.of(2), 2, 1, 1);
    fixture.change(new TopicImage(topic.id(), "topic", List.of(elsewhere, led)), Map.of());
    host.runAll();
    ShardPartition staying = shard.partition(topic.partition(1)).orElseThrow();
    shard.failures().onFailure(staying, new IOException("the test"));
    for (int i = 0; i < 10; i++) {
      host.advance(ShardFailures.MAX_TRIAL_MS);
      host.runAll();
    }
    assertEquals(LogState.SERVING, staying.state());
  }

  @Test
  void roomMadeOnAFullDiskDoesNotTakeBackALaterLogStart() throws IOException {
    TopicIdPartition partition =
        create(
            Map.of(
                "internal.segment.bytes",
                "100",
                "retention.bytes",
                "250",
                "flush.messages",
                "1",
                "file.delete.delay.ms",
                "60000"));
    for (int i = 0; i < 6; i++) {
      append(partition, "value");
      host.runAll();
    }
    ShardPartition found = shard.partition(partition).orElseThrow();
    shard.failures().onFailure(found, new IOException("no space left"));
    shard.tidy();
    host.runOrdered();
    long roomUpTo = found.log().logStartOffset();
    assertTrue(roomUpTo > 0, "room is made");
    host.advance(ShardFailures.FIRST_TRIAL_MS);
    host.runAll();
    assertEquals(LogState.SERVING, found.state());
    found.log().deleteBefore(5);
    shard.work().doChores(found);
    host.runAll();
    for (int i = 0; i < 5; i++) {
      host.advance(60_000);
      host.runAll();
    }
    fixture.stop();
    start();
    ShardPartition again = shard.partition(partition).orElseThrow();
    assertEquals(LogState.SERVING, again.state());
    assertEquals(5, again.log().logStartOffset());
  }
}
