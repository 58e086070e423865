package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.ReplicatedShards.Broker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Real shards that lead and follow each other. */
class ReplicatedShardsTest {
  private static final int KIB = 1024;

  private final ReplicatedShards cluster = clusterOf(3);
  private final Broker one = cluster.broker(1);
  private final Broker two = cluster.broker(2);

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
  }

  @AfterEach
  void stop() {
    cluster.stop();
  }

  private void connectAll() {
    cluster.connect(1, 2);
    cluster.connect(1, 3);
    cluster.connect(2, 3);
    cluster.settle();
  }

  // ---- records

  @Test
  void recordsAreAnsweredWhenAllInSyncReplicasHaveThem() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    List<AppendResult> answer = cluster.append(t, -1, "a", "b");
    cluster.work();
    assertEquals(List.of(), answer);
    cluster.settle();
    assertEquals(ErrorCode.NONE, answer.get(0).error());
    assertEquals(2, one.log(t).highWatermark());
    cluster.assertEqualLogs(t);
  }

  @Test
  void followersHearOfTheHighWatermarkWithoutRecordsAfterAMoment() {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    cluster.append(t, 1, "a");
    cluster.settle();
    assertEquals(0, two.log(t).highWatermark());
    cluster.advance(ShardPush.WATERMARK_DELAY_MS);
    assertEquals(1, two.log(t).highWatermark());
  }

  @Test
  void whatWasThereBeforeTheFollowerCameIsReadFromTheFiles() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1);
    cluster.fill(t, 3 << 20, 50 * KIB);
    connectAll();
    cluster.settle();
    cluster.assertEqualLogs(t);
    assertEquals(List.of(1, 2, 3), cluster.state(t).isr());
  }

  /** KAFKA-6975: what the leader sends begins before the follower's log does. */
  @Test
  void followerThatIsNewCopiesALogThatBeginsWithinABatch() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1);
    cluster.append(t, -1, "a", "b", "c");
    cluster.append(t, -1, "d");
    cluster.deleteBefore(t, 2);
    connectAll();
    cluster.settle();
    cluster.assertEqualLogs(t);
    assertEquals(List.of(1, 2, 3), cluster.state(t).isr());
    assertEquals(2, cluster.broker(3).log(t).logStartOffset());
  }

  @Test
  void manyRequestsWrittenTogetherArriveWhole() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    one.host().pauseBeforeEachLook(40); // The disk is slow: a worker writes what has gathered.
    cluster.append(t, 1, "first");
    one.host().endTurn();
    for (int i = 0; i < 100; i++) {
      cluster.append(t, 1, "x".repeat(i % 7 == 0 ? 20 * KIB : i));
    }
    one.host().pauseBeforeEachLook(0);
    cluster.settle();
    assertEquals(101, one.log(t).logEndOffset());
    cluster.assertEqualLogs(t);
  }

  // ---- bounds

  @Test
  void whatIsUnderWayToOneFollowerIsBounded() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    List<TopicIdPartition> others =
        IntStream.range(0, 10).mapToObj(i -> cluster.lead("o" + i, 1, 1, 1, 2, 3)).toList();
    connectAll();
    cluster.fill(t, 2 << 20, 100 * KIB);
    for (TopicIdPartition other : others) {
      cluster.fill(other, 1 << 20, 100 * KIB);
    }
    cluster.work();
    assertTrue(
        bytesTo(2) <= PushChannel.MAX_BYTES + ShardPush.CHUNK_BYTES, () -> bytesTo(2) + " bytes");
    assertTrue(bytesTo(2) > PushChannel.MAX_BYTES / 2, () -> bytesTo(2) + " bytes");
    cluster.settle();
    cluster.assertEqualLogs(t);
    for (TopicIdPartition other : others) {
      cluster.assertEqualLogs(other);
    }
  }

  @Test
  void onePartitionHasNoMoreUnderWayThanItsWindow() {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    cluster.fill(t, 3 << 20, 100 * KIB);
    cluster.work();
    assertTrue(
        bytesTo(2) <= PushFeed.WINDOW_BYTES + ShardPush.CHUNK_BYTES, () -> bytesTo(2) + " bytes");
  }

  @Test
  void whoIsFarBehindLeavesRoomForWhoIsNear() {
    List<TopicIdPartition> far =
        IntStream.range(0, 8).mapToObj(i -> cluster.lead("far" + i, 1, 1, 1)).toList();
    far.forEach(each -> cluster.fill(each, 1 << 20, 100 * KIB));
    TopicIdPartition near = cluster.lead("near", 1, 1, 1, 2, 3);
    cluster.connect(1, 2);
    cluster.work();
    while (!two.toLeaders().isEmpty()) {
      two.toLeaders().remove().run();
    }
    cluster.work();
    assertTrue(bytesTo(2) > PushChannel.MAX_FILE_BYTES / 2, () -> bytesTo(2) + " bytes");
    assertTrue(
        bytesTo(2) <= PushChannel.MAX_FILE_BYTES + ShardPush.CHUNK_BYTES,
        () -> bytesTo(2) + " bytes");
    long before = bytesTo(2);
    cluster.append(near, 1, "x".repeat(100 * KIB));
    one.host().endTurn();
    assertTrue(bytesTo(2) >= before + 100 * KIB);
  }

  private long bytesTo(int follower) {
    return one.outbox().stream()
        .filter(each -> each.followerId() == follower)
        .mapToLong(ReplicatedShards.ToFollower::bytes)
        .sum();
  }

  // ---- streams that break

  @Test
  void brokenStreamLosesNothing() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    cluster.fill(t, 300 * KIB, 10 * KIB);
    cluster.work();
    cluster.cut(1, 2);
    cluster.fill(t, 300 * KIB, 10 * KIB);
    cluster.settle();
    cluster.connect(1, 2);
    cluster.settle();
    cluster.assertEqualLogs(t);
    assertEquals(one.log(t).logEndOffset(), one.log(t).highWatermark());
  }

  @Test
  void streamThatBreaksInTheMiddleOfCatchingUpIsGoneOnWith() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1);
    cluster.fill(t, 4 << 20, 50 * KIB);
    cluster.connect(1, 2);
    for (int i = 0; i < 5; i++) {
      cluster.work();
      while (!two.toLeaders().isEmpty()) {
        two.toLeaders().remove().run();
      }
      cluster.work();
      if (!one.outbox().isEmpty()) {
        cluster.deliver(one);
      }
    }
    cluster.cut(1, 2);
    connectAll();
    cluster.settle();
    cluster.assertEqualLogs(t);
  }

  // ---- leaders that change

  @Test
  void recordsThatOnlyTheOldLeaderHadAreCutAway() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    List<AppendResult> committed = cluster.append(t, -1, "a", "b");
    cluster.settle();
    cluster.cut(1, 2);
    cluster.cut(1, 3);
    List<AppendResult> lost = cluster.append(t, -1, "never");
    cluster.settle();
    cluster.lead("t", 2, 2, 2, 3);
    cluster.settle();
    assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, lost.get(0).error());
    List<AppendResult> next = cluster.append(t, -1, "c");
    cluster.settle();
    connectAll();
    cluster.settle();
    assertEquals(ErrorCode.NONE, committed.get(0).error());
    assertEquals(ErrorCode.NONE, next.get(0).error());
    assertEquals(2, next.get(0).baseOffset());
    cluster.assertEqualLogs(t);
    assertEquals(List.of(1, 2, 3), cluster.state(t).isr());
  }

  @Test
  void cutThatHasWaitedUntilThisBrokerLeadsIsNotMade() {
    cluster.configure(
        "t", Map.of("cleanup.policy", "compact", "segment.ms", "1000", "min.insync.replicas", "1"));
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    for (String value : List.of("a", "a", "b", "active")) {
      cluster.append(t, -1, value);
      cluster.settle();
      one.host().elapse(2_000);
    }
    cluster.cut(1, 2);
    cluster.cut(1, 3);
    cluster.append(t, 1, "diverging");
    cluster.lead("t", 2, 2, 2, 3);
    cluster.append(t, 1, "committed");
    cluster.settle();
    assertTrue(one.shard().cleanings().clean(new CleanLog(t, Cleanings.UNLIMITED), ended -> {}));
    cluster.connect(1, 2);
    cluster.settle(); // Broker 1 is told where to cut, and waits for the end of the cleaning.
    assertEquals(5, one.log(t).logEndOffset());
    cluster.lead("t", 1, 3, 1);
    cluster.append(t, 1, "mine");
    cluster.settle();
    while (one.host().runCleaning()) {
      cluster.settle();
    }
    assertEquals(6, one.log(t).logEndOffset());
    assertEquals(3, one.log(t).epochAt(5));
  }

  @Test
  void epochInWhichALeaderWroteNothingIsForgottenWhenItFollows() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    cluster.cut(1, 2);
    cluster.cut(1, 3);
    cluster.append(t, 1, "a");
    cluster.settle();
    cluster.lead("t", 2, 2, 2);
    cluster.settle();
    cluster.lead("t", 1, 3, 1);
    connectAll();
    cluster.append(t, 1, "b");
    cluster.settle();
    cluster.assertEqualLogs(t);
    assertEquals(1, two.log(t).epochAt(0));
    assertEquals(3, two.log(t).epochAt(1));
  }

  @Test
  void caughtUpFollowerIsInSyncAsSoonAsItsBrokerIsTrusted() {
    cluster.setFenced(3, true);
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2);
    connectAll();
    cluster.append(t, 1, "a");
    cluster.settle();
    assertEquals(List.of(1, 2), cluster.state(t).isr());
    cluster.setFenced(3, false);
    cluster.settle();
    assertEquals(List.of(1, 2, 3), cluster.state(t).isr());
  }

  @Test
  void followerThatIsTooSlowLeavesTheIsrAndComesBack() throws IOException {
    TopicIdPartition t = cluster.lead("t", 1, 1, 1, 2, 3);
    connectAll();
    cluster.cut(1, 3);
    List<AppendResult> answer = cluster.append(t, 1, "a");
    cluster.settle();
    assertEquals(0, one.log(t).highWatermark());
    cluster.advance(50_000);
    assertEquals(List.of(1, 2), cluster.state(t).isr());
    assertEquals(1, one.log(t).highWatermark());
    cluster.connect(1, 3);
    cluster.settle();
    assertEquals(List.of(1, 2, 3), cluster.state(t).isr());
    assertEquals(ErrorCode.NONE, answer.get(0).error());
  }

  @Test
  void manyIsrsThatChangeTogetherAreToldInOneLine() {
    Logger leading =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(ShardLeading.class.getName());
    List<TopicIdPartition> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(cluster.lead("t" + i, 1, 1, 1, 2, 3));
    }
    connectAll();
    ListAppender<ILoggingEvent> heard = new ListAppender<>();
    heard.start();
    leading.addAppender(heard);
    try {
      cluster.cut(1, 3);
      all.forEach(each -> cluster.append(each, 1, "a"));
      cluster.settle();
      cluster.advance(50_000);
    } finally {
      leading.detachAppender(heard);
    }
    List<String> lines =
        heard.list.stream()
            .filter(event -> event.getLevel() == Level.INFO)
            .map(ILoggingEvent::getFormattedMessage)
            .toList();
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(
        lines.get(0).startsWith("In sync are other replicas of 8 partition(s): t"), lines.get(0));
    assertTrue(lines.get(0).endsWith("[1, 2] after [1, 2, 3] and others"), lines.get(0));
  }
}
