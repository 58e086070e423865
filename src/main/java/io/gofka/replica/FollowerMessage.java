package io.gofka.replica;

import java.util.UUID;

/** What a follower tells the leader of a partition. */
public sealed interface FollowerMessage extends ReplicaMessage {
  /**
   * Begins a session: the follower's log ends at {@code fetchOffset} and is to be continued there.
   * Answered with {@link LeaderMessage.Diverged}, {@link LeaderMessage.Refused}, or what there is
   * to tell ({@link LeaderMessage.Pushed}, {@link LeaderMessage.Watermark}): then the follower's
   * log is the beginning of the leader's.
   *
   * @param fetchOffset everything below it is in the follower's log, as durable as the topic wants
   * @param lastFetchedEpoch leader epoch of the follower's last record, -1 when it has none
   * @param logStartOffset of the follower's log
   */
  record Follow(
      UUID topicId,
      int partition,
      int leaderEpoch,
      long session,
      long fetchOffset,
      int lastFetchedEpoch,
      long logStartOffset)
      implements FollowerMessage {}

  /**
   * The follower has everything below {@code endOffset}, as durable as the topic wants.
   *
   * @param logStartOffset of the follower's log
   */
  record Acked(
      UUID topicId,
      int partition,
      int leaderEpoch,
      long session,
      long endOffset,
      long logStartOffset)
      implements FollowerMessage {}

  /** Ends a session: nothing more is to be pushed. */
  record Unfollow(UUID topicId, int partition, int leaderEpoch, long session)
      implements FollowerMessage {}
}
