package io.gofka.replica;

import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;

/** Signatures only, for those who build against them; the behaviour follows. */
public final class LeaderReplica {
  /** What the owner has to carry out, in the order given. */
  public sealed interface Effect {}

  /** Records below are committed. */
  public record HighWatermarkAdvanced(long highWatermark) implements Effect {}

  /** The controllers are to be asked for another ISR. */
  public record IsrProposed(IsrChange change) implements Effect {}

  /** A message for a follower: it has no records. */
  public record Send(int followerId, LeaderMessage message) implements Effect {}

  /** The follower's session has begun: what the log has from there on is to be pushed to it. */
  public record SessionBegun(int followerId, long session, long fromOffset) implements Effect {}

  /** Nothing is to be pushed to the follower any more. */
  public record SessionEnded(int followerId) implements Effect {}

  /**
   * @param brokerId this broker, that leads
   * @param state where it does
   * @param lagTimeMaxMs replica.lag.time.max.ms
   */
  public LeaderReplica(
      int brokerId,
      UUID topicId,
      int partition,
      PartitionImage state,
      ClusterImage cluster,
      int minInsyncReplicas,
      long lagTimeMaxMs,
      ReplicaLog log,
      long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** Once, before all other events and after the log has taken the new leader epoch. */
  public List<Effect> begin(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The log has grown, or more of it is durable. */
  public List<Effect> onAppended(long nowMs) {
    throw new UnsupportedOperationException();
  }

  public List<Effect> onFollower(
      int followerId, long brokerEpoch, FollowerMessage message, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The stream to that broker is gone; what it acknowledged stays true. */
  public List<Effect> onStreamDown(int followerId) {
    throw new UnsupportedOperationException();
  }

  /** The same leader epoch, but perhaps another partition epoch, or other brokers. */
  public List<Effect> onImage(PartitionImage state, ClusterImage cluster, long nowMs) {
    throw new UnsupportedOperationException();
  }

  public List<Effect> onMinInsyncReplicas(int minInsyncReplicas) {
    throw new UnsupportedOperationException();
  }

  /** Due every half of replica.lag.time.max.ms, and at {@link #retryAtMs}. */
  public List<Effect> onTick(long nowMs) {
    throw new UnsupportedOperationException();
  }

  public List<Effect> onIsrAnswer(IsrChange asked, ChangeIsrs.Result result, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** Nobody knows whether the change has been made. */
  public List<Effect> onIsrUnanswered(IsrChange asked, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** When a refused proposal is to be tried again, by {@link #onTick}. */
  public OptionalLong retryAtMs() {
    throw new UnsupportedOperationException();
  }

  public long highWatermark() {
    throw new UnsupportedOperationException();
  }

  /** Whether the high watermark is at least what an earlier leader may have told (KIP-207). */
  public boolean isHighWatermarkKnown() {
    throw new UnsupportedOperationException();
  }

  /** As the controllers have agreed. */
  public List<Integer> isr() {
    throw new UnsupportedOperationException();
  }

  /** Whether so few are in sync that nothing is committed, and acks=all is refused. */
  public boolean isUnderMinIsr() {
    throw new UnsupportedOperationException();
  }

  /** The smallest log start of the live replicas: what lies before it is deleted everywhere. */
  public long lowWatermark() {
    throw new UnsupportedOperationException();
  }

  /**
   * Which of the candidates may answer a client that reads at an offset: in sync and far enough,
   * the most caught-up first, then the smallest id (KIP-392).
   */
  public OptionalInt closest(List<Integer> candidates, long fetchOffset) {
    throw new UnsupportedOperationException();
  }
}
