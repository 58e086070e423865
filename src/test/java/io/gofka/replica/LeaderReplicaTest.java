package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.IsrChange.InSync;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.gofka.replica.LeaderReplica.Effect;
import io.gofka.replica.LeaderReplica.HighWatermarkAdvanced;
import io.gofka.replica.LeaderReplica.IsrChanged;
import io.gofka.replica.LeaderReplica.IsrProposed;
import io.gofka.replica.LeaderReplica.Send;
import io.gofka.replica.LeaderReplica.SessionBegun;
import io.gofka.replica.LeaderReplica.SessionEnded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Broker 1 leads, 2 and 3 follow; the log begins with ten records of an earlier epoch. */
class LeaderReplicaTest {
  private static final UUID TOPIC = new UUID(0, 7);
  private static final int EPOCH = 5;
  private static final long LAG_MS = 30_000;

  private final MemoryLog log = new MemoryLog().with(3, 10).withHighWatermark(8);
  private ClusterImage cluster = cluster(1, 2, 3);
  private int minIsr = 2;
  private int partitionEpoch = 40;
  private LeaderReplica leader = lead(1, 2, 3);

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
    leader = lead(1);
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
    leader = lead(1, 2);
    followFrom(10, 2);
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
    leader = lead(1, 2);
    followFrom(10, 2);
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
    leader = lead(1, 2);
    followFrom(10, 2);
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
    leader = lead(1, 2);
    followFrom(10, 2);
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
    leader = lead(1, 2);
    followFrom(10, 2);
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

  // ---- who comes into the ISR

  @Test
  void followerJoinsWhenItHasAllThatIsCommittedAndAllThatWasThereBefore() {
    leader = lead(1, 2);
    followFrom(10, 2);
    append(5);
    acked(2, 12);
    assertEquals(List.of(), proposals(followEffects(3, 1, 8, 3, 0)));
    assertEquals(List.of(), proposals(acked(3, 11)));
    assertEquals(1, proposals(acked(3, 15)).size());
  }

  @Test
  void followerThatIsStuckWhereNothingIsCommittedDoesNotJoinAgain() {
    leader = lead(1, 2);
    followFrom(10, 2);
    leader.onTick(LAG_MS);
    appendAt(5, LAG_MS);
    proposal(shrinkTick(LAG_MS));
    assertEquals(List.of(), proposals(image(2 * LAG_MS + 1, 1)));
    assertTrue(leader.isUnderMinIsr());
    assertEquals(List.of(), proposals(ackedAt(2, 11, 2 * LAG_MS + 2)));
    assertEquals(1, proposals(ackedAt(2, 15, 2 * LAG_MS + 3)).size());
  }

  // KIP-841
  @Test
  void fencedBrokerAndOneAboutToStopAreNotProposed() {
    leader = lead(1, 2);
    followFrom(10, 2);
    cluster = fenced(3);
    image(0, 1, 2);
    assertEquals(List.of(), proposals(followEffects(3, 1, 10, 3, 0)));
    cluster = cluster(1, 2, 3);
    assertEquals(1, proposals(image(0, 1, 2)).size());
  }

  // KIP-903, pitfall 3
  @Test
  void processThatIsNotTheRegisteredOneIsNotProposed() {
    leader = lead(1, 2);
    followFrom(10, 2);
    assertEquals(List.of(), proposals(followEffects(3, brokerEpoch(3) + 1, 1, 10, 3, 0)));
  }

  // KIP-903, pitfall 3
  @Test
  void restartedFollowerIsBelievedNothingThatItsPredecessorSaid() {
    followFrom(10, 2, 3);
    append(5);
    acked(3, 15);
    Follow again = new Follow(TOPIC, 0, EPOCH, 1, 9, 3, 0);
    leader.onFollower(3, brokerEpoch(3) + 1, again, 0);
    acked(2, 15);
    assertEquals(10, leader.highWatermark());
    assertEquals(List.of(), leader.onFollower(3, brokerEpoch(3), ack(1, 15), 0));
    assertEquals(10, leader.highWatermark());
  }

  @Test
  void onlyOneProposalIsUnderWay() {
    leader = lead(1);
    minIsr = 1;
    leader = lead(1);
    IsrChange first = proposal(followEffects(2, 1, 10, 3, 0));
    assertEquals(List.of(), proposals(followEffects(3, 1, 10, 3, 0)));
    leader.onIsrAnswer(first, ErrorCode.NONE, 0);
    IsrChange second = proposal(image(0, 1, 2));
    assertEquals(List.of(given(1), given(2), new InSync(3, brokerEpoch(3))), second.isr());
    assertEquals(partitionEpoch, second.partitionEpoch());
  }

