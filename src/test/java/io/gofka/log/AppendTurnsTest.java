package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What becomes of the appends of one turn of the loop: in which order, written how, refused why.
 */
class AppendTurnsTest {
  private static final short ACKS_ALL = -1;

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

  /** Of its two replicas only the leader is in sync. */
  private TopicIdPartition createWithOneInSync() {
    TopicIdPartition topic = create(Map.of());
    List<Integer> alone = List.of(ShardFixture.BROKER);
    List<Integer> replicas = List.of(ShardFixture.BROKER, ShardFixture.BROKER + 1);
    fixture.change(topic, new PartitionImage(replicas, alone, ShardFixture.BROKER, 0, 1));
    return topic;
  }

  private Inbox<AppendResult> append(TopicIdPartition partition, ByteBuf records, int acks) {
    return new Inbox<>(fixture.append(partition, records, Origin.CLIENT, acks));
  }

  private Inbox<AppendResult> append(TopicIdPartition partition, String value) {
    return new Inbox<>(fixture.append(partition, value));
  }

  /** With more to come in the same turn of the loop. */
  private Inbox<AppendResult> arrive(TopicIdPartition partition, String value) {
    return new Inbox<>(fixture.arrive(partition, value));
  }

  @Test
  void firstRecordsOfManyPartitionsAreWrittenByAWorker() {
    int count = ShardWrites.MAX_OPENED_ON_LOOP + 10;
    TopicImage topic = ShardFixture.topic("topic", count);
    fixture.change(topic, Map.of());
    List<Inbox<AppendResult>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(arrive(topic.partition(i), "a"));
    }
    host.endTurn();
    assertEquals(10, answers.stream().filter(Inbox::isEmpty).count());
    host.runAll();
    answers.forEach(inbox -> assertEquals(0, inbox.only().baseOffset()));
    assertFalse(append(topic.partition(count - 1), "open by now").isEmpty());
  }

  @Test
  void whatATurnBringsForAPartitionIsWrittenAtOnceAndInItsOrder() {
    TopicIdPartition topic = create(Map.of());
    TopicIdPartition other = fixture.create("other", Map.of());
    Inbox<AppendResult> first = arrive(topic, "a");
    Inbox<AppendResult> elsewhere = arrive(other, "b");
    Inbox<AppendResult> second = arrive(topic, "c");
    List<Boolean> together = new ArrayList<>();
    disk.beforeWrite(() -> together.add(first.isEmpty() == second.isEmpty()));
    host.endTurn();
    assertEquals(0, first.only().baseOffset());
    assertEquals(1, second.only().baseOffset());
    assertEquals(0, elsewhere.only().baseOffset());
    assertEquals(List.of(true, true, true), together);
  }

  /** So many wait for nothing but the end of the turn: the disk has not been asked yet. */
  @Test
  void noAppendIsRefusedForAllThatComeInTheSameTurn() {
    TopicIdPartition topic = create(Map.of());
    List<Inbox<AppendResult>> answers = new ArrayList<>();
    for (int i = 0; i < AppendQueue.MAX_WAITING + 10; i++) {
      answers.add(arrive(topic, "a"));
    }
    host.endTurn();
    for (int i = 0; i < answers.size(); i++) {
      assertEquals(i, answers.get(i).only().baseOffset());
    }
  }

  @Test
  void answerThatCanNotBeGivenCostsNobodyElseHis() {
    TopicIdPartition topic = create(Map.of());
    ByteBuf records = Batches.plain(host.timestampMs(), "a");
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(topic, records)), Origin.CLIENT, (short) 1, 1000),
            results -> {
              throw new OutOfMemoryError("of the test");
            });
    records.release();
    Inbox<AppendResult> second = arrive(topic, "b");
    Inbox<AppendResult> elsewhere = arrive(fixture.create("other", Map.of()), "c");
    host.endTurn();
    assertEquals(1, second.only().baseOffset());
    assertEquals(0, elsewhere.only().baseOffset());
    assertEquals(2, append(topic, "d").only().baseOffset());
  }

  @Test
  void whatComesInTheTurnOfTheStopIsAnswered() {
    TopicIdPartition topic = create(Map.of());
    Inbox<AppendResult> answer = arrive(topic, "a");
    assertTrue(fixture.stop());
    host.endTurn();
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, answer.only().error());
  }

  @Test
  void appendsWaitBehindOneThatIsInflated() {
    TopicIdPartition topic = create(Map.of("cleanup.policy", "compact"));
    Inbox<AppendResult> inflated =
        append(topic, Batches.compressed(Codec.GZIP, host.timestampMs(), "a"), 1);
    Inbox<AppendResult> plain = append(topic, "b");
    assertTrue(inflated.isEmpty() && plain.isEmpty());
    host.runAll();
    assertEquals(0, inflated.only().baseOffset());
    assertEquals(1, plain.only().baseOffset());
  }

  @Test
  void acksAllNeedsTheMinimumOfInSyncReplicas() {
    TopicIdPartition topic = createWithOneInSync();
    fixture.configure(topic, Map.of("min.insync.replicas", "2"));
    ByteBuf records = Batches.plain(host.timestampMs(), "a");
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, append(topic, records, ACKS_ALL).only().error());
    assertEquals(ErrorCode.NONE, append(topic, "a").only().error());
  }

  @Test
  void acksAllNeedsThemWhenItsTurnHasCome() {
    TopicIdPartition topic = createWithOneInSync();
    ByteBuf records = Batches.plain(host.timestampMs(), "a");
    Inbox<AppendResult> answer =
        new Inbox<>(fixture.arrive(topic, records, Origin.CLIENT, ACKS_ALL));
    fixture.configure(topic, Map.of("min.insync.replicas", "2"));
    host.endTurn();
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, answer.only().error());
    assertEquals(0, append(topic, "b").only().baseOffset());
  }

  @Test
  void acksAllNeedsNoMoreInSyncReplicasThanThereAre() {
    TopicIdPartition topic = create(Map.of("min.insync.replicas", "2"));
    ByteBuf records = Batches.plain(host.timestampMs(), "a");
    assertEquals(ErrorCode.NONE, append(topic, records, ACKS_ALL).only().error());
  }
}
