package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.FollowerReplica.Append;
import io.gofka.replica.FollowerReplica.Effect;
import io.gofka.replica.FollowerReplica.HighWatermarkAdvanced;
import io.gofka.replica.FollowerReplica.LogStartAdvanced;
import io.gofka.replica.FollowerReplica.Send;
import io.gofka.replica.FollowerReplica.Sync;
import io.gofka.replica.FollowerReplica.TruncateFullyAndStartAt;
import io.gofka.replica.FollowerReplica.TruncateTo;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FollowerReplicaTest {
  private static final UUID TOPIC = new UUID(0, 7);
  private static final int EPOCH = 5;
  private static final ByteBuf SOME = Unpooled.wrappedBuffer(new byte[] {1});

  private final MemoryLog log = new MemoryLog();
  private long lastSession = 100;
  private final FollowerReplica follower = follower(EPOCH);

  private FollowerReplica follower(int epoch) {
    return new FollowerReplica(TOPIC, 3, epoch, log, () -> ++lastSession);
  }

  // ---- how a session begins

  @Test
  void nothingIsAskedBeforeThereIsAStream() {
    assertEquals(List.of(), follower.onTick(1_000_000));
    assertEquals(List.of(follow(101, 0, -1)), follower.onStream(true, 0));
  }

  @Test
  void leaderIsToldWhereTheLogEndsAndInWhichEpoch() {
    log.with(2, 4).with(3, 6);
    assertEquals(List.of(follow(101, 10, 3)), follower.onStream(true, 0));
  }

  // KAFKA-15510: an epoch without records is not what the last record belongs to.
  @Test
  void epochThatWroteNothingIsNotTheLastFetchedEpoch() {
    log.with(2, 4);
    log.beginEpoch(4);
    assertEquals(List.of(follow(101, 4, 2)), follower.onStream(true, 0));
  }

  @Test
  void nothingIsAcknowledgedByFollowingThatIsNotDurable() {
    log.with(2, 4).withUnsynced(1);
    assertEquals(List.of(new Sync()), follower.onStream(true, 0));
    log.synced();
    assertEquals(List.of(follow(101, 4, 2)), follower.onSynced(1));
  }

  @Test
  void logThatCannotBeSyncedIsTriedAgainLater() {
    log.with(2, 4).withUnsynced(1);
    follower.onStream(true, 0);
    assertEquals(List.of(), follower.onSynced(10));
    assertEquals(List.of(new Sync()), follower.onTick(follower.deadlineMs().orElseThrow()));
  }

  // A restarted broker sees an old image first; its old leader must not make it cut anything.
  @Test
  void logOfALaterEpochThanTheImageIsNotFollowedWith() {
    log.with(EPOCH + 1, 4);
    assertEquals(List.of(), follower.onStream(true, 0));
    assertTrue(follower.deadlineMs().isEmpty());
  }

  @Test
  void leaderThatDoesNotAnswerIsAskedAgainUnderAnotherSession() {
    follower.onStream(true, 0);
    long nowMs = 0;
    for (long timeoutMs : new long[] {2_000, 4_000, 8_000, 16_000, 16_000}) {
      assertEquals(List.of(), follower.onTick(nowMs + timeoutMs - 1));
      nowMs += timeoutMs;
      List<Effect> effects = follower.onTick(nowMs);
      assertEquals(List.of(follow(lastSession, 0, -1)), effects);
    }
  }

  @Test
  void refusalsAreAnsweredWithGrowingPatience() {
    follower.onStream(true, 0);
    long nowMs = 0;
    for (long backoffMs : new long[] {20, 40, 80, 160, 320, 640, 1000, 1000}) {
      refuse(ErrorCode.UNKNOWN_TOPIC_ID, -1, nowMs);
      assertEquals(nowMs + backoffMs, follower.deadlineMs().orElseThrow());
      nowMs += backoffMs;
      List<Effect> effects = follower.onTick(nowMs);
      assertEquals(List.of(follow(lastSession, 0, -1)), effects);
    }
  }

  // ---- pitfall 1: how the log is cut

  // KIP-101, KIP-279
  @Test
  void logIsCutToTheEndOfTheCommonEpochNotToTheHighWatermark() {
    log.with(2, 4).with(3, 6).withHighWatermark(2);
    follower.onStream(true, 0);
    assertEquals(List.of(new TruncateTo(7, false)), diverge(7, 3));
  }

  // KIP-279: two fast leader changes
  @Test
  void logThatLacksTheLeadersEpochIsCutToTheEndOfTheOneBefore() {
    log.with(2, 4).with(4, 6);
    follower.onStream(true, 0);
    assertEquals(List.of(new TruncateTo(4, false)), diverge(9, 3));
    log.truncateTo(4);
    assertEquals(List.of(follow(102, 4, 2)), follower.onTruncated(0));
  }

  // KAFKA-10706
  @Test
  void epochsAreForgottenEvenWhenNoRecordGoes() {
    log.with(1, 4);
    log.beginEpoch(3);
    follower.onStream(true, 0);
    assertEquals(List.of(new TruncateTo(4, false)), diverge(4, 1));
  }

  @Test
  void cutBelowTheHighWatermarkIsSaidToBeOne() {
    log.with(2, 4).with(3, 6).withHighWatermark(8);
    follower.onStream(true, 0);
    assertEquals(List.of(new TruncateTo(7, true)), diverge(7, 3));
  }

  // KAFKA-14704
  @Test
  void highWatermarkIsNotTakenBeforeTheLogIsCut() {
    log.with(2, 10);
    follower.onStream(true, 0);
    diverge(4, 2);
    assertEquals(List.of(), follower.onLeader(watermark(101, 9, 0), 0));
    log.truncateTo(4);
    follower.onTruncated(0);
    assertEquals(List.of(), follower.onLeader(watermark(101, 9, 0), 0));
    assertEquals(List.of(new HighWatermarkAdvanced(4)), follower.onLeader(watermark(102, 9, 0), 0));
  }

  @Test
  void divergenceThatArrivesTwiceCutsOnce() {
    log.with(2, 10);
    follower.onStream(true, 0);
    diverge(4, 2);
    assertEquals(List.of(), diverge(4, 2));
    log.truncateTo(4);
    follower.onTruncated(0);
    follower.onLeader(watermark(102, 0, 0), 0);
    follower.onLeader(push(102, 4, 12), 0);
    log.with(5, 8);
    follower.onAppended(0);
    assertEquals(List.of(), follower.onLeader(diverged(101, 4, 2), 0));
    assertEquals(List.of(), follower.onLeader(diverged(102, 4, 2), 0));
  }

  @Test
  void cutThatChangesNothingIsNotRepeatedAtOnce() {
    log.with(2, 4);
    follower.onStream(true, 0);
    diverge(4, 2);
    assertEquals(List.of(), follower.onTruncated(0));
    assertEquals(List.of(follow(102, 4, 2)), follower.onTick(20));
  }

  @Test
  void logBeforeTheLeadersStartBeginsAnew() {
    log.with(2, 4);
    follower.onStream(true, 0);
    assertEquals(
        List.of(new TruncateFullyAndStartAt(50)), refuse(ErrorCode.OFFSET_OUT_OF_RANGE, 50, 0));
    log.startAt(50);
    assertEquals(List.of(follow(102, 50, -1, 50)), follower.onTruncated(0));
  }

  @Test
  void logWithRecordsTheLeaderHasTooIsNeverGivenUp() {
    log.with(2, 4);
    follower.onStream(true, 0);
    assertEquals(List.of(), refuse(ErrorCode.OFFSET_OUT_OF_RANGE, 3, 0));
  }

  @Test
  void logThatEndsWhereTheLeadersBeginsBeginsAnewWhenItIsRefused() {
    log.with(2, 4);
    follower.onStream(true, 0);
    assertEquals(
        List.of(new TruncateFullyAndStartAt(4)), refuse(ErrorCode.OFFSET_OUT_OF_RANGE, 4, 0));
  }

  @Test
  void streamThatBreaksDuringACutIsFollowedAgainAfterIt() {
    log.with(2, 10);
    follower.onStream(true, 0);
    diverge(4, 2);
    assertEquals(List.of(), follower.onStream(false, 0));
    assertEquals(List.of(), follower.onStream(true, 0));
    log.truncateTo(4);
    assertEquals(List.of(follow(102, 4, 2)), follower.onTruncated(0));
  }

  // ---- what is pushed

  @Test
  void recordsAreAcknowledgedWhenTheyArePartOfTheLog() {
    begin();
    assertEquals(List.of(new Append(push(101, 0, 5))), follower.onLeader(push(101, 0, 5), 0));
    log.with(5, 5);
    assertEquals(List.of(acked(101, 5)), follower.onAppended(0));
  }

  @Test
  void highWatermarkGoesNoFurtherThanTheLog() {
    begin();
    assertEquals(List.of(), follower.onLeader(watermark(101, 7, 0), 0));
    follower.onLeader(push(101, 0, 5), 0);
    log.with(5, 5);
    assertEquals(List.of(acked(101, 5), new HighWatermarkAdvanced(5)), follower.onAppended(0));
  }

  @Test
  void highWatermarkNeverFalls() {
    log.with(2, 10).withHighWatermark(8);
    FollowerReplica again = follower(EPOCH);
    again.onStream(true, 0);
    assertEquals(List.of(), again.onLeader(watermark(101, 3, 0), 0));
    assertEquals(List.of(new HighWatermarkAdvanced(9)), again.onLeader(watermark(101, 9, 0), 0));
    assertEquals(List.of(), again.onLeader(watermark(101, 4, 0), 0));
  }

  @Test
  void pushThatArrivesTwiceIsAppendedOnce() {
    begin();
    follower.onLeader(push(101, 0, 5), 0);
    assertEquals(List.of(), follower.onLeader(push(101, 0, 5), 0));
    assertEquals(List.of(new Append(push(101, 5, 6))), follower.onLeader(push(101, 5, 6), 0));
  }

  @Test
  void missingPushIsAskedForWhenWhatCameBeforeIsAppended() {
    begin();
    follower.onLeader(push(101, 0, 5), 0);
    assertEquals(List.of(), follower.onLeader(push(101, 6, 8), 0));
    log.with(5, 5);
    assertEquals(List.of(follow(102, 5, 5)), follower.onAppended(0));
    assertEquals(List.of(), follower.onLeader(push(101, 5, 6), 0));
  }

  @Test
  void pushOfAnotherEpochOrSessionIsDropped() {
    begin();
    assertEquals(List.of(), follower.onLeader(push(100, 0, 5), 0));
    assertEquals(List.of(), follower.onLeader(push(102, 0, 5), 0));
    Pushed old = new Pushed(TOPIC, 3, EPOCH - 1, 101, 0, 5, 0, 0, SOME);
    assertEquals(List.of(), follower.onLeader(old, 0));
  }

  @Test
  void brokenStreamIsFollowedAgainFromWhereTheLogThenEnds() {
    begin();
    follower.onLeader(push(101, 0, 5), 0);
    follower.onLeader(push(101, 5, 6), 0);
    assertEquals(List.of(), follower.onStream(false, 0));
    log.with(5, 5);
    assertEquals(List.of(), follower.onAppended(0));
    assertEquals(List.of(), follower.onStream(true, 0));
    log.with(5, 1);
    assertEquals(List.of(follow(102, 6, 5)), follower.onAppended(0));
  }

  @Test
  void failedAppendEndsTheSessionAndIsTriedAgainAfterAWhile() {
    begin();
    follower.onLeader(push(101, 0, 5), 0);
    follower.onLeader(push(101, 5, 6), 0);
    assertEquals(List.of(new Send(new Unfollow(TOPIC, 3, EPOCH, 101))), follower.onAppendFailed(0));
    assertEquals(List.of(), follower.onLeader(push(101, 6, 7), 0));
    assertEquals(List.of(), follower.onTick(FollowerReplica.MAX_BACKOFF_MS - 1));
    assertEquals(List.of(follow(102, 0, -1)), follower.onTick(FollowerReplica.MAX_BACKOFF_MS));
  }

  @Test
  void logStartFollowsTheLeadersAsFarAsRecordsAreCommitted() {
    log.with(2, 10);
    begin();
    assertEquals(List.of(new HighWatermarkAdvanced(6)), follower.onLeader(watermark(101, 6, 7), 0));
    assertEquals(
        List.of(
            new HighWatermarkAdvanced(8),
            new LogStartAdvanced(7),
            new Send(new Acked(TOPIC, 3, EPOCH, 101, 10, 7))),
        follower.onLeader(watermark(101, 8, 7), 0));
    assertEquals(List.of(), follower.onLeader(watermark(101, 8, 7), 0));
  }

  @Test
  void logStartThatWaitsForAnAppendIsNotForgotten() {
    begin();
    follower.onLeader(push(101, 0, 5), 0);
    assertEquals(List.of(), follower.onLeader(watermark(101, 5, 4), 0));
    log.with(5, 5);
    assertEquals(
        List.of(
            acked(101, 5),
            new HighWatermarkAdvanced(5),
            new LogStartAdvanced(4),
            new Send(new Acked(TOPIC, 3, EPOCH, 101, 5, 4))),
        follower.onAppended(0));
  }

  @Test
  void silentFollowerSaysFromTimeToTimeWhereItIs() {
    begin();
    long nowMs = FollowerReplica.ACK_AT_LEAST_EVERY_MS;
    assertEquals(nowMs, follower.deadlineMs().orElseThrow());
    assertEquals(List.of(acked(101, 0)), follower.onTick(nowMs));
    assertEquals(2 * nowMs, follower.deadlineMs().orElseThrow());
  }

  @Test
  void sessionTheLeaderDoesNotKnowIsBegunAnew() {
    begin();
    refuse(ErrorCode.FETCH_SESSION_ID_NOT_FOUND, -1, 0);
    assertFalse(follower.isFollowing());
    assertEquals(List.of(follow(102, 0, -1)), follower.onTick(20));
  }

  @Test
  void whoFollowsNoMoreSaysSo() {
    assertEquals(List.of(), follower.stop());
    begin();
    assertEquals(List.of(new Send(new Unfollow(TOPIC, 3, EPOCH, 101))), follower.stop());
  }

  // ---- words

  private void begin() {
    follower.onStream(true, 0);
    follower.onLeader(watermark(101, 0, 0), 0);
    assertTrue(follower.isFollowing());
  }

  private List<Effect> diverge(long offset, int epoch) {
    return follower.onLeader(diverged(101, offset, epoch), 0);
  }

  private List<Effect> refuse(ErrorCode error, long logStartOffset, long nowMs) {
    return follower.onLeader(
        new Refused(TOPIC, 3, EPOCH, lastSession, error, logStartOffset), nowMs);
  }

  private static Send follow(long session, long offset, int epoch) {
    return follow(session, offset, epoch, 0);
  }

  private static Send follow(long session, long offset, int epoch, long logStartOffset) {
    return new Send(new Follow(TOPIC, 3, EPOCH, session, offset, epoch, logStartOffset));
  }

  private static Send acked(long session, long endOffset) {
    return new Send(new Acked(TOPIC, 3, EPOCH, session, endOffset, 0));
  }

  private static Diverged diverged(long session, long offset, int epoch) {
    return new Diverged(TOPIC, 3, EPOCH, session, new OffsetAndEpoch(offset, epoch));
  }

  private static Watermark watermark(long session, long highWatermark, long logStartOffset) {
    return new Watermark(TOPIC, 3, EPOCH, session, highWatermark, logStartOffset);
  }

  private static Pushed push(long session, long fromOffset, long endOffset) {
    return new Pushed(TOPIC, 3, EPOCH, session, fromOffset, endOffset, 0, 0, SOME);
  }
}
