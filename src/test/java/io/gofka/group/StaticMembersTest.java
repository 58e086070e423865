package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.GROUP;
import static io.gofka.group.CoordinatorDriver.REBALANCE_MS;
import static io.gofka.group.CoordinatorDriver.SESSION_MS;
import static io.gofka.group.Joins.bytes;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** KIP-345, and KIP-814 for leaders that come back. */
class StaticMembersTest {
  private final CoordinatorDriver world = new CoordinatorDriver();
  private String leader;
  private String follower;

  /** Instances "one", which leads, and "two", in generation 2. */
  @BeforeEach
  void stablePair() {
    leader = world.joined(world.join(Joins.instance("one").toJoin())).memberId();
    world.sync(sync(1, leader, Optional.of("one"), Map.of(leader, "all")));
    long second = world.join(Joins.instance("two").toJoin());
    world.join(Joins.instance("one").as(leader).toJoin());
    follower = world.joined(second).memberId();
    world.sync(sync(2, follower, Optional.of("two"), Map.of()));
    world.sync(sync(2, leader, Optional.of("one"), Map.of(leader, "a", follower, "b")));
    assertEquals(GroupState.STABLE, world.state());
  }

  private ErrorCode heartbeat(String memberId, String instanceId) {
    return world.heartbeat(new Heartbeat(GROUP, 2, memberId, Optional.of(instanceId)));
  }

  @Test
  void staticMemberNeedsNoIdFirst() {
    assertTrue(leader.startsWith("one-"));
  }

  @Test
  void restartedMemberFindsItsAssignmentWithoutRebalance() {
    JoinGroupResult back = world.joined(world.join(Joins.instance("two").toJoin()));
    assertEquals(2, back.generationId());
    assertNotEquals(follower, back.memberId());
    assertEquals(GroupState.STABLE, world.state());
    long synced = world.sync(sync(2, back.memberId(), Optional.of("two"), Map.of()));
    assertEquals(bytes("b"), world.synced(synced).assignment());
  }

  @Test
  void formerSelfIsFencedEverywhere() {
    String now = world.joined(world.join(Joins.instance("two").toJoin())).memberId();
    ErrorCode fenced = ErrorCode.FENCED_INSTANCE_ID;
    assertEquals(fenced, heartbeat(follower, "two"));
    assertEquals(ErrorCode.NONE, heartbeat(now, "two"));
    assertEquals(
        fenced, world.joined(world.join(Joins.instance("two").as(follower).toJoin())).error());
    assertEquals(
        fenced, world.synced(world.sync(sync(2, follower, Optional.of("two"), Map.of()))).error());
    CommitOffsets commit = CoordinatorDriver.commitOf("t", 1, 2, follower);
    CommitOffsets asInstance =
        new CommitOffsets(
            GROUP, 2, follower, Optional.of("two"), commit.retentionMs(), commit.offsets());
    assertEquals(List.of(fenced), world.codes(world.commit(asInstance)));
    LeaveGroup.Result left =
        world.leave(new LeaveGroup.Leaving(follower, Optional.of("two"), Optional.empty()));
    assertEquals(fenced, left.members().get(0).error());
  }

  @Test
  void formerSelfThatWaitsIsFenced() {
    world.join(Joins.instance("one").as(leader).toJoin()); // A rebalance begins.
    long waiting = world.join(Joins.instance("two").as(follower).toJoin());
    assertTrue(world.answered(waiting)); // Both are here: generation 3.
    long sync = world.sync(sync(3, follower, Optional.of("two"), Map.of()));
    long back = world.join(Joins.instance("two").toJoin());
    assertEquals(ErrorCode.FENCED_INSTANCE_ID, world.synced(sync).error());
    assertFalse(world.answered(back)); // Somebody came in the middle, so all join again.
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
  }

  @Test
  void restartedMemberWithAnotherProtocolMakesTheGroupRebalance() {
    world.join(Joins.instance("one").as(leader).with("range", "sticky").toJoin());
    long second = world.join(Joins.instance("two").as(follower).with("range", "sticky").toJoin());
    assertEquals(3, world.joined(second).generationId());
    world.sync(sync(3, follower, Optional.of("two"), Map.of()));
    world.sync(sync(3, leader, Optional.of("one"), Map.of(leader, "a", follower, "b")));
    long back = world.join(Joins.instance("two").with("sticky").toJoin());
    assertFalse(world.answered(back));
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
  }

