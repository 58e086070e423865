package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.gofka.replica.LeaderReplica.Effect;
import io.gofka.replica.LeaderReplica.Send;
import io.gofka.replica.LeaderReplica.SessionBegun;
import io.gofka.replica.LeaderReplica.SessionEnded;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader makes of what followers say: sessions, and what ends or refuses them. */
class LeaderSessionsTest extends LedPartition {

  @Test
  void sessionBeginsWithTheHighWatermarkAndThenTheRecordsFromThere() {
    assertEquals(
        List.of(new Send(2, new Watermark(TOPIC, 0, EPOCH, 1, 8, 0)), new SessionBegun(2, 1, 9)),
        followEffects(2, 1, 9, 3, 0));
  }

  @Test
  void emptyLogIsPushedEverything() {
    assertEquals(
        List.of(new Send(2, new Watermark(TOPIC, 0, EPOCH, 1, 8, 0)), new SessionBegun(2, 1, 0)),
        followEffects(2, 1, 0, -1, 0));
  }

  // Pitfall 1, KIP-101
  @Test
  void logWithAnEpochThatThisOneLacksDiverges() {
    log.beginEpoch(EPOCH);
    assertEquals(
        List.of(new Send(2, new Diverged(TOPIC, 0, EPOCH, 1, new OffsetAndEpoch(10, 3)))),
        followEffects(2, 1, 10, 4, 0));
  }

  @Test
  void logThatBeginsBehindTheFollowersEndSaysWhere() {
    log.deleteBefore(6);
    assertEquals(
        List.of(new Send(2, new Refused(TOPIC, 0, EPOCH, 1, ErrorCode.OFFSET_OUT_OF_RANGE, 6))),
        followEffects(2, 1, 5, 3, 0));
  }

  /** It was led in epoch 2 when it wrote what nobody committed, and this log has deleted that. */
  @Test
  void whatLiesBeforeTheLogsStartInAnEpochNobodyKnowsIsGivenUp() {
    log.deleteBefore(6);
    assertEquals(
        List.of(new Send(2, new Diverged(TOPIC, 0, EPOCH, 1, new OffsetAndEpoch(6, 2)))),
        followEffects(2, 1, 8, 2, 0));
    assertEquals(
        List.of(new Send(2, new Refused(TOPIC, 0, EPOCH, 2, ErrorCode.OFFSET_OUT_OF_RANGE, 6))),
        followEffects(2, 2, 6, 2, 0));
  }

  @Test
  void emptyLogThatBeginsBehindTheEndIsToldWhereThisOneBegins() {
    assertEquals(
        List.of(new Send(2, new Refused(TOPIC, 0, EPOCH, 1, ErrorCode.OFFSET_OUT_OF_RANGE, 0))),
        followEffects(2, 1, 11, -1, 0));
  }

  // A leader of the past must not make its successors' records disappear.
  @Test
  void followerThatHasSeenALaterLeaderIsNotToldToCut() {
    assertEquals(
        List.of(new Send(2, new Refused(TOPIC, 0, EPOCH, 1, ErrorCode.UNKNOWN_LEADER_EPOCH, -1))),
        followEffects(2, 1, 12, EPOCH + 1, 0));
  }

  // P5
  @Test
  void followersOfOtherEpochsAreRefusedAndTheirAcknowledgementsDoNotCount() {
    followFrom(10, 2);
    Follow older = new Follow(TOPIC, 0, EPOCH - 1, 1, 10, 3, 0);
    assertEquals(
        List.of(refusal(3, EPOCH - 1, 1, ErrorCode.FENCED_LEADER_EPOCH)),
        leader.onFollower(3, brokerEpoch(3), older, 0));
    Follow newer = new Follow(TOPIC, 0, EPOCH + 1, 2, 10, 3, 0);
    assertEquals(
        List.of(refusal(3, EPOCH + 1, 2, ErrorCode.UNKNOWN_LEADER_EPOCH)),
        leader.onFollower(3, brokerEpoch(3), newer, 0));
    Acked old = new Acked(TOPIC, 0, EPOCH - 1, 1, 10, 0);
    assertEquals(List.of(), leader.onFollower(3, brokerEpoch(3), old, 0));
    assertEquals(8, leader.highWatermark());
  }

