package io.gofka.replica;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.FollowerMessage.Follow;
import java.util.Optional;
import java.util.UUID;

/**
 * What a leader says to whom it can't push anything: whether a follower's log can be continued as
 * it is, and why somebody is no follower of its. Source: KIP-101, KIP-279.
 */
final class Objections {
  private final UUID topicId;
  private final int partition;
  private final int leaderEpoch;
  private final ReplicaLog log;

  /**
   * @param leaderEpoch in which this broker leads
   * @param log of the leader
   */
  Objections(UUID topicId, int partition, int leaderEpoch, ReplicaLog log) {
    this.topicId = topicId;
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.log = log;
  }

  /** Why the follower's log can't be continued as it is. */
  Optional<LeaderMessage> to(Follow follow) {
    if (follow.lastFetchedEpoch() > leaderEpoch) {
      // It has seen a later leader than this one, and must not cut that one's records.
      return Optional.of(refused(follow, ErrorCode.UNKNOWN_LEADER_EPOCH));
    }
    long logStartOffset = log.logStartOffset();
    if (follow.fetchOffset() < logStartOffset) {
      return Optional.of(beginsAt(logStartOffset, follow));
    }
    if (follow.lastFetchedEpoch() < 0) { // Its log has no record that could differ.
      return follow.fetchOffset() > log.logEndOffset()
          ? Optional.of(beginsAt(logStartOffset, follow))
          : Optional.empty();
    }
    Optional<OffsetAndEpoch> end = log.epochEnd(follow.lastFetchedEpoch());
    if (end.isEmpty()) {
      // The log doesn't even know the epoch in which it is led: nothing can be said about it.
      return Optional.of(refused(follow, ErrorCode.KAFKA_STORAGE_ERROR));
    }
    if (end.get().leaderEpoch() < follow.lastFetchedEpoch()
        || end.get().offset() < follow.fetchOffset()) {
      return Optional.of(
          new LeaderMessage.Diverged(topicId, partition, leaderEpoch, follow.session(), end.get()));
    }
    if (follow.lastFetchedEpoch() < log.firstEpoch()) {
      // It ends where this log begins. Whether its records were those that are deleted here nobody
      // can tell any more.
      return Optional.of(beginsAt(logStartOffset, follow));
    }
    return Optional.empty();
  }

  /** There is no session. */
  LeaderMessage refused(FollowerMessage message, ErrorCode error) {
    return refused(message, error, -1);
  }

  private LeaderMessage beginsAt(long logStartOffset, Follow follow) {
    return refused(follow, ErrorCode.OFFSET_OUT_OF_RANGE, logStartOffset);
  }

  private LeaderMessage refused(FollowerMessage message, ErrorCode error, long logStartOffset) {
    return new LeaderMessage.Refused(
        topicId, partition, message.leaderEpoch(), message.session(), error, logStartOffset);
  }

  /** Why somebody who sent this has no part in what is led here. */
  LeaderMessage refusal(FollowerMessage message) {
    ErrorCode error;
    if (message.leaderEpoch() == leaderEpoch) {
      error = ErrorCode.NOT_LEADER_OR_FOLLOWER; // As far as is known here, it has no replica.
    } else {
      error =
          message.leaderEpoch() < leaderEpoch
              ? ErrorCode.FENCED_LEADER_EPOCH
              : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    return refused(message, error);
  }
}
