package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.GROUP;
import static io.gofka.group.CoordinatorDriver.SESSION_MS;
import static io.gofka.group.CoordinatorDriver.SETTINGS;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Wall clocks may jump by an hour, each node's by itself: nobody is expelled for it, and nothing
 * expires early. They may also be wrong for long: then it expires late.
 */
class JumpingClocksTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;
  private static final long RETENTION_MS = SETTINGS.offsetsRetentionMs();
  private static final long CHECK_MS = SETTINGS.offsetsRetentionCheckIntervalMs();
  private static final int GONE = -1;

  private final CoordinatorDriver world = new CoordinatorDriver();

  private String member() {
    String member = world.joined(world.join(Joins.newcomer().toJoin())).memberId();
    world.sync(sync(1, member, Map.of(member, "all")));
    return member;
  }

  // ---- members

  @ParameterizedTest
  @ValueSource(longs = {HOUR_MS, -HOUR_MS})
  void sessionLastsAsLongAsItWouldWithoutTheJump(long jumpMs) {
    String member = member();
    world.advance(SESSION_MS - 1);
    world.wallClockJumps(jumpMs);
    world.advance(0);
    assertEquals(ErrorCode.NONE, world.heartbeat(1, member));
    world.wallClockJumps(jumpMs);
    world.advance(SESSION_MS);
    assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, world.heartbeat(1, member));
  }

  @ParameterizedTest
  @ValueSource(longs = {HOUR_MS, -HOUR_MS})
  void rebalanceTakesAsLongAsItWouldWithoutTheJump(long jumpMs) {
    String stays = member();
    long newcomer = world.join(Joins.newcomer().toJoin());
    world.wallClockJumps(jumpMs);
    for (int passedMs = 0; passedMs < CoordinatorDriver.REBALANCE_MS - 5_000; passedMs += 5_000) {
      assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, world.heartbeat(1, stays));
      world.advance(5_000);
    }
    assertEquals(false, world.answered(newcomer));
    world.join(Joins.known(stays).toJoin());
    assertEquals(ErrorCode.NONE, world.joined(newcomer).error());
  }

  @Test
  void memberFindsItsGroupAfterAFailoverToABrokerInAnotherHour() {
    String member = member();
    world.wallClockJumps(-HOUR_MS);
    world.failOver();
    world.advance(SESSION_MS - 1);
    assertEquals(ErrorCode.NONE, world.heartbeat(1, member));
    assertEquals(ErrorCode.NONE, world.commit("t", 5, 1, member));
  }

  // ---- offsets

  @Test
  void jumpAheadLetsNoOffsetExpireEarly() {
    world.commit("t", 5, -1, "");
    world.advance(RETENTION_MS - HOUR_MS);
    world.wallClockJumps(HOUR_MS);
    world.advance(HOUR_MS - 1);
    assertEquals(5, world.committed("t"));
    world.advance(CHECK_MS + 1);
    assertEquals(GONE, world.committed("t"));
  }

  @Test
  void jumpBackDoesNotKeepAnOffsetForLongerThanItWasWatched() {
    world.commit("t", 5, -1, "");
    world.wallClockJumps(-HOUR_MS);
    world.advance(RETENTION_MS + CHECK_MS);
    assertEquals(GONE, world.committed("t"));
  }

  // The committing broker's clock was an hour behind, that of its successor is an hour ahead.
  @Test
  void twoWrongClocksLetNoOffsetExpireEarly() {
    world.wallClockJumps(-HOUR_MS);
    world.commit("t", 5, -1, "");
    world.advance(DAY_MS);
    world.wallClockJumps(2 * HOUR_MS);
    world.failOver();
    world.advance(RETENTION_MS - DAY_MS - 1);
    assertEquals(5, world.committed("t"));
    world.advance(CHECK_MS + 1);
    assertEquals(GONE, world.committed("t"));
  }

  @Test
  void offsetIsKeptForAsLongAsItsClocksMayErrWhenNobodyHasWatchedAllOfIt() {
    world.commit("t", 5, -1, "");
    world.advance(DAY_MS);
    world.failOver();
    world.advance(RETENTION_MS - DAY_MS + Retention.MAX_CLOCK_ERROR_MS - CHECK_MS);
    assertEquals(5, world.committed("t"));
    world.advance(2 * CHECK_MS);
    assertEquals(GONE, world.committed("t"));
  }

  @Test
  void groupThatWasLeftIsNotForgottenEarlyWhenItsClocksAreWrong() {
    world.wallClockJumps(-HOUR_MS);
    String member = member();
    world.commit("t", 5, 1, member);
    world.leave(member);
    world.wallClockJumps(2 * HOUR_MS);
    world.failOver();
    world.advance(RETENTION_MS - 1);
    assertEquals(5, world.committed("t"));
    assertEquals(GroupState.EMPTY, world.state());
    world.advance(CHECK_MS + 1);
    assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, world.describe().error());
  }

  @Test
  void offsetFromTheFutureExpiresAfterItsTimeHere() {
    world.wallClockJumps(10 * DAY_MS);
    world.commit("t", 5, -1, "");
    world.wallClockJumps(-10 * DAY_MS);
    world.failOver();
    world.advance(RETENTION_MS - 1);
    assertEquals(5, world.committed("t"));
    world.advance(CHECK_MS + 1);
    assertEquals(GONE, world.committed("t"));
  }

  // ---- retention as the client wants it

  private long commitFor(long retentionMs) {
    return world.commit(
        new CommitOffsets(
            GROUP,
            -1,
            "",
            Optional.empty(),
            OptionalLong.of(retentionMs),
            List.of(new CommitOffsets.Offset(new TopicPartition("t", 0), Uuids.ZERO, 5, -1, ""))));
  }

  @Test
  void clientsOwnRetentionIsNotShortenedByAJump() {
    commitFor(2 * HOUR_MS);
    world.wallClockJumps(HOUR_MS);
    world.advance(2 * HOUR_MS - 1);
    assertEquals(5, world.committed("t"));
    world.advance(CHECK_MS + 1);
    assertEquals(GONE, world.committed("t"));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1_700_000_000_000L})
  void offsetThatIsToBeKeptForeverDoesNotExpire(long retentionMs) {
    commitFor(retentionMs);
    world.advance(RETENTION_MS * 2);
    world.failOver();
    world.advance(RETENTION_MS * 2);
    assertEquals(5, world.committed("t"));
  }
}
