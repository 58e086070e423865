package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.SETTINGS;
import static io.gofka.group.CoordinatorDriver.commitOf;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A log whose in-sync replicas don't keep up: clients try again, and the groups go on. */
class LogPatienceTest {
  private static final int TIMEOUT_MS = SETTINGS.offsetsCommitTimeoutMs();
  private static final List<ErrorCode> TRY_AGAIN = List.of(ErrorCode.COORDINATOR_NOT_AVAILABLE);

  private final CoordinatorDriver world = new CoordinatorDriver();

  @Test
  void commitIsAnsweredInTimeAndCountsWhenItIsCommittedAtLast() {
    world.commit("t", 5, -1, "");
    world.holdAppends();
    long commit = world.commit(commitOf("t", 6, -1, ""));
    world.advance(TIMEOUT_MS - 1);
    assertFalse(world.answered(commit));
    world.advance(1);
    assertEquals(TRY_AGAIN, world.codes(commit));
    assertEquals(5, world.committed("t"), "it isn't committed");
    world.commitAppend();
    assertEquals(6, world.committed("t"));
  }

  @Test
  void secondAttemptIsAnsweredByItsOwnRecord() {
    world.holdAppends();
    long first = world.commit(commitOf("t", 6, -1, ""));
    world.advance(TIMEOUT_MS);
    long second = world.commit(commitOf("t", 7, -1, ""));
    world.commitAppend();
    assertFalse(world.answered(second));
    world.commitAppend();
    assertEquals(TRY_AGAIN, world.codes(first));
    assertEquals(List.of(ErrorCode.NONE), world.codes(second));
    assertEquals(7, world.committed("t"));
  }

  @Test
  void eachRequestHasItsOwnTime() {
    world.holdAppends();
    long first = world.commit(commitOf("t", 1, -1, ""));
    world.advance(1_000);
    long second = world.commit(commitOf("t", 2, -1, ""));
    world.commitAppend();
    world.advance(TIMEOUT_MS - 1_000);
    assertEquals(List.of(ErrorCode.NONE), world.codes(first));
    assertFalse(world.answered(second));
    world.advance(1_000);
    assertEquals(TRY_AGAIN, world.codes(second));
  }

  @Test
  void deletionsAreAnsweredInTimeToo() {
    world.commit("t", 5, -1, "");
    world.holdAppends();
    long deleteOffsets = world.deleteOffsets("t");
    long deleteGroup = world.deleteGroup();
    world.advance(TIMEOUT_MS);
    assertEquals(
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        world.answer(deleteOffsets, DeleteOffsets.Result.class).error());
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, world.answer(deleteGroup, ErrorCode.class));
    world.releaseAppends();
    assertEquals(-1, world.committed("t"));
  }

  @Test
  void membersKeepTheirPlaceWhileTheLogStandsStill() {
    String member = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.sync(sync(1, member, Map.of(member, "all")));
    world.holdAppends();
    long commit = world.commit(commitOf("t", 5, 1, member));
    for (int passedMs = 0; passedMs < 60_000; passedMs += 5_000) {
      world.advance(5_000);
      assertEquals(ErrorCode.NONE, world.heartbeat(1, member));
    }
    assertEquals(TRY_AGAIN, world.codes(commit));
    assertEquals(GroupState.STABLE, world.state());
  }

  @Test
  void assignmentIsWaitedForAsLongAsItTakes() {
    String member = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.holdAppends();
    long sync = world.sync(sync(1, member, Map.of(member, "all")));
    for (int passedMs = 0; passedMs < 60_000; passedMs += 5_000) {
      world.advance(5_000);
      world.heartbeat(1, member);
    }
    assertFalse(world.answered(sync));
    world.releaseAppends();
    assertEquals(ErrorCode.NONE, world.synced(sync).error());
    assertTrue(world.describe().state() == GroupState.STABLE);
  }
}
