package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.DeleteRecordsBefore.Cut;
import io.gofka.log.DeleteRecordsBefore.Deleted;
import io.gofka.log.FindOffsets.Found;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReplicatedShards.Broker;
import io.gofka.replica.LeaderMessage.Pushed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients are answered by partitions that several brokers have. */
class ReplicatedRequestsTest {
  private static final int PLENTY = 1 << 20;

  private final ReplicatedShards cluster = clusterOf(3);
  private final Broker one = cluster.broker(1);
  private final Broker two = cluster.broker(2);
  private TopicIdPartition topic;
  private long nextReadId;

  private static ReplicatedShards clusterOf(int count) {
    try {
      return new ReplicatedShards(count);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @BeforeEach
  void start() throws IOException {
    cluster.start();
    topic = cluster.lead("t", 1, 1, 1, 2, 3);
    cluster.connect(1, 2);
    cluster.connect(1, 3);
    cluster.connect(2, 3);
    cluster.settle();
  }

  @AfterEach
  void stop() {
    cluster.stop();
  }

  private List<ReadResult> read(Broker broker, long offset, Source source, Integer... close) {
    List<ReadResult> answer = new ArrayList<>();
    broker
        .shard()
        .reads()
        .read(
            new ReadRecords(
                nextReadId++,
                List.of(new PartitionRead(topic, offset, PLENTY, -1, -1, List.of(close))),
                1,
                PLENTY,
                0,
                IsolationLevel.READ_UNCOMMITTED,
                Form.BUFFER,
                source),
            answer::addAll);
    broker.host().runAll();
    answer.forEach(each -> each.records().release());
    return answer;
  }

  private static List<Found> find(Broker broker, TopicIdPartition partition, long timestamp) {
    List<Found> answer = new ArrayList<>();
    broker
        .shard()
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(partition, -1, timestamp)),
                IsolationLevel.READ_UNCOMMITTED),
            answer::addAll);
    broker.host().runAll();
    return answer;
  }

  private List<Deleted> deleteBefore(long offset) {
    List<Deleted> answer = new ArrayList<>();
    one.shard()
        .queries()
        .deleteRecords(
            new DeleteRecordsBefore(List.of(new Cut(topic, offset)), 1_000), answer::addAll);
    one.host().runAll();
    return answer;
  }

  private void cutOff(int broker) {
    for (int other = 1; other <= 3; other++) {
      if (other != broker) {
        cluster.cut(broker, other);
      }
    }
    cluster.settle();
  }

  // ---- produce

  @Test
  void appendThatNotAllInSyncReplicasHaveInTimeIsTimedOutAndStaysInTheLog() {
    cutOff(3);
    List<AppendResult> answer = cluster.append(topic, -1, "a");
    cluster.settle();
    assertEquals(List.of(), answer);
    cluster.advance(1_200);
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, answer.get(0).error());
    cluster.connect(1, 3);
    cluster.settle();
    assertEquals(1, one.log(topic).highWatermark());
  }

  @Test
  void nothingIsAcknowledgedOrCommittedWithTooFewInSync() {
    cluster.configure("t", Map.of("min.insync.replicas", "3"));
    cutOff(3);
    List<AppendResult> before = cluster.append(topic, -1, "a");
    cluster.settle();
    cluster.lead("t", 1, 1, 1, 2);
    cluster.settle();
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, before.get(0).error());
    List<AppendResult> after = cluster.append(topic, -1, "b");
    cluster.settle();
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, after.get(0).error());
    assertEquals(1, one.log(topic).logEndOffset());
    assertEquals(0, one.log(topic).highWatermark()); // KIP-966: not even for acks=1.
    cluster.configure("t", Map.of("min.insync.replicas", "2"));
    cluster.settle();
    assertEquals(1, one.log(topic).highWatermark());
  }

  @Test
  void whatACoordinatorHasWrittenWaitsUntilEnoughAreInSyncAgain() {
    cluster.configure("t", Map.of("min.insync.replicas", "3"));
    cutOff(3);
    List<AppendResult> answer = new ArrayList<>();
    ByteBuf records = Batches.plain(one.host().timestampMs(), "a");
    one.shard()
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(topic, records)),
                Origin.COORDINATOR,
                (short) -1,
                60_000),
            answer::addAll);
    records.release();
    cluster.settle();
    cluster.lead("t", 1, 1, 1, 2);
    cluster.settle();
    assertEquals(List.of(), answer);
    cluster.connect(1, 3);
    cluster.settle();
    assertEquals(ErrorCode.NONE, answer.get(0).error());
  }

  @Test
  void appendToALeaderThatIsReplacedIsNotAnsweredAsIfItWereCommitted() {
    cutOff(1);
    List<AppendResult> answer = cluster.append(topic, -1, "a");
    cluster.work();
    cluster.lead("t", 2, 2, 2, 3);
    cluster.settle();
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, answer.get(0).error());
  }

  // KIP-98: the follower knows of producers what the leader knows.
  @Test
  void repetitionAfterAFailoverIsKnownByTheNewLeader() {
    ByteBuf first = Batches.produced(7, 0, 0, one.host().timestampMs(), "a");
    ByteBuf again = Unpooled.copiedBuffer(first);
    appendTo(one, Unpooled.copiedBuffer(first));
    first.release();
    cluster.settle();
    cluster.lead("t", 2, 2, 2, 3);
    cluster.settle();
    List<AppendResult> repeated = appendTo(two, again);
    cluster.settle();
    assertEquals(ErrorCode.NONE, repeated.get(0).error());
    assertEquals(0, repeated.get(0).baseOffset());
    assertEquals(1, two.log(topic).logEndOffset());
  }

  /** A repetition is no more committed than what it repeats. */
  @Test
  void repetitionOfWhatIsNotCommittedWaitsAsTheFirstOneDoes() {
    cutOff(3);
    ByteBuf first = Batches.produced(7, 0, 0, one.host().timestampMs(), "a");
    ByteBuf again = Unpooled.copiedBuffer(first);
    List<AppendResult> answer = appendTo(one, Unpooled.copiedBuffer(first));
    first.release();
    List<AppendResult> repeated = appendTo(one, again);
    cluster.settle();
    assertEquals(List.of(), answer);
    assertEquals(List.of(), repeated);
    cluster.connect(1, 3);
    cluster.settle();
    assertEquals(ErrorCode.NONE, answer.get(0).error());
    assertEquals(0, repeated.get(0).baseOffset());
  }

  private List<AppendResult> appendTo(Broker broker, ByteBuf records) {
    List<AppendResult> answer = new ArrayList<>();
    broker
        .shard()
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(topic, records)), Origin.CLIENT, (short) -1, 1_000),
            answer::addAll);
    records.release();
    broker.host().endTurn();
    return answer;
  }

  // ---- fetch

  @Test
  void nobodyReadsWhatIsNotCommitted() {
    cutOff(3);
    cluster.append(topic, 1, "a");
    cluster.settle();
    ReadResult result = read(one, 0, Source.LEADER).get(0);
    assertEquals(ErrorCode.NONE, result.error());
    assertEquals(0, result.highWatermark());
    assertEquals(0, result.records().size());
  }

  @Test
  void followerAnswersUpToTheHighWatermarkThatItKnows() {
    cluster.append(topic, 1, "a");
    cluster.advance(10);
    cluster.append(topic, 1, "b");
    cluster.settle(); // It has the record, but nobody has told it yet that it is committed.
    ReadResult result = read(two, 0, Source.ANY_REPLICA).get(0);
    assertEquals(ErrorCode.NONE, result.error());
    assertEquals(2, two.log(topic).logEndOffset());
    assertEquals(1, result.highWatermark());
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, read(two, 0, Source.LEADER).get(0).error());
  }

  @Test
  void followerThatHasLostItsLeaderSendsItsReadersElsewhere() {
    cutOff(2);
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, read(two, 0, Source.ANY_REPLICA).get(0).error());
  }

  // KIP-392.
  @Test
  void leaderNamesTheCloserReplicaAndReadsNothing() {
    cluster.append(topic, 1, "a");
    cluster.advance(10);
    ReadResult result = read(one, 0, Source.ANY_REPLICA, 3).get(0);
    assertEquals(OptionalInt.of(3), result.preferredReadReplica());
    assertEquals(0, result.records().size());
    cutOff(3);
    cluster.append(topic, 1, "b"); // It lacks this, and leaves the ISR.
    cluster.advance(50_000);
    result = read(one, 0, Source.ANY_REPLICA, 3).get(0);
    assertEquals(OptionalInt.empty(), result.preferredReadReplica());
  }

  // ---- offsets

  // KIP-207.
  @Test
  void newLeaderTellsNoEndBeforeItKnowsWhatWasCommittedBeforeIt() {
    cluster.append(topic, 1, "a");
    cluster.settle();
    assertEquals(0, two.log(topic).highWatermark());
    cutOff(2);
    cluster.lead("t", 2, 2, 2, 3);
    assertEquals(
        ErrorCode.OFFSET_NOT_AVAILABLE, find(two, topic, FindOffsets.LATEST).get(0).error());
    assertEquals(ErrorCode.NONE, find(two, topic, FindOffsets.EARLIEST).get(0).error());
    cluster.connect(2, 3);
    cluster.settle();
    assertEquals(1, find(two, topic, FindOffsets.LATEST).get(0).offset());
  }

  // ---- deletion of records

  @Test
  void recordsAreDeletedOnceAllLiveReplicasHaveDeletedThem() {
    cluster.append(topic, 1, "a");
    cluster.append(topic, 1, "b");
    cluster.advance(10);
    List<Deleted> answer = deleteBefore(1);
    assertEquals(List.of(), answer);
    cluster.advance(10);
    assertEquals(List.of(new Deleted(topic, ErrorCode.NONE, 1)), answer);
    assertEquals(1, two.log(topic).logStartOffset());
  }

  @Test
  void deletionThatALiveReplicaDoesNotHearOfIsTimedOut() {
    cluster.append(topic, 1, "a");
    cluster.advance(10);
    cutOff(3);
    List<Deleted> answer = deleteBefore(1);
    cluster.advance(1_200);
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, answer.get(0).error());
    assertEquals(1, one.log(topic).logStartOffset());
  }

  // ---- what is wrong on the way

  @Test
  void recordsThatWereChangedOnTheWayAreNotWrittenAndComeAgain() throws IOException {
    cluster.append(topic, 1, "a");
    cluster.work();
    for (ReplicatedShards.ToFollower sent : one.outbox()) {
      if (sent.followerId() == 2) {
        ByteBuf records = ((Pushed) sent.messages().get(0)).records();
        ByteBuf damaged = records.copy();
        damaged.setByte(damaged.writerIndex() - 1, damaged.getByte(damaged.writerIndex() - 1) ^ 1);
        Pushed pushed = (Pushed) sent.messages().get(0);
        two.shard()
            .replication()
            .onLeaderMessages(1, List.of(withRecords(pushed, damaged)), () -> {});
        damaged.release();
      }
    }
    assertEquals(0, two.log(topic).logEndOffset());
    cluster.settle();
    cluster.advance(5_000);
    cluster.assertEqualLogs(topic);
  }

  private static Pushed withRecords(Pushed pushed, ByteBuf records) {
    return new Pushed(
        pushed.topicId(),
        pushed.partition(),
        pushed.leaderEpoch(),
        pushed.session(),
        pushed.fromOffset(),
        pushed.endOffset(),
        pushed.highWatermark(),
        pushed.logStartOffset(),
        records);
  }

  @Test
  void followerWhoseDiskFailsFollowsNoMoreUntilItIsRepaired() throws IOException {
    two.disk()
        .beforeWrite(
            () -> {
              throw new IOException("the test");
            });
    cluster.append(topic, 1, "a");
    cluster.settle();
    assertEquals(LogState.WRITES_REFUSED, two.shard().partition(topic).orElseThrow().state());
    assertEquals(List.of(topic), two.host().unusable());
    assertTrue(two.shard().partition(topic).orElseThrow().followed().isEmpty());
    two.disk().beforeWrite(() -> {});
    cluster.advance(30_000);
    assertEquals(List.of(), two.host().unusable());
    cluster.assertEqualLogs(topic);
  }

  // ---- over a restart

  @Test
  void highWatermarkIsKnownAgainAfterARestart() throws IOException {
    cluster.append(topic, 1, "a");
    cluster.append(topic, 1, "b");
    cluster.advance(10);
    assertEquals(2, two.log(topic).highWatermark());
    cutOff(2);
    two.restart();
    assertEquals(2, two.log(topic).highWatermark());
  }
}