  @Test
  void replacementIsAnsweredWhenItIsInTheLog() {
    world.holdAppends();
    long back = world.join(Joins.instance("two").toJoin());
    assertFalse(world.answered(back));
    world.commitAppend();
    String now = world.joined(back).memberId();
    world.releaseAppends();
    world.failOver();
    assertEquals(ErrorCode.NONE, heartbeat(now, "two"));
    assertEquals(ErrorCode.FENCED_INSTANCE_ID, heartbeat(follower, "two"));
  }

  @Test
  void replacementThatCannotBeSavedMayBeTriedAgain() {
    world.holdAppends();
    long back = world.join(Joins.instance("two").toJoin());
    world.refuseAppend(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, world.joined(back).error());
    world.releaseAppends();
    JoinGroupResult again = world.joined(world.join(Joins.instance("two").toJoin()));
    assertEquals(ErrorCode.NONE, again.error());
    assertEquals(2, again.generationId());
  }

  @Test
  void rebalanceBeforeTheReplacementIsSavedCountsItsJoin() {
    world.holdAppends();
    long back = world.join(Joins.instance("two").toJoin());
    long rejoin = world.join(Joins.instance("one").as(leader).toJoin());
    assertEquals(3, world.joined(back).generationId());
    assertEquals(3, world.joined(rejoin).generationId());
    world.releaseAppends();
    assertEquals(GroupState.COMPLETING_REBALANCE, world.state());
  }

  @Test
  void restartedLeaderThatCannotSkipIsNotToldThatItLeads() {
    JoinGroupResult back = world.joined(world.join(Joins.instance("one").toJoin()));
    assertEquals(leader, back.leaderId());
    assertEquals(List.of(), back.members());
    assertFalse(back.skipAssignment());
  }

  @Test
  void restartedLeaderLeadsWithoutAssigning() { // KIP-814
    JoinGroupResult back = world.joined(world.join(Joins.instance("one").skipping().toJoin()));
    assertEquals(back.memberId(), back.leaderId());
    assertEquals(2, back.members().size());
    assertTrue(back.skipAssignment());
  }

  @Test
  void absentMemberKeepsItsPlaceUntilItsSessionIsOver() {
    long rejoin = world.join(Joins.instance("one").as(leader).toJoin());
    for (int i = 0; i < REBALANCE_MS / 5_000; i++) {
      heartbeat(follower, "two");
      world.advance(5_000);
    }
    JoinGroupResult next = world.joined(rejoin); // The rebalance timeout is over.
    assertEquals(2, next.members().size());
    world.advance(SESSION_MS - 5_000); // Its last heartbeat was 5 s before.
    assertEquals(1, world.describe().members().size());
  }

  @Test
  void groupWhoseMembersAreAllAwayWaitsForThem() {
    world.leave(new LeaveGroup.Leaving("", Optional.of("one"), Optional.empty()));
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
    for (int i = 0; i < 2 * REBALANCE_MS / 5_000; i++) {
      heartbeat(follower, "two");
      world.advance(5_000);
    }
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
    JoinGroupResult back = world.joined(world.join(Joins.instance("two").as(follower).toJoin()));
    assertEquals(3, back.generationId());
    assertEquals(follower, back.leaderId());
  }

  @Test
  void administratorRemovesAMemberByItsInstance() {
    LeaveGroup.Result result =
        world.leave(new LeaveGroup.Leaving("", Optional.of("two"), Optional.of("gone")));
    assertEquals(ErrorCode.NONE, result.members().get(0).error());
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, heartbeat(follower, "two"));
    assertTrue(world.reports().stream().anyMatch(line -> line.contains("it leaves: gone")));
  }

  @Test
  void restartedMemberFindsItsPlaceInAFullGroup() {
    CoordinatorDriver small = new CoordinatorDriver(CoordinatorDriver.withMaxSize(1));
    String first = small.joined(small.join(Joins.instance("one").toJoin())).memberId();
    small.sync(sync(1, first, Optional.of("one"), Map.of(first, "all")));
    assertEquals(ErrorCode.NONE, small.joined(small.join(Joins.instance("one").toJoin())).error());
    assertEquals(
        ErrorCode.GROUP_MAX_SIZE_REACHED,
        small.joined(small.join(Joins.instance("two").toJoin())).error());
  }

  @Test
  void membersAreRestoredWithTheirInstances() {
    world.failOver();
    assertEquals(ErrorCode.NONE, heartbeat(follower, "two"));
    JoinGroupResult back = world.joined(world.join(Joins.instance("two").toJoin()));
    assertEquals(2, back.generationId());
    assertEquals(ErrorCode.FENCED_INSTANCE_ID, heartbeat(follower, "two"));
  }
}
