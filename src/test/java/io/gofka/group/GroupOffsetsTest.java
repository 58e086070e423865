package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.GROUP;
import static io.gofka.group.CoordinatorDriver.SETTINGS;
import static io.gofka.group.CoordinatorDriver.commitOf;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.GroupRecord.OffsetRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GroupOffsetsTest {
  private static final long RETENTION_MS = SETTINGS.offsetsRetentionMs();
  private static final long CHECK_MS = SETTINGS.offsetsRetentionCheckIntervalMs();

  private final CoordinatorDriver world = new CoordinatorDriver();

  private String memberSubscribedTo(String... topics) {
    String member =
        world.joined(world.join(Joins.newcomer().subscribing(topics).toJoin())).memberId();
    world.sync(sync(1, member, Map.of(member, "all")));
    return member;
  }

  /** Time passes, and the member says every now and then that it is alive. */
  private void pass(long ms, String member) {
    for (long left = ms; left > 0; left -= 5_000) {
      assertEquals(ErrorCode.NONE, world.heartbeat(1, member));
      world.advance(Math.min(left, 5_000));
    }
  }

  // ---- committing

  @Test
  void offsetCountsWhenItIsCommittedToTheLogAndNotBefore() {
    world.holdAppends();
    long commit = world.commit(commitOf("t", 5, -1, ""));
    assertFalse(world.answered(commit));
    assertEquals(-1, world.committed("t"));
    world.commitAppend();
    assertEquals(List.of(ErrorCode.NONE), world.codes(commit));
    assertEquals(5, world.committed("t"));
  }

  @Test
  void refusedCommitChangesNothing() {
    world.commit("t", 5, -1, "");
    world.holdAppends();
    long commit = world.commit(commitOf("t", 6, -1, ""));
    world.refuseAppend(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(List.of(ErrorCode.COORDINATOR_NOT_AVAILABLE), world.codes(commit));
    assertEquals(5, world.committed("t"));
  }

  @Test
  void commitThatFitsIntoNoBatchIsTooLarge() {
    world.holdAppends();
    long commit = world.commit(commitOf("t", 6, -1, ""));
    world.refuseAppend(ErrorCode.MESSAGE_TOO_LARGE);
    assertEquals(List.of(ErrorCode.INVALID_COMMIT_OFFSET_SIZE), world.codes(commit));
  }

  @Test
  void refusedFirstCommitLeavesNoGroupBehind() {
    world.holdAppends();
    world.commit(commitOf("t", 6, -1, ""));
    world.refuseAppend(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void consumerWithoutGroupMakesASimpleOne() {
    assertEquals(ErrorCode.NONE, world.commit("t", 5, -1, ""));
    assertEquals(GroupState.EMPTY, world.state());
    assertEquals("", world.describe().protocolType());
    assertEquals(
        List.of(new ListGroups.Listed(GROUP, "", "Empty", "classic")),
        world.core().list(new ListGroups(Set.of(), Set.of())));
  }

  @Test
  void generationOfAGroupThatDoesNotExistIsIllegal() {
    assertEquals(ErrorCode.ILLEGAL_GENERATION, world.commit("t", 5, 3, "m"));
  }

  @Test
  void commitOfAnOlderGenerationIsRefused() {
    String member = memberSubscribedTo("t");
    world.join(Joins.known(member).subscribing("t").toJoin());
    world.sync(sync(2, member, Map.of(member, "all")));
    assertEquals(ErrorCode.ILLEGAL_GENERATION, world.commit("t", 5, 1, member));
    assertEquals(ErrorCode.NONE, world.commit("t", 5, 2, member));
  }

  @Test
  void commitKeepsTheSessionAlive() {
    String member = memberSubscribedTo("t");
    for (int i = 0; i < 5; i++) {
      world.advance(CoordinatorDriver.SESSION_MS - 1);
      assertEquals(ErrorCode.NONE, world.commit("t", i, 1, member));
    }
  }

  @Test
  void offsetWithTooMuchMetadataIsLeftOutAndTheOthersAreKept() {
    CommitOffsets commit =
        new CommitOffsets(
            GROUP,
            -1,
            "",
            Optional.empty(),
            OptionalLong.empty(),
            List.of(
                offset("a", "x".repeat(4_096)), offset("b", "x".repeat(4_097)), offset("c", "")));
    assertEquals(
        List.of(ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE),
        world.codes(world.commit(commit)));
    assertEquals(
        List.of(1L, -1L, 1L),
        List.of(world.committed("a"), world.committed("b"), world.committed("c")));
  }

  private static CommitOffsets.Offset offset(String topic, String metadata) {
    return new CommitOffsets.Offset(new TopicPartition(topic, 0), Uuids.ZERO, 1, -1, metadata);
  }

  @Test
  void offsetsOutliveTheCoordinator() {
    world.commit("t", 5, -1, "");
    world.commit("t", 6, -1, "");
    world.failOver();
    assertEquals(6, world.committed("t"));
  }

  @Test
  void offsetOfATopicThatWasCreatedAgainDoesNotCount() {
    UUID former = new UUID(1, 1);
    TopicPartition partition = new TopicPartition("t", 0);
    CommitOffsets.Offset offset = new CommitOffsets.Offset(partition, former, 5, -1, "");
    world.commit(
        new CommitOffsets(GROUP, -1, "", Optional.empty(), OptionalLong.empty(), List.of(offset)));
    for (UUID id : List.of(former, Uuids.ZERO, new UUID(2, 2))) {
      FetchOffsets.Query query =
          new FetchOffsets.Query(
              GROUP, Optional.of(List.of(new FetchOffsets.Partition(partition, id))));
      long expected = id.equals(new UUID(2, 2)) ? -1 : 5;
      assertEquals(expected, world.core().fetchOffsets(query).offsets().get(0).offset());
    }
  }

  @Test
  void allOffsetsOfAGroupAreFetchedInTheOrderOfTheirPartitions() {
    world.commit("b", 2, -1, "");
    world.commit("a", 1, -1, "");
    FetchOffsets.Result all =
        world.core().fetchOffsets(new FetchOffsets.Query(GROUP, Optional.empty()));
    assertEquals(
        List.of("a-0", "b-0"),
        all.offsets().stream().map(one -> one.partition().toString()).toList());
  }

  // ---- deleting

  @Test
  void offsetsOfTopicsThatSomebodyReadsCannotBeDeleted() { // KIP-496
    String member = memberSubscribedTo("read");
    world.commit("read", 1, 1, member);
    world.commit("left", 2, 1, member);
    DeleteOffsets.Result result =
        world.answer(world.deleteOffsets("read", "left", "never"), DeleteOffsets.Result.class);
    assertEquals(
        List.of(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.NONE, ErrorCode.NONE),
        result.partitions());
    assertEquals(1, world.committed("read"));
    assertEquals(-1, world.committed("left"));
  }

  @Test
  void offsetsOfAGroupWhoseProtocolNobodyKnowsCannotBeDeletedWhileItHasMembers() {
    String member =
        world.joined(world.join(Joins.newcomer().ofType("connect").toJoin())).memberId();
    world.sync(sync(1, member, Map.of()));
    assertEquals(
        ErrorCode.NON_EMPTY_GROUP,
        world.answer(world.deleteOffsets("t"), DeleteOffsets.Result.class).error());
  }

  @Test
  void offsetsOfAGroupThatDoesNotExistCannotBeDeleted() {
    assertEquals(
        ErrorCode.GROUP_ID_NOT_FOUND,
        world.answer(world.deleteOffsets("t"), DeleteOffsets.Result.class).error());
  }

  @Test
  void deletedGroupIsGoneInMemoryAndInTheLog() {
    String member = memberSubscribedTo("t");
    world.commit("t", 1, 1, member);
    world.leave(member);
    assertEquals(ErrorCode.NONE, world.answer(world.deleteGroup(), ErrorCode.class));
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
    world.failOver();
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
    assertEquals(-1, world.committed("t"));
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.answer(world.deleteGroup(), ErrorCode.class));
  }

  @Test
  void groupWhoseDeletionIsRefusedIsStillThere() {
    String member = memberSubscribedTo("t");
    world.commit("t", 1, 1, member);
    world.leave(member);
    world.holdAppends();
    long deletion = world.deleteGroup();
    world.refuseAppend(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, world.answer(deletion, ErrorCode.class));
    assertEquals(GroupState.EMPTY, world.state());
    assertEquals("consumer", world.describe().protocolType());
    assertEquals(1, world.committed("t"));
  }

  @Test
  void deletionIncludesWhatIsOnItsWayToTheLog() {
    world.commit("a", 1, -1, "");
    world.holdAppends();
    world.commit(commitOf("b", 2, -1, ""));
    world.deleteGroup();
    world.releaseAppends();
    assertEquals(-1, world.committed("b"));
    world.failOver();
    assertEquals(-1, world.committed("b"));
  }

  @Test
  void groupThatBeginsWhileItsNamesakeIsDeletedStays() {
    String member = memberSubscribedTo("t");
    world.commit("t", 1, 1, member);
    world.leave(member);
    world.holdAppends();
    world.deleteGroup();
    String next = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.sync(sync(1, next, Map.of(next, "all")));
    world.releaseAppends();
    assertEquals(GroupState.STABLE, world.state());
    assertEquals(-1, world.committed("t"));
    world.failOver();
    assertEquals(ErrorCode.NONE, world.heartbeat(1, next));
  }

  @Test
  void greatManyOffsetsAreDeletedInSeveralWrites() {
    List<CommitOffsets.Offset> offsets = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      offsets.add(new CommitOffsets.Offset(new TopicPartition("t", i), Uuids.ZERO, i, -1, ""));
    }
    world.commit(new CommitOffsets(GROUP, -1, "", Optional.empty(), OptionalLong.empty(), offsets));
    world.holdAppends();
    long deletion = world.deleteGroup();
    assertEquals(3, world.numInFlight());
    world.commitAppend();
    world.commitAppend();
    assertFalse(world.answered(deletion));
    world.commitAppend();
    assertEquals(ErrorCode.NONE, world.answer(deletion, ErrorCode.class));
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void offsetsOfADeletedTopicAreForgotten() {
    UUID id = new UUID(1, 1);
    for (UUID topicId : List.of(id, new UUID(2, 2))) {
      world.commit(
          new CommitOffsets(
              GROUP,
              -1,
              "",
              Optional.empty(),
              OptionalLong.empty(),
              List.of(new CommitOffsets.Offset(new TopicPartition("t", 0), topicId, 5, -1, ""))));
      world.topicDeleted("t", id);
      // The second was committed to the topic that took the name since.
      assertEquals(topicId.equals(id) ? -1 : 5, world.committed("t"));
    }
  }

  // ---- expiry

  @Test
  void offsetOfASimpleConsumerExpiresLongAfterItsCommit() { // KIP-211
    world.commit("t", 5, -1, "");
    world.advance(RETENTION_MS - 1 - CHECK_MS);
    assertEquals(5, world.committed("t"));
    world.advance(2 * CHECK_MS);
    assertEquals(-1, world.committed("t"));
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void offsetsOfAGroupExpireLongAfterItsLastMemberLeft() {
    String member = memberSubscribedTo("t");
    world.commit("t", 5, 1, member);
    pass(CHECK_MS * 3, member);
    world.leave(member);
    world.advance(RETENTION_MS - CHECK_MS);
    assertEquals(5, world.committed("t"));
    world.advance(2 * CHECK_MS);
    assertEquals(-1, world.committed("t"));
    GroupMetadataRecord last = (GroupMetadataRecord) world.log().get(world.log().size() - 1);
    assertTrue(last.value().isEmpty());
  }

  @Test
  void offsetsOfTopicsThatNobodyReadsAnyMoreExpireInALiveGroup() {
    GroupSettings brief =
        new GroupSettings(60_000, 10_000, 5_000, 5 << 20, 0, 4_096, 0, 6_000, 1_800_000, 10);
    CoordinatorDriver live = new CoordinatorDriver(brief);
    String member =
        live.joined(live.join(Joins.newcomer().subscribing("read").toJoin())).memberId();
    live.sync(sync(1, member, Map.of(member, "all")));
    live.commit("read", 1, 1, member);
    live.commit("left", 2, 1, member);
    for (int i = 0; i < 15; i++) {
      live.heartbeat(1, member);
      live.advance(5_000);
    }
    assertEquals(1, live.committed("read"));
    assertEquals(-1, live.committed("left"));
    assertEquals(GroupState.STABLE, live.state());
  }

  @Test
  void offsetThatIsSetInALongEmptyGroupLasts() {
    String member = memberSubscribedTo("t");
    world.leave(member);
    world.commit("t", 1, -1, "");
    world.advance(RETENTION_MS - 2 * CHECK_MS);
    world.commit("t", 5, -1, ""); // An administrator resets it.
    world.advance(3 * CHECK_MS);
    assertEquals(5, world.committed("t"));
  }

  @Test
  void clientMaySayHowLongItsOffsetIsKept() {
    CommitOffsets commit = commitOf("t", 5, -1, "");
    world.commit(
        new CommitOffsets(
            GROUP, -1, "", Optional.empty(), OptionalLong.of(1_000), commit.offsets()));
    world.advance(CHECK_MS + 1);
    assertEquals(-1, world.committed("t"));
  }

  @Test
  void emptyGroupWithoutOffsetsIsForgottenAtTheNextCheck() {
    String member = memberSubscribedTo("t");
    world.leave(member);
    assertEquals(GroupState.EMPTY, world.state());
    world.advance(CHECK_MS);
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
    world.failOver();
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void offsetCommittedWhileItWouldExpireStays() {
    world.commit("t", 5, -1, "");
    world.advance(RETENTION_MS - CHECK_MS);
    world.holdAppends();
    world.commit(commitOf("t", 6, -1, ""));
    world.advance(2 * CHECK_MS);
    world.releaseAppends();
    assertEquals(6, world.committed("t"));
    assertTrue(
        world.log().stream()
            .noneMatch(record -> record instanceof OffsetRecord o && o.value().isEmpty()));
  }

  // ---- listing

  @Test
  void groupsAreListedByStateAndType() {
    memberSubscribedTo("t");
    assertEquals(1, world.core().list(new ListGroups(Set.of("stable"), Set.of())).size());
    assertEquals(0, world.core().list(new ListGroups(Set.of("empty"), Set.of())).size());
    assertEquals(1, world.core().list(new ListGroups(Set.of(), Set.of("classic"))).size());
    assertEquals(0, world.core().list(new ListGroups(Set.of(), Set.of("consumer"))).size());
  }
}
