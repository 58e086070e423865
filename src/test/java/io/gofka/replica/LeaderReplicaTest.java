package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.IsrChange.InSync;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderReplica.HighWatermarkAdvanced;
import io.gofka.replica.LeaderReplica.IsrChanged;
import io.gofka.replica.LeaderReplica.Send;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is committed, and who is told of it. */
class LeaderReplicaTest extends LedPartition {
  // ---- what is committed

  @Test
  void recordIsCommittedOnceEveryInSyncReplicaHasIt() {
    followFrom(10, 2, 3);
    assertEquals(List.of(), append(5));
    assertEquals(List.of(), acked(2, 15));
    assertEquals(List.of(new HighWatermarkAdvanced(12)), acked(3, 12));
    assertEquals(List.of(new HighWatermarkAdvanced(15)), acked(3, 15));
  }

  @Test
  void nothingIsCommittedWhileAnInSyncReplicaHasNotSaidHowFarItIs() {
    follow(2, 1, 10, 3);
    acked(2, 10);
    assertEquals(8, leader.highWatermark());
    follow(3, 1, 10, 3);
    assertEquals(10, leader.highWatermark());
  }

  @Test
  void highWatermarkNeverFalls() {
    followFrom(10, 2, 3);
    append(5);
    acked(2, 15);
    acked(3, 15);
    follow(3, 2, 11, EPOCH);
    assertEquals(15, leader.highWatermark());
    append(1);
    acked(2, 16);
    ackedIn(2, 3, 12);
    assertEquals(15, leader.highWatermark());
  }

  @Test
  void leaderAloneCommitsByItself() {
    minIsr = 1;
    leader = lead(1);
    assertEquals(List.of(new HighWatermarkAdvanced(10)), leader.begin(0));
    assertEquals(List.of(new HighWatermarkAdvanced(13)), append(3));
  }

  @Test
  void ownRecordsCountOnceTheyAreDurable() {
    followFrom(10, 2, 3);
    log.withUnsynced(2);
    append(2);
    acked(2, 12);
    acked(3, 12);
    assertEquals(10, leader.highWatermark());
    log.synced();
    assertEquals(List.of(new HighWatermarkAdvanced(12)), leader.onAppended(0));
  }

  // KIP-966: who is eligible to lead has all that is committed, because nothing is committed since.
  @Test
  void nothingIsCommittedWhileFewerThanMinInsyncReplicasAreInSync() {
    leader = lead(1);
    assertTrue(leader.isUnderMinIsr());
    assertEquals(List.of(), leader.begin(0));
    assertEquals(List.of(), append(3));
    assertEquals(8, leader.highWatermark());
  }

  @Test
  void partitionWithFewerReplicasThanMinInsyncReplicasNeedsThemAll() {
    PartitionImage alone = new PartitionImage(List.of(1), List.of(1), 1, EPOCH, 1);
    leader = new LeaderReplica(1, TOPIC, 0, alone, cluster, 2, LAG_MS, log, 0);
    assertFalse(leader.isUnderMinIsr());
    assertEquals(List.of(new HighWatermarkAdvanced(10)), leader.begin(0));
  }

  // KIP-966: the image in which the ISR shrinks may be the one that raises min.insync.replicas.
  @Test
  void shrunkenIsrIsJudgedByTheMinInsyncReplicasOfTheSameImage() {
    minIsr = 1;
    leadFollowedBy(2);
    append(5);
    leader.onStreamDown(2);
    minIsr = 2;
    assertEquals(List.of(new IsrChanged(List.of(1, 2), List.of(1))), image(0, 1));
    assertEquals(10, leader.highWatermark());
  }

  // KIP-207, pitfall 11
  @Test
  void highWatermarkIsKnownWhenAllThatWasThereBeforeIsCommitted() {
    assertFalse(leader.isHighWatermarkKnown());
    follow(2, 1, 10, 3);
    assertFalse(leader.isHighWatermarkKnown());
    follow(3, 1, 9, 3);
    assertFalse(leader.isHighWatermarkKnown());
    acked(3, 10);
    assertTrue(leader.isHighWatermarkKnown());
  }

  // ---- pitfall 2: the high watermark over the wrong set

  @Test
  void followerThatWasProposedCountsUntilTheControllersHaveRefused() {
    leadFollowedBy(2);
    InSync three = new InSync(3, brokerEpoch(3));
    IsrChange proposed = proposal(followEffects(3, 1, 10, 3, 0));
    assertEquals(List.of(given(1), given(2), three), proposed.isr());
    leader.onStreamDown(3);
    append(5);
    acked(2, 15);
    assertEquals(10, leader.highWatermark());
    leader.onIsrAnswer(proposed, ErrorCode.INELIGIBLE_REPLICA, 0);
    assertEquals(15, leader.highWatermark());
  }

