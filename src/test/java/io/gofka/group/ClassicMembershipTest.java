package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.GROUP;
import static io.gofka.group.CoordinatorDriver.REBALANCE_MS;
import static io.gofka.group.CoordinatorDriver.SESSION_MS;
import static io.gofka.group.Joins.bytes;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClassicMembershipTest {
  private final CoordinatorDriver world = new CoordinatorDriver();

  /** A group of one, the leader, with its assignment. */
  private String stableLeader() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.sync(sync(1, leader, Map.of(leader, "all")));
    assertEquals(GroupState.STABLE, world.state());
    return leader;
  }

  /** A group of two, of which the first leads, in generation 2. */
  private List<String> stablePair() {
    String leader = stableLeader();
    long second = world.join(Joins.newcomer().toJoin());
    world.join(Joins.known(leader).toJoin());
    String follower = world.joined(second).memberId();
    long waiting = world.sync(sync(2, follower, Map.of()));
    world.sync(sync(2, leader, Map.of(leader, "a", follower, "b")));
    assertEquals(bytes("b"), world.synced(waiting).assignment());
    return List.of(leader, follower);
  }

  // ---- joining

  @Test
  void newMemberIsGivenAnIdBeforeItMayJoin() { // KIP-394
    JoinGroupResult first =
        world.joined(world.join(Joins.newcomer().takingMemberIdFirst().toJoin()));
    assertEquals(ErrorCode.MEMBER_ID_REQUIRED, first.error());
    JoinGroupResult second =
        world.joined(world.join(Joins.known(first.memberId()).takingMemberIdFirst().toJoin()));
    assertEquals(ErrorCode.NONE, second.error());
    assertEquals(first.memberId(), second.memberId());
    assertEquals(1, second.generationId());
  }

  @Test
  void groupIsForgottenWhenNobodyComesBackWithItsId() {
    world.join(Joins.newcomer().takingMemberIdFirst().toJoin());
    world.advance(SESSION_MS - 1);
    assertEquals(GroupState.EMPTY, world.state());
    world.advance(1);
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
    assertEquals(List.of(), world.log());
  }

  @Test
  void rebalanceWaitsForThoseWhoHaveBeenGivenAnId() {
    String leader = stableLeader();
    String pending =
        world.joined(world.join(Joins.newcomer().takingMemberIdFirst().toJoin())).memberId();
    long rejoin = world.join(Joins.known(leader).toJoin());
    assertFalse(world.answered(rejoin));
    world.join(Joins.known(pending).takingMemberIdFirst().toJoin());
    assertEquals(2, world.joined(rejoin).members().size());
  }

  @Test
  void idThatNobodyWasGivenIsUnknown() {
    stableLeader();
    assertEquals(
        ErrorCode.UNKNOWN_MEMBER_ID, world.joined(world.join(Joins.known("x").toJoin())).error());
  }

  @ParameterizedTest
  @MethodSource("refusedJoins")
  void joinIsRefused(Joins join, ErrorCode error) {
    stableLeader();
    assertEquals(error, world.joined(world.join(join.toJoin())).error());
    assertEquals(GroupState.STABLE, world.state());
  }

  static Stream<Arguments> refusedJoins() {
    return Stream.of(
        Arguments.of(Joins.newcomer().session(5_999), ErrorCode.INVALID_SESSION_TIMEOUT),
        Arguments.of(Joins.newcomer().session(1_800_001), ErrorCode.INVALID_SESSION_TIMEOUT),
        Arguments.of(Joins.newcomer().ofType("connect"), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        Arguments.of(Joins.newcomer().with("sticky"), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        Arguments.of(Joins.newcomer().with(), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        Arguments.of(Joins.known("nobody"), ErrorCode.UNKNOWN_MEMBER_ID));
  }

  @Test
  void emptyGroupTakesNoMemberWithoutProtocols() {
    assertEquals(
        ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
        world.joined(world.join(Joins.newcomer().with().toJoin())).error());
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void protocolWithMostVotesOfThoseThatAllKnowWins() {
    CoordinatorDriver slow = new CoordinatorDriver(CoordinatorDriver.withInitialDelay(3_000));
    long a = slow.join(Joins.newcomer().with("a", "b", "c").toJoin());
    slow.join(Joins.newcomer().with("c", "b").toJoin());
    slow.join(Joins.newcomer().with("c", "b", "a").toJoin());
    slow.advance(60_000);
    assertEquals(Optional.of("c"), slow.joined(a).protocolName());
  }

  @Test
  void emptyGroupWaitsForMoreMembersAndLongerWhenSomeCome() {
    CoordinatorDriver slow = new CoordinatorDriver(CoordinatorDriver.withInitialDelay(3_000));
    long first = slow.join(Joins.newcomer().toJoin());
    slow.advance(2_000);
    long second = slow.join(Joins.newcomer().toJoin());
    slow.advance(2_000);
    assertFalse(slow.answered(first)); // 3 s are over, but somebody came.
    slow.advance(2_000);
    assertEquals(2, slow.joined(first).members().size());
    assertEquals(List.of(), slow.joined(second).members());
  }

  @Test
  void initialDelayEndsWithTheRebalanceTimeoutHoweverManyCome() {
    CoordinatorDriver slow = new CoordinatorDriver(CoordinatorDriver.withInitialDelay(3_000));
    long first = slow.join(Joins.newcomer().rebalance(10_000).toJoin());
    for (int i = 0; i < 9; i++) {
      slow.advance(1_000);
      slow.join(Joins.newcomer().rebalance(10_000).toJoin());
    }
    assertFalse(slow.answered(first));
    slow.advance(1_000);
    assertEquals(10, slow.joined(first).members().size());
  }

  @Test
  void onlyTheLeaderSeesWhatTheOthersWant() {
    String leader = stableLeader();
    long second = world.join(Joins.newcomer().wanting("more").toJoin());
    long first = world.join(Joins.known(leader).toJoin());
    assertEquals(2, world.joined(first).members().size());
    assertEquals(bytes("more"), world.joined(first).members().get(1).metadata());
    assertEquals(List.of(), world.joined(second).members());
    assertEquals(leader, world.joined(second).leaderId());
  }

  @Test
  void memberThatDoesNotRejoinInTimeIsRemoved() {
    List<String> pair = stablePair();
    long rejoin = world.join(Joins.known(pair.get(0)).toJoin());
    for (int i = 0; i < REBALANCE_MS / SESSION_MS; i++) {
      assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, pair.get(1)));
      world.advance(SESSION_MS - 1);
    }
    assertFalse(world.answered(rejoin));
    world.heartbeat(2, pair.get(1));
    world.advance(SESSION_MS - 1);
    assertEquals(1, world.joined(rejoin).members().size());
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(3, pair.get(1)));
    assertTrue(world.reports().stream().anyMatch(line -> line.contains("did not join again")));
  }

  @Test
  void followerThatWantsTheSameGetsTheGenerationAgain() {
    List<String> pair = stablePair();
    JoinGroupResult again = world.joined(world.join(Joins.known(pair.get(1)).toJoin()));
    assertEquals(2, again.generationId());
    assertEquals(GroupState.STABLE, world.state());
  }

  @Test
  void followerThatWantsSomethingElseMakesEverybodyRejoin() {
    List<String> pair = stablePair();
    world.join(Joins.known(pair.get(1)).wanting("else").toJoin());
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, pair.get(0)));
  }

  @Test
  void leaderThatRejoinsMakesEverybodyRejoin() {
    List<String> pair = stablePair();
    world.join(Joins.known(pair.get(0)).toJoin());
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, pair.get(1)));
  }

  @Test
  void repeatedJoinTakesThePlaceOfTheParkedOne() {
    List<String> pair = stablePair();
    long lost = world.join(Joins.known(pair.get(0)).toJoin());
    long again = world.join(Joins.known(pair.get(0)).toJoin());
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.joined(lost).error());
    world.join(Joins.known(pair.get(1)).toJoin());
    assertEquals(3, world.joined(again).generationId());
  }

  @Test
  void joinWhoseAnswerWasLostIsAnsweredAgainBeforeTheAssignment() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    JoinGroupResult again = world.joined(world.join(Joins.known(leader).toJoin()));
    assertEquals(1, again.generationId());
    assertEquals(1, again.members().size());
  }

  @Test
  void newMemberThatNeverGetsIntoAGenerationIsGivenUp() {
    String leader = stableLeader();
    world.join(Joins.newcomer().rebalance(1_000_000).toJoin());
    for (int i = 0; i < 100 && world.describe().members().size() == 2; i++) {
      world.advance(SESSION_MS - 1);
      world.heartbeat(1, leader);
    }
    assertEquals(1, world.describe().members().size());
  }

  @Test
  void groupTakesNoMoreMembersThanItMay() {
    CoordinatorDriver small = new CoordinatorDriver(CoordinatorDriver.withMaxSize(1));
    String leader = small.joined(small.join(Joins.newcomer().toJoin())).memberId();
    assertEquals(
        ErrorCode.GROUP_MAX_SIZE_REACHED,
        small.joined(small.join(Joins.newcomer().toJoin())).error());
    assertEquals(ErrorCode.NONE, small.joined(small.join(Joins.known(leader).toJoin())).error());
  }

  // ---- syncing

  @Test
  void nobodyIsToldTheAssignmentBeforeItIsInTheLog() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.holdAppends();
    long sync = world.sync(sync(1, leader, Map.of(leader, "all")));
    assertFalse(world.answered(sync));
    assertEquals(GroupState.COMPLETING_REBALANCE, world.state());
    world.commitAppend();
    assertEquals(bytes("all"), world.synced(sync).assignment());
    assertEquals(GroupState.STABLE, world.state());
  }

  @Test
  void assignmentThatCannotBeSavedMakesTheGroupRebalance() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.holdAppends();
    long sync = world.sync(sync(1, leader, Map.of(leader, "all")));
    world.refuseAppend(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, world.synced(sync).error());
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
    assertEquals(2, world.joined(world.join(Joins.known(leader).toJoin())).generationId());
  }

  @Test
  void assignmentThatCommitsTooLateIsNotHandedOut() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.holdAppends();
    long sync = world.sync(sync(1, leader, Map.of(leader, "all")));
    world.join(Joins.newcomer().toJoin()); // Before the log has answered.
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.synced(sync).error());
    world.commitAppend();
    assertEquals(GroupState.PREPARING_REBALANCE, world.state());
  }

  @Test
  void repeatedSyncOfTheLeaderIsNotSavedTwice() {
    String leader = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.holdAppends();
    long lost = world.sync(sync(1, leader, Map.of(leader, "one")));
    long again = world.sync(sync(1, leader, Map.of(leader, "two")));
    assertEquals(1, world.numInFlight());
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.synced(lost).error());
    world.commitAppend();
    assertEquals(bytes("one"), world.synced(again).assignment());
  }

  @Test
  void memberThatDoesNotAskForItsAssignmentIsRemoved() {
    String leader = stableLeader();
    long second = world.join(Joins.newcomer().toJoin());
    world.join(Joins.known(leader).toJoin());
    String follower = world.joined(second).memberId();
    world.sync(sync(2, leader, Map.of(leader, "a", follower, "b")));
    assertEquals(GroupState.STABLE, world.state());
    for (int i = 0; i < REBALANCE_MS / SESSION_MS; i++) {
      world.heartbeat(2, leader);
      world.heartbeat(2, follower);
      world.advance(SESSION_MS - 1);
    }
    assertEquals(ErrorCode.NONE, world.heartbeat(2, follower));
    world.heartbeat(2, leader);
    world.advance(SESSION_MS - 1);
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(2, follower));
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, leader));
  }

  @Test
  void memberThatTheLeaderHasForgottenGetsNothing() {
    String leader = stableLeader();
    long second = world.join(Joins.newcomer().toJoin());
    world.join(Joins.known(leader).toJoin());
    long sync = world.sync(sync(2, world.joined(second).memberId(), Map.of()));
    world.sync(sync(2, leader, Map.of(leader, "a", "stranger", "b")));
    assertEquals(Bytes.EMPTY, world.synced(sync).assignment());
  }

  @Test
  void syncByAnotherProtocolIsRefused() { // KIP-559
    String leader = stableLeader();
    SyncGroup wrong =
        new SyncGroup(
            GROUP,
            1,
            leader,
            Optional.empty(),
            Optional.of("consumer"),
            Optional.of("sticky"),
            Map.of());
    assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, world.synced(world.sync(wrong)).error());
  }

  // ---- heartbeats

  @Test
  void silentMemberIsRemovedAfterItsSession() {
    List<String> pair = stablePair();
    world.advance(SESSION_MS - 1);
    assertEquals(ErrorCode.NONE, world.heartbeat(2, pair.get(0)));
    world.advance(1);
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, pair.get(0)));
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(2, pair.get(1)));
    assertTrue(world.reports().stream().anyMatch(line -> line.contains("not heard of for")));
  }

  @Test
  void nobodyIsRemovedForSilenceWhileThisProcessStoodStill() {
    List<String> pair = stablePair();
    world.standStill(10 * SESSION_MS);
    assertEquals(ErrorCode.NONE, world.heartbeat(2, pair.get(0)));
    assertEquals(ErrorCode.NONE, world.heartbeat(2, pair.get(1)));
    world.advance(SESSION_MS + 1);
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(2, pair.get(1)));
  }

  @Test
  void nobodyIsTooLateForARebalanceInWhichThisProcessStoodStill() {
    List<String> pair = stablePair();
    long rejoin = world.join(Joins.known(pair.get(0)).toJoin());
    world.standStill(2 * REBALANCE_MS);
    assertFalse(world.answered(rejoin));
    world.join(Joins.known(pair.get(1)).toJoin());
    assertEquals(2, world.joined(rejoin).members().size());
  }

  @Test
  void waitingMemberNeedsNoHeartbeats() {
    List<String> pair = stablePair();
    long rejoin = world.join(Joins.known(pair.get(0)).toJoin());
    for (int i = 0; i < 5; i++) {
      world.heartbeat(2, pair.get(1));
      world.advance(SESSION_MS - 1);
    }
    world.join(Joins.known(pair.get(1)).toJoin());
    assertEquals(2, world.joined(rejoin).members().size());
  }

  // ---- leaving

  @Test
  void lastMemberThatLeavesMakesTheGroupEmpty() {
    String leader = stableLeader();
    assertEquals(ErrorCode.NONE, world.leave(leader));
    assertEquals(GroupState.EMPTY, world.state());
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.leave(leader));
    GroupRecord.GroupMetadataRecord last =
        (GroupRecord.GroupMetadataRecord) world.log().get(world.log().size() - 1);
    assertEquals(List.of(), last.value().orElseThrow().members());
    assertEquals(2, last.value().orElseThrow().generationId());
  }

  @Test
  void memberThatLeavesWhileOthersWaitDoesNotHoldThemUp() {
    List<String> pair = stablePair();
    long rejoin = world.join(Joins.known(pair.get(0)).toJoin());
    world.leave(pair.get(1));
    assertEquals(3, world.joined(rejoin).generationId());
  }

  @Test
  void memberThatLeavesWhileItsJoinIsParkedIsTold() {
    List<String> pair = stablePair();
    long rejoin = world.join(Joins.known(pair.get(0)).toJoin());
    world.leave(pair.get(0));
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.joined(rejoin).error());
  }

  @Test
  void anotherMemberLeadsWhenTheLeaderLeaves() {
    List<String> pair = stablePair();
    world.leave(pair.get(0));
    JoinGroupResult next = world.joined(world.join(Joins.known(pair.get(1)).toJoin()));
    assertEquals(pair.get(1), next.leaderId());
    assertEquals(1, next.members().size());
  }

  @Test
  void eachOfSeveralMembersThatLeaveIsAnswered() { // KIP-345
    List<String> pair = stablePair();
    LeaveGroup.Result result =
        world.leave(
            new LeaveGroup.Leaving(pair.get(1), Optional.empty(), Optional.of("scaled down")),
            new LeaveGroup.Leaving("stranger", Optional.empty(), Optional.empty()),
            new LeaveGroup.Leaving("", Optional.of("nobody"), Optional.empty()));
    assertEquals(
        List.of(ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.UNKNOWN_MEMBER_ID),
        result.members().stream().map(LeaveGroup.Left::error).toList());
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(2, pair.get(0)));
  }

  @Test
  void idThatWasGivenMayBeGivenBack() {
    String pending =
        world.joined(world.join(Joins.newcomer().takingMemberIdFirst().toJoin())).memberId();
    assertEquals(ErrorCode.NONE, world.leave(pending));
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  // ---- every state × event

  @ParameterizedTest
  @MethodSource("statesAndEvents")
  void memberIsToldWhatItsGroupIsAt(
      GroupState state, ErrorCode heartbeat, ErrorCode sync, ErrorCode commit) {
    String member = bring(state);
    int generationId = 1;
    assertEquals(state, world.state());
    assertEquals(heartbeat, world.heartbeat(generationId, member), "heartbeat");
    assertEquals(commit, world.commit("t", 7, generationId, member), "commit");
    assertEquals(state, world.state());
    long synced = world.sync(sync(generationId, member, Map.of(member, "all")));
    assertEquals(sync, world.synced(synced).error(), "sync");
    ErrorCode stranger = ErrorCode.UNKNOWN_MEMBER_ID;
    assertEquals(stranger, world.heartbeat(generationId, "x"));
    assertEquals(stranger, world.synced(world.sync(sync(1, "x", Map.of()))).error());
    assertEquals(stranger, world.leave("x"));
    if (state != GroupState.EMPTY) {
      ErrorCode old = ErrorCode.ILLEGAL_GENERATION;
      assertEquals(old, world.heartbeat(0, member));
      assertEquals(old, world.synced(world.sync(sync(0, member, Map.of()))).error());
      assertEquals(old, world.commit("t", 7, 0, member));
      assertEquals(stranger, world.commit("t", 7, -1, ""), "commit from outside");
      assertEquals(ErrorCode.NON_EMPTY_GROUP, world.answer(world.deleteGroup(), ErrorCode.class));
    }
  }

  static Stream<Arguments> statesAndEvents() {
    ErrorCode none = ErrorCode.NONE;
    ErrorCode again = ErrorCode.REBALANCE_IN_PROGRESS;
    ErrorCode unknown = ErrorCode.UNKNOWN_MEMBER_ID;
    return Stream.of(
        Arguments.of(GroupState.EMPTY, unknown, unknown, unknown),
        Arguments.of(GroupState.PREPARING_REBALANCE, again, again, none),
        Arguments.of(GroupState.COMPLETING_REBALANCE, none, none, again),
        Arguments.of(GroupState.STABLE, none, none, none));
  }

  /** Brings the group into a state with the first member at generation 1. */
  private String bring(GroupState state) {
    String member = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    switch (state) {
      case COMPLETING_REBALANCE -> {}
      case STABLE -> world.sync(sync(1, member, Map.of(member, "all")));
      case PREPARING_REBALANCE -> world.join(Joins.newcomer().toJoin());
      case EMPTY -> world.leave(member);
      case DEAD -> throw new IllegalArgumentException("nobody sees a dead group");
    }
    return member;
  }

  @Test
  void groupIdMustNotBeEmpty() {
    JoinGroup join =
        new JoinGroup(
            "",
            "",
            Optional.empty(),
            "c",
            "/h",
            SESSION_MS,
            REBALANCE_MS,
            "consumer",
            Joins.newcomer().protocols(),
            false,
            false,
            Optional.empty());
    assertEquals(ErrorCode.INVALID_GROUP_ID, world.joined(world.join(join)).error());
    assertEquals(
        ErrorCode.INVALID_GROUP_ID, world.heartbeat(new Heartbeat("", 1, "m", Optional.empty())));
  }

  @Test
  void nameThatNoRecordHasRoomForIsRefused() {
    JoinGroup join =
        new JoinGroup(
            "g".repeat(40_000),
            "",
            Optional.empty(),
            "c",
            "/h",
            SESSION_MS,
            REBALANCE_MS,
            "consumer",
            Joins.newcomer().protocols(),
            false,
            false,
            Optional.empty());
    assertEquals(ErrorCode.INVALID_GROUP_ID, world.joined(world.join(join)).error());
  }

  // ---- failover

  @Test
  void membersGoOnWithTheNextCoordinator() {
    List<String> pair = stablePair();
    world.failOver();
    assertEquals(ErrorCode.NONE, world.heartbeat(2, pair.get(1)));
    long synced = world.sync(sync(2, pair.get(1), Map.of()));
    assertEquals(bytes("b"), world.synced(synced).assignment());
    assertEquals(
        pair.get(0), world.joined(world.join(Joins.known(pair.get(1)).toJoin())).leaderId());
  }

  @Test
  void memberThatDoesNotFindTheNextCoordinatorIsRemovedThere() {
    List<String> pair = stablePair();
    world.failOver();
    world.advance(SESSION_MS - 1);
    world.heartbeat(2, pair.get(0));
    world.advance(1);
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(2, pair.get(1)));
  }
}