  @Test
  void refusedProposalIsTriedAgainWithGrowingPatience() {
    leader = lead(1, 2);
    IsrChange proposed = proposal(followEffects(3, 1, 10, 3, 0));
    long nowMs = 0;
    for (long backoffMs : new long[] {50, 100, 200, 400, 800, 1600, 2000, 2000}) {
      assertEquals(List.of(), leader.onIsrAnswer(proposed, ErrorCode.NOT_CONTROLLER, nowMs));
      assertEquals(nowMs + backoffMs, leader.retryAtMs().orElseThrow());
      assertEquals(List.of(), proposals(leader.onTick(nowMs + backoffMs - 1)));
      nowMs += backoffMs;
      proposed = proposal(leader.onTick(nowMs));
    }
  }

  @Test
  void answerToAVoidProposalChangesNothing() {
    leader = lead(1, 2);
    followFrom(10, 2);
    IsrChange old = proposal(followEffects(3, 1, 10, 3, 0));
    leader.onStreamDown(3);
    image(0, 1, 2); // For some reason of the controllers'.
    follow(3, 2, 10, 3);
    append(5);
    acked(2, 15);
    leader.onIsrAnswer(old, ErrorCode.INELIGIBLE_REPLICA, 0);
    leader.onStreamDown(3);
    assertEquals(10, leader.highWatermark());
  }

  // KIP-704
  @Test
  void uncleanlyElectedLeaderSaysAtOnceThatItGoesOn() {
    PartitionImage recovering =
        new PartitionImage(
            List.of(1, 2, 3),
            List.of(1),
            List.of(),
            List.of(),
            1,
            EPOCH,
            partitionEpoch,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERING);
    leader = new LeaderReplica(1, TOPIC, 0, recovering, cluster, 2, LAG_MS, log, 0);
    IsrChange proposed = proposal(leader.begin(0));
    assertEquals(List.of(given(1)), proposed.isr());
    assertEquals(LeaderRecoveryState.RECOVERED, proposed.leaderRecoveryState());
  }

  // ---- who leaves it

  @Test
  void followerAtTheEndNeverLagsHoweverLongNothingIsAppended() {
    followFrom(10, 2, 3);
    for (long nowMs = 0; nowMs <= 20 * LAG_MS; nowMs += LAG_MS / 2) {
      assertEquals(List.of(), leader.onTick(nowMs));
    }
    assertEquals(List.of(), appendAt(5, 20 * LAG_MS + 1));
    assertEquals(List.of(), leader.onTick(20 * LAG_MS + 2));
  }

  @Test
  void silentFollowerLagsAfterTheTimeAllowed() {
    followFrom(10, 2, 3);
    append(5);
    acked(2, 15);
    leader.onTick(LAG_MS / 2);
    assertEquals(List.of(), leader.onTick(LAG_MS));
    assertEquals(List.of(given(1), given(2)), proposal(leader.onTick(LAG_MS + 1)).isr());
  }

  @Test
  void followerThatNeverCameLagsAfterTheTimeAllowed() {
    followFrom(10, 2);
    leader.onTick(LAG_MS / 2);
    assertEquals(List.of(), leader.onTick(LAG_MS));
    assertEquals(List.of(given(1), given(2)), proposal(leader.onTick(LAG_MS + 1)).isr());
  }

  @Test
  void followerThatIsAlwaysAFewPushesBehindDoesNotLag() {
    leader = lead(1, 2);
    followFrom(10, 2);
    long nowMs = 0;
    for (int i = 0; i < 2_000; i++) {
      nowMs += 50;
      appendAt(10, nowMs);
      assertEquals(List.of(), proposals(ackedAt(2, Math.max(10, log.logEndOffset() - 25), nowMs)));
      assertEquals(List.of(), proposals(leader.onTick(nowMs)));
    }
  }

  @Test
  void followerThatIsSlowerThanTheProducersLags() {
    leader = lead(1, 2);
    followFrom(10, 2);
    long nowMs = 0;
    long end = 10;
    List<IsrChange> proposed = new ArrayList<>();
    while (proposed.isEmpty()) {
      nowMs += 50;
      appendAt(10, nowMs);
      end += 5;
      proposed.addAll(proposals(ackedAt(2, end, nowMs)));
      proposed.addAll(proposals(leader.onTick(nowMs)));
      assertTrue(nowMs < 3 * LAG_MS);
    }
    assertEquals(List.of(given(1)), proposed.get(0).isr());
  }

  // Pitfall 15
  @Test
  void leaderThatStoodStillItselfDoesNotBlameItsFollowers() {
    followFrom(10, 2, 3);
    append(5);
    assertEquals(List.of(), leader.onTick(LAG_MS * 10));
    assertEquals(List.of(), proposals(ackedAt(2, 12, LAG_MS * 10 + 1)));
    leader.onTick(LAG_MS * 10 + LAG_MS / 2);
    assertEquals(1, proposals(leader.onTick(LAG_MS * 11 + 2)).size());
  }

