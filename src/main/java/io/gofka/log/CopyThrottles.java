package io.gofka.log;

import io.gofka.config.BrokerConfig;
import io.gofka.log.compact.Throttle;
import java.util.EnumMap;
import java.util.concurrent.TimeUnit;

/**
 * The rates to which a broker holds the copying of partitions, all of its shards together. For
 * throttled replicas that are not in sync there are {@code leader.replication.throttled.rate} for
 * what it pushes, {@code follower.replication.throttled.rate} for what it copies; which those are
 * is said by their topics (KIP-73). For moves between its log directories there is {@code
 * replica.alter.log.dirs.io.max.bytes.per.second} (KIP-113).
 */
public final class CopyThrottles {
  /** What is copied. */
  enum Side {
    LEADING,
    FOLLOWING,
    MOVING
  }

  /** However low the rate, so much is copied at once. */
  static final int MIN_PIECE_BYTES = 64 << 10;

  private final EnumMap<Side, Throttle> throttles = new EnumMap<>(Side.class);

  /**
   * @param config of the broker, before any dynamic setting
   * @param nowMs monotonic
   */
  public CopyThrottles(BrokerConfig config, long nowMs) {
    long nowNanos = TimeUnit.MILLISECONDS.toNanos(nowMs);
    for (Side side : Side.values()) {
      throttles.put(side, new Throttle(rate(side, config), nowNanos));
    }
  }

  /** These rates hold from now on. */
  void use(BrokerConfig config) {
    throttles.forEach((side, throttle) -> throttle.bytesPerSecond(rate(side, config)));
  }

  private static double rate(Side side, BrokerConfig config) {
    return switch (side) {
      case LEADING -> config.leaderReplicationThrottledRate();
      case FOLLOWING -> config.followerReplicationThrottledRate();
      case MOVING -> config.replicaAlterLogDirsIoMaxBytesPerSecond();
    };
  }

  /** So many of the bytes that they take about a second, and a new rate is soon kept to. */
  int piece(Side side, int bytes) {
    double perSecond = throttles.get(side).bytesPerSecond();
    return (int) Math.min(bytes, Math.max(perSecond, MIN_PIECE_BYTES));
  }

  /**
   * Takes bytes that have been copied off the rate.
   *
   * @param nowMs monotonic
   * @return how long to wait in ms before the next ones of that partition, 0 for not at all
   */
  long reserveMs(Side side, long bytes, long nowMs) {
    long waitNanos = throttles.get(side).reserve(bytes, TimeUnit.MILLISECONDS.toNanos(nowMs));
    return TimeUnit.NANOSECONDS.toMillis(waitNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
  }
}