  @Test
  void brokerWithoutAReplicaIsRefused() {
    Follow foreign = new Follow(TOPIC, 0, EPOCH, 1, 10, 3, 0);
    assertEquals(
        List.of(refusal(9, EPOCH, 1, ErrorCode.NOT_LEADER_OR_FOLLOWER)),
        leader.onFollower(9, 1, foreign, 0));
  }

  @Test
  void acknowledgementOfAnEarlierSessionDoesNotCount() {
    followFrom(10, 2, 3);
    append(5);
    acked(2, 15);
    follow(3, 2, 10, 3);
    assertEquals(List.of(), leader.onFollower(3, brokerEpoch(3), ack(1, 15), 0));
    assertEquals(10, leader.highWatermark());
  }

  @Test
  void followThatArrivesTwiceOrLateIsIgnored() {
    follow(2, 5, 10, 3);
    assertEquals(List.of(), followEffects(2, 5, 10, 3, 0));
    assertEquals(List.of(), followEffects(2, 4, 3, 3, 0));
  }

  @Test
  void followerThatBelievesInASessionThatIsNoneIsTold() {
    follow(2, 1, 10, 3);
    assertEquals(List.of(new SessionEnded(2)), leader.onStreamDown(2));
    Send told = refusal(2, EPOCH, 1, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    assertEquals(List.of(told), leader.onFollower(2, brokerEpoch(2), ack(1, 10), 0));
    Send toldToo = refusal(2, EPOCH, 7, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    assertEquals(List.of(toldToo), leader.onFollower(2, brokerEpoch(2), ack(7, 10), 0));
  }

  @Test
  void newSessionTakesThePlaceOfTheOldOne() {
    follow(2, 1, 10, 3);
    List<Effect> effects = followEffects(2, 2, 9, 3, 0);
    assertEquals(new SessionEnded(2), effects.get(0));
    assertTrue(effects.contains(new SessionBegun(2, 2, 9)));
  }

  @Test
  void acknowledgementOfWhatDoesNotExistCountsNothing() {
    followFrom(10, 2, 3);
    append(1);
    acked(2, 11);
    List<Effect> effects = acked(3, 12);
    assertEquals(
        List.of(new SessionEnded(3), refusal(3, EPOCH, 1, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)),
        effects);
    assertEquals(10, leader.highWatermark());
  }

  @Test
  void unfollowEndsItsOwnSessionOnly() {
    follow(2, 3, 10, 3);
    assertEquals(List.of(), leader.onFollower(2, brokerEpoch(2), unfollow(2), 0));
    assertEquals(
        List.of(new SessionEnded(2)), leader.onFollower(2, brokerEpoch(2), unfollow(3), 0));
  }

  @Test
  void replicaThatIsTakenAwayIsPushedNothingMore() {
    followFrom(10, 2, 3);
    PartitionImage without3 =
        new PartitionImage(List.of(1, 2), List.of(1, 2), 1, EPOCH, ++partitionEpoch);
    assertTrue(leader.onImage(without3, cluster, minIsr, 0).contains(new SessionEnded(3)));
    assertEquals(List.of(), acked(3, 10));
  }

  @Test
  void anotherLeaderEpochNeedsAnotherLeader() {
    PartitionImage later =
        new PartitionImage(List.of(1, 2, 3), List.of(1, 2, 3), 1, EPOCH + 1, partitionEpoch + 1);
    assertThrows(IllegalArgumentException.class, () -> leader.onImage(later, cluster, minIsr, 0));
  }

  // P7
  @Test
  void logThatShrinksUnderItsLeaderIsABug() {
    append(5);
    log.truncateTo(12);
    assertThrows(IllegalStateException.class, () -> leader.onAppended(0));
  }
}
