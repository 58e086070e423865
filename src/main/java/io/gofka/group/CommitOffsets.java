package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Remember how far a group has come. Answered with one {@link ErrorCode} for each offset, in the
 * same order, once the offsets are committed to the log.
 *
 * @param generationId -1 for a consumer that is not member of a group
 * @param retentionMs how long to keep the offsets, where the client says so itself
 */
public record CommitOffsets(
    String groupId,
    int generationId,
    String memberId,
    Optional<String> groupInstanceId,
    OptionalLong retentionMs,
    List<Offset> offsets) {

  /**
   * @param topicId zero when the client hasn't told and nobody knows
   * @param offset of the next record to read
   * @param leaderEpoch of the last record read, -1 when unknown
   * @param metadata whatever the client wants to keep with it
   */
  public record Offset(
      TopicPartition partition, UUID topicId, long offset, int leaderEpoch, String metadata) {}

  public CommitOffsets {
    offsets = List.copyOf(offsets);
  }
}
