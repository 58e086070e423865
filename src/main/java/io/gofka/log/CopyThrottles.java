package io.gofka.log;

import io.gofka.config.BrokerConfig;
import io.gofka.log.compact.Throttle;
import java.util.concurrent.TimeUnit;

/**
 * The rates to which a broker holds the copying of throttled replicas, as long as they are not in
 * sync: {@code leader.replication.throttled.rate} for what it pushes, {@code
 * follower.replication.throttled.rate} for what it copies. All of its shards together; which
 * replicas are throttled is said by their topics. Source: KIP-73.
 */
public final class CopyThrottles {
  /** On whose side a throttle is. */
  enum Side {
    LEADING,
    FOLLOWING
  }

  private final Throttle leading;
  private final Throttle following;

  /**
   * @param config of the broker, before any dynamic setting
   * @param nowMs monotonic
   */
  public CopyThrottles(BrokerConfig config, long nowMs) {
    long nowNanos = TimeUnit.MILLISECONDS.toNanos(nowMs);
    this.leading = new Throttle((double) config.leaderReplicationThrottledRate(), nowNanos);
    this.following = new Throttle((double) config.followerReplicationThrottledRate(), nowNanos);
  }

  /** These rates hold from now on. */
  void use(BrokerConfig config) {
    leading.bytesPerSecond((double) config.leaderReplicationThrottledRate());
    following.bytesPerSecond((double) config.followerReplicationThrottledRate());
  }

  /**
   * Takes bytes that have been copied off the rate.
   *
   * @param nowMs monotonic
   * @return how long to wait in ms before that partition's next ones, 0 for not at all
   */
  long reserveMs(Side side, long bytes, long nowMs) {
    Throttle throttle = side == Side.LEADING ? leading : following;
    long waitNanos = throttle.reserve(bytes, TimeUnit.MILLISECONDS.toNanos(nowMs));
    return TimeUnit.NANOSECONDS.toMillis(waitNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
  }
}
