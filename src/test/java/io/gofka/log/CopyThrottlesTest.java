package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.log.CopyThrottles.Side;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CopyThrottlesTest {
  private static final long NOW_MS = 1_000_000;
  private static final int MEBI = 1 << 20;

  private static BrokerConfig rates(String leading, String following) {
    return BrokerConfig.of(
        Map.of(
            "leader.replication.throttled.rate", leading,
            "follower.replication.throttled.rate", following));
  }

  @Test
  void withoutARateNobodyWaits() {
    CopyThrottles throttles = new CopyThrottles(BrokerConfig.DEFAULTS, NOW_MS);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(0, throttles.reserveMs(Side.LEADING, 100L * MEBI, NOW_MS));
    }
  }

  @Test
  void aSecondsWorthTakesASecondWhoeverOfTheShardsCopiesIt() {
    CopyThrottles throttles = new CopyThrottles(rates("1048576", "2097152"), NOW_MS);
    assertEquals(500, throttles.reserveMs(Side.LEADING, MEBI / 2, NOW_MS));
    assertEquals(1_000, throttles.reserveMs(Side.LEADING, MEBI / 2, NOW_MS));
    assertEquals(1_400, throttles.reserveMs(Side.LEADING, MEBI, NOW_MS + 600));
    assertEquals(500, throttles.reserveMs(Side.FOLLOWING, MEBI, NOW_MS));
    assertEquals(0, throttles.reserveMs(Side.MOVING, MEBI, NOW_MS));
  }

  @Test
  void whatIsCopiedAtOnceTakesAboutASecond() {
    BrokerConfig slow =
        BrokerConfig.of(Map.of("replica.alter.log.dirs.io.max.bytes.per.second", "1000000"));
    CopyThrottles throttles = new CopyThrottles(slow, NOW_MS);
    assertEquals(1_000_000, throttles.piece(Side.MOVING, 4 * MEBI));
    assertEquals(5, throttles.piece(Side.MOVING, 5));
    assertEquals(4 * MEBI, throttles.piece(Side.LEADING, 4 * MEBI));
    throttles.use(BrokerConfig.of(Map.of("replica.alter.log.dirs.io.max.bytes.per.second", "0")));
    assertEquals(CopyThrottles.MIN_PIECE_BYTES, throttles.piece(Side.MOVING, 4 * MEBI));
  }

  @Test
  void aChangedRateHoldsForWhatComesNext() {
    CopyThrottles throttles = new CopyThrottles(BrokerConfig.DEFAULTS, NOW_MS);
    throttles.use(rates("1048576", "1048576"));
    assertEquals(1_000, throttles.reserveMs(Side.FOLLOWING, MEBI, NOW_MS));
    throttles.use(BrokerConfig.DEFAULTS);
    assertEquals(0, throttles.reserveMs(Side.FOLLOWING, MEBI, NOW_MS));
  }

  @Test
  void aTopicNamesItsThrottledReplicasOneByOneOrAll() {
    LogConfig config =
        LogConfig.of(
            TopicConfig.of(
                BrokerConfig.DEFAULTS,
                Map.of(
                    "leader.replication.throttled.replicas", "0:1,2:13",
                    "follower.replication.throttled.replicas", "*")),
            1);
    assertTrue(config.leaderThrottled().contains(0, 1));
    assertTrue(config.leaderThrottled().contains(2, 13));
    assertFalse(config.leaderThrottled().contains(2, 1));
    assertTrue(config.followerThrottled().contains(7, 7));
    assertFalse(LogConfig.DEFAULT.followerThrottled().contains(0, 1));
  }
}