  @Test
  void followerThatWasProposedCountsWhileNobodyKnowsWhetherItWasTaken() {
    leadFollowedBy(2);
    IsrChange first = proposal(followEffects(3, 1, 10, 3, 0));
    leader.onStreamDown(3);
    append(5);
    acked(2, 15);
    leader.onIsrUnanswered(first, 0);
    // It goes on trying: another answer makes the first attempt void.
    IsrChange second = proposal(leader.onTick(IsrAgreement.FIRST_BACKOFF_MS));
    assertEquals(List.of(given(1), given(2)), second.isr());
    leader.onIsrAnswer(second, ErrorCode.INELIGIBLE_REPLICA, 100);
    assertEquals(10, leader.highWatermark());
    IsrChange third = proposal(leader.onTick(1_000));
    leader.onIsrAnswer(third, ErrorCode.NONE, 1_000);
    assertEquals(10, leader.highWatermark());
    assertEquals(List.of(new HighWatermarkAdvanced(15)), image(1_000, 1, 2));
  }

  @Test
  void answerThatTheControllersAreAheadDoesNotTakeAProposalBack() {
    leadFollowedBy(2);
    IsrChange first = proposal(followEffects(3, 1, 10, 3, 0));
    leader.onStreamDown(3);
    append(5);
    acked(2, 15);
    leader.onIsrAnswer(first, ErrorCode.INVALID_UPDATE_VERSION, 0);
    assertEquals(10, leader.highWatermark());
    image(0, 1, 2, 3);
    assertEquals(10, leader.highWatermark());
  }

  @Test
  void laggardCountsUntilTheControllersHaveAgreedThatItLeaves() {
    followFrom(10, 2, 3);
    leader.onTick(LAG_MS);
    appendAt(5, LAG_MS);
    ackedAt(2, 15, LAG_MS);
    IsrChange proposed = proposal(shrinkTick(LAG_MS));
    assertEquals(List.of(given(1), given(2)), proposed.isr());
    leader.onIsrAnswer(proposed, ErrorCode.NONE, 2 * LAG_MS);
    assertEquals(10, leader.highWatermark());
    assertEquals(
        List.of(new IsrChanged(List.of(1, 2, 3), List.of(1, 2)), new HighWatermarkAdvanced(15)),
        image(2 * LAG_MS, 1, 2));
  }

  // KAFKA-13141
  @Test
  void offsetOfADivergedLogDoesNotCount() {
    followFrom(10, 2);
    append(5);
    acked(2, 15);
    assertEquals(
        List.of(new Send(3, new Diverged(TOPIC, 0, EPOCH, 1, new OffsetAndEpoch(10, 3)))),
        followEffects(3, 1, 14, 3, 0));
    assertEquals(8, leader.highWatermark());
    follow(3, 2, 10, 3);
    assertEquals(10, leader.highWatermark());
  }

  // KAFKA-15021
  @Test
  void caughtUpFollowerThatMayNotBeInTheIsrIsNotWaitedFor() {
    leadFollowedBy(2);
    cluster = fenced(3);
    image(0, 1, 2);
    assertEquals(List.of(), proposals(followEffects(3, 1, 10, 3, 0)));
    append(5);
    assertEquals(List.of(new HighWatermarkAdvanced(15)), acked(2, 15));
  }

  @Test
  void followerAboutToJoinIsWaitedForAWhile() {
    minIsr = 1;
    leader = lead(1);
    leader.begin(0);
    append(1); // 11 is committed by the leader alone
    followEffects(3, 1, 10, 3, 0);
    assertEquals(List.of(), proposals(appendAt(0, 0)));
    IsrChange proposed = proposal(ackedAt(3, 11, 10));
    assertEquals(List.of(), appendAt(1, 20));
    leader.onIsrAnswer(proposed, ErrorCode.INELIGIBLE_REPLICA, 30);
    assertEquals(11, leader.highWatermark());
    long lateMs = 21 + LeaderReplica.MAX_WAIT_FOR_JOINING_MS;
    assertTrue(leader.onTick(lateMs).contains(new HighWatermarkAdvanced(12)));
  }

  // ---- questions

  @Test
  void readerIsSentToTheMostCaughtUpInSyncCandidate() {
    followFrom(10, 2, 3);
    append(5);
    assertEquals(OptionalInt.of(2), leader.closest(List.of(2, 3), 9));
    acked(3, 12);
    assertEquals(OptionalInt.of(3), leader.closest(List.of(2, 3), 9));
    assertEquals(OptionalInt.of(2), leader.closest(List.of(2), 10));
    assertEquals(OptionalInt.empty(), leader.closest(List.of(2), 11));
    image(0, 1, 2);
    assertEquals(OptionalInt.of(2), leader.closest(List.of(2, 3), 9));
  }

  @Test
  void lowWatermarkIsTheSmallestStartOfTheLiveReplicas() {
    assertEquals(-1, leader.lowWatermark());
    log.deleteBefore(6);
    follow(2, 1, 10, 3);
    leader.onFollower(2, brokerEpoch(2), new Acked(TOPIC, 0, EPOCH, 1, 10, 4), 0);
    assertEquals(-1, leader.lowWatermark());
    cluster = fenced(3);
    image(0, 1, 2);
    assertEquals(4, leader.lowWatermark());
    leader.onFollower(2, brokerEpoch(2), new Acked(TOPIC, 0, EPOCH, 1, 10, 6), 0);
    assertEquals(6, leader.lowWatermark());
  }
}
