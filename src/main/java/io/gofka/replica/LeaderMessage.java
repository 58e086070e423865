package io.gofka.replica;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.netty.buffer.ByteBuf;
import java.util.UUID;

/** What the leader of a partition tells a follower, each within the session it belongs to. */
public sealed interface LeaderMessage extends ReplicaMessage {
  /**
   * Whole record batches that continue the follower's log at {@code fromOffset}. Between that and
   * the first batch, and between batches, there may be gaps where compaction has left them.
   *
   * <p>Who sends this on keeps its reference to {@code records} until the request is answered; who
   * keeps the bytes longer retains them.
   *
   * @param fromOffset where the follower's log has to end for this to fit: the {@code endOffset} of
   *     the push before, or the {@code fetchOffset} that began the session
   * @param endOffset offset behind the last batch; for the receiver to compare with what it finds
   * @param highWatermark of the leader
   * @param logStartOffset of the leader's log
   * @param records from reader index to writer index, not empty
   */
  record Pushed(
      UUID topicId,
      int partition,
      int leaderEpoch,
      long session,
      long fromOffset,
      long endOffset,
      long highWatermark,
      long logStartOffset,
      ByteBuf records)
      implements LeaderMessage {}

  /**
   * Nothing is to be appended, but this much is committed.
   *
   * @param highWatermark of the leader
   * @param logStartOffset of the leader's log
   */
  record Watermark(
      UUID topicId,
      int partition,
      int leaderEpoch,
      long session,
      long highWatermark,
      long logStartOffset)
      implements LeaderMessage {}

  /**
   * The end of the follower's log is none of the leader's. The follower cuts off what lies behind
   * the common part and begins another session. Source: KIP-595 (diverging epoch).
   *
   * @param end the leader's largest epoch not above the follower's last one, and the offset behind
   *     its last record
   */
  record Diverged(UUID topicId, int partition, int leaderEpoch, long session, OffsetAndEpoch end)
      implements LeaderMessage {}

  /**
   * There is no session.
   *
   * @param error FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, NOT_LEADER_OR_FOLLOWER,
   *     UNKNOWN_TOPIC_ID, KAFKA_STORAGE_ERROR; OFFSET_OUT_OF_RANGE when the leader's log begins
   *     behind the follower's end
   * @param logStartOffset of the leader's log, where to begin after OFFSET_OUT_OF_RANGE; -1 else
   */
  record Refused(
      UUID topicId,
      int partition,
      int leaderEpoch,
      long session,
      ErrorCode error,
      long logStartOffset)
      implements LeaderMessage {}
}
