package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.IsrChange.InSync;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is proposed for the ISR, and who is to leave it. */
class LeaderIsrTest extends LedPartition {
  // ---- who comes into the ISR

  @Test
  void followerJoinsWhenItHasAllThatIsCommittedAndAllThatWasThereBefore() {
    leadFollowedBy(2);
    append(5);
    acked(2, 12);
    assertEquals(List.of(), proposals(followEffects(3, 1, 8, 3, 0)));
    assertEquals(List.of(), proposals(acked(3, 11)));
    assertEquals(1, proposals(acked(3, 15)).size());
  }

  @Test
  void followerThatIsStuckWhereNothingIsCommittedDoesNotJoinAgain() {
    leadFollowedBy(2);
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
    leadFollowedBy(2);
    cluster = fenced(3);
    image(0, 1, 2);
    assertEquals(List.of(), proposals(followEffects(3, 1, 10, 3, 0)));
    cluster = cluster(1, 2, 3);
    assertEquals(1, proposals(image(0, 1, 2)).size());
  }

  // KIP-903, pitfall 3
  @Test
  void processThatIsNotTheRegisteredOneIsNotProposed() {
    leadFollowedBy(2);
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
    leadFollowedBy(2);
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

  /** Its disk was full, or its log moved, and meanwhile it has forgotten whom it proposed. */
  @Test
  void whoLeadsAgainInTheSameEpochWaitsForAllUntilItIsKnownWhoIsInSync() {
    leader = lead(1, 2);
    IsrChange proposed = proposal(leader.beginAgain(0));
    assertEquals(List.of(given(1), given(2)), proposed.isr());
    followFrom(10, 2, 3);
    append(5);
    acked(2, 15);
    assertEquals(10, leader.highWatermark());
    leader.onIsrAnswer(proposed, ErrorCode.INELIGIBLE_REPLICA, 0);
    assertEquals(10, leader.highWatermark());
    image(0, 1, 2, 3);
    assertEquals(10, leader.highWatermark());
    acked(3, 15);
    assertEquals(15, leader.highWatermark());
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
    leadFollowedBy(2);
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
    leadFollowedBy(2);
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
}
