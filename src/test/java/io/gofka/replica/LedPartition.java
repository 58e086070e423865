package io.gofka.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.Images;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.IsrChange.InSync;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderReplica.Effect;
import io.gofka.replica.LeaderReplica.IsrProposed;
import io.gofka.replica.LeaderReplica.Send;
import io.gofka.replica.LeaderReplica.SessionBegun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Broker 1 leads, 2 and 3 follow; the log begins with ten records of an earlier epoch. What tests
 * of a {@link LeaderReplica} say of that.
 */
abstract class LedPartition {
  static final UUID TOPIC = new UUID(0, 7);
  static final int EPOCH = 5;
  static final long LAG_MS = 30_000;

  final MemoryLog log = new MemoryLog().with(3, 10).withHighWatermark(8);
  ClusterImage cluster = cluster(1, 2, 3);
  int minIsr = 2;
  int partitionEpoch = 40;
  LeaderReplica leader = lead(1, 2, 3);

  LeaderReplica lead(Integer... isr) {
    log.beginEpoch(EPOCH);
    return new LeaderReplica(1, TOPIC, 0, state(isr), cluster, minIsr, LAG_MS, log, 0);
  }

  /** It leads with one follower in the ISR, who has all that was there before. */
  void leadFollowedBy(int follower) {
    leader = lead(1, follower);
    followFrom(10, follower);
  }

  PartitionImage state(Integer... isr) {
    return new PartitionImage(List.of(1, 2, 3), Arrays.asList(isr), 1, EPOCH, partitionEpoch);
  }

  /** The controllers have agreed on an ISR. */
  List<Effect> image(long nowMs, Integer... isr) {
    partitionEpoch++;
    return leader.onImage(state(isr), cluster, minIsr, nowMs);
  }

  List<Effect> append(int count) {
    return appendAt(count, 0);
  }

  List<Effect> appendAt(int count, long nowMs) {
    log.with(EPOCH, count);
    return leader.onAppended(nowMs);
  }

  /** The followers begin their first session there, with a log like the leader's. */
  void followFrom(long offset, int... followers) {
    for (int id : followers) {
      follow(id, 1, offset, 3);
    }
  }

  void follow(int follower, long session, long offset, int epoch) {
    assertTrue(
        followEffects(follower, session, offset, epoch, 0)
            .contains(new SessionBegun(follower, session, offset)));
  }

  List<Effect> followEffects(int follower, long session, long offset, int epoch, long nowMs) {
    return followEffects(follower, brokerEpoch(follower), session, offset, epoch, nowMs);
  }

  List<Effect> followEffects(
      int follower, long brokerEpoch, long session, long offset, int epoch, long nowMs) {
    Follow follow = new Follow(TOPIC, 0, EPOCH, session, offset, epoch, 0);
    return leader.onFollower(follower, brokerEpoch, follow, nowMs);
  }

  List<Effect> acked(int follower, long endOffset) {
    return ackedAt(follower, endOffset, 0);
  }

  List<Effect> ackedAt(int follower, long endOffset, long nowMs) {
    return leader.onFollower(follower, brokerEpoch(follower), ack(1, endOffset), nowMs);
  }

  List<Effect> ackedIn(long session, int follower, long endOffset) {
    return leader.onFollower(follower, brokerEpoch(follower), ack(session, endOffset), 0);
  }

  static Acked ack(long session, long endOffset) {
    return new Acked(TOPIC, 0, EPOCH, session, endOffset, 0);
  }

  static Unfollow unfollow(long session) {
    return new Unfollow(TOPIC, 0, EPOCH, session);
  }

  static Send refusal(int follower, int epoch, long session, ErrorCode error) {
    return new Send(follower, new Refused(TOPIC, 0, epoch, session, error, -1));
  }

  List<Effect> shrinkTick(long fromMs) {
    leader.onTick(fromMs + LAG_MS / 2);
    return leader.onTick(fromMs + LAG_MS + 1);
  }

  static List<IsrChange> proposals(List<Effect> effects) {
    List<IsrChange> found = new ArrayList<>();
    for (Effect effect : effects) {
      if (effect instanceof IsrProposed proposed) {
        found.add(proposed.change());
      }
    }
    return found;
  }

  static IsrChange proposal(List<Effect> effects) {
    List<IsrChange> found = proposals(effects);
    assertEquals(1, found.size(), effects::toString);
    return found.get(0);
  }

  static InSync given(int broker) {
    return new InSync(broker, -1);
  }

  static long brokerEpoch(int broker) {
    return 1_000L + broker;
  }

  static ClusterImage cluster(int... brokers) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>();
    for (int id : brokers) {
      all.put(
          id, new BrokerImage(id, "n" + id, brokerEpoch(id), List.of(), Optional.empty(), false));
    }
    return Images.withBrokers(ClusterImage.EMPTY, all);
  }

  ClusterImage fenced(int broker) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>(cluster.brokers());
    all.put(broker, all.get(broker).with(true, false));
    return Images.withBrokers(ClusterImage.EMPTY, all);
  }
}