  // Pitfall 15
  @Test
  void acknowledgementThatComesFirstAfterAStandstillBlamesNobody() {
    followFrom(10, 2, 3);
    append(5);
    assertEquals(List.of(), proposals(ackedAt(2, 12, LAG_MS * 10)));
  }

  // ---- sessions

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

  // ---- words

  private LeaderReplica lead(Integer... isr) {
    log.beginEpoch(EPOCH);
    return new LeaderReplica(1, TOPIC, 0, state(isr), cluster, minIsr, LAG_MS, log, 0);
  }

  private PartitionImage state(Integer... isr) {
    return new PartitionImage(List.of(1, 2, 3), Arrays.asList(isr), 1, EPOCH, partitionEpoch);
  }

  /** The controllers have agreed on an ISR. */
  private List<Effect> image(long nowMs, Integer... isr) {
    partitionEpoch++;
    return leader.onImage(state(isr), cluster, minIsr, nowMs);
  }

  private List<Effect> append(int count) {
    return appendAt(count, 0);
  }

  private List<Effect> appendAt(int count, long nowMs) {
    log.with(EPOCH, count);
    return leader.onAppended(nowMs);
  }

  /** The followers begin their first session there, with a log like the leader's. */
  private void followFrom(long offset, int... followers) {
    for (int id : followers) {
      follow(id, 1, offset, 3);
    }
  }

  private void follow(int follower, long session, long offset, int epoch) {
    assertTrue(
        followEffects(follower, session, offset, epoch, 0)
            .contains(new SessionBegun(follower, session, offset)));
  }

  private List<Effect> followEffects(
      int follower, long session, long offset, int epoch, long nowMs) {
    return followEffects(follower, brokerEpoch(follower), session, offset, epoch, nowMs);
  }

  private List<Effect> followEffects(
      int follower, long brokerEpoch, long session, long offset, int epoch, long nowMs) {
    Follow follow = new Follow(TOPIC, 0, EPOCH, session, offset, epoch, 0);
    return leader.onFollower(follower, brokerEpoch, follow, nowMs);
  }

  private List<Effect> acked(int follower, long endOffset) {
    return ackedAt(follower, endOffset, 0);
  }

  private List<Effect> ackedAt(int follower, long endOffset, long nowMs) {
    return leader.onFollower(follower, brokerEpoch(follower), ack(1, endOffset), nowMs);
  }

  private List<Effect> ackedIn(long session, int follower, long endOffset) {
    return leader.onFollower(follower, brokerEpoch(follower), ack(session, endOffset), 0);
  }

  private static Acked ack(long session, long endOffset) {
    return new Acked(TOPIC, 0, EPOCH, session, endOffset, 0);
  }

  private static Unfollow unfollow(long session) {
    return new Unfollow(TOPIC, 0, EPOCH, session);
  }

  private static Send refusal(int follower, int epoch, long session, ErrorCode error) {
    return new Send(follower, new Refused(TOPIC, 0, epoch, session, error, -1));
  }

  private List<Effect> shrinkTick(long fromMs) {
    leader.onTick(fromMs + LAG_MS / 2);
    return leader.onTick(fromMs + LAG_MS + 1);
  }

  private static List<IsrChange> proposals(List<Effect> effects) {
    List<IsrChange> found = new ArrayList<>();
    for (Effect effect : effects) {
      if (effect instanceof IsrProposed proposed) {
        found.add(proposed.change());
      }
    }
    return found;
  }

  private static IsrChange proposal(List<Effect> effects) {
    List<IsrChange> found = proposals(effects);
    assertEquals(1, found.size(), effects::toString);
    return found.get(0);
  }

  private static InSync given(int broker) {
    return new InSync(broker, -1);
  }

  private static long brokerEpoch(int broker) {
    return 1_000L + broker;
  }

  private static ClusterImage cluster(int... brokers) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>();
    for (int id : brokers) {
      all.put(
          id, new BrokerImage(id, "n" + id, brokerEpoch(id), List.of(), Optional.empty(), false));
    }
    return withBrokers(all);
  }

  private ClusterImage fenced(int broker) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>(cluster.brokers());
    all.put(broker, all.get(broker).with(true, false));
    return withBrokers(all);
  }

  private static ClusterImage withBrokers(Map<Integer, BrokerImage> brokers) {
    ClusterImage empty = ClusterImage.EMPTY;
    return new ClusterImage(
        "c",
        1,
        -1,
        org.pcollections.TreePMap.from(brokers),
        empty.topicsByName(),
        empty.topicsById(),
        empty.configs());
  }
}
