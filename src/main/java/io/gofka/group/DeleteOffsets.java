package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import java.util.List;

/**
 * Forget committed offsets of one group. Answered with a {@link Result} once that is committed to
 * the log.
 */
public record DeleteOffsets(String groupId, List<TopicPartition> partitions) {
  /**
   * @param error of the request as a whole
   * @param partitions one code for each partition, in the same order; empty when there is an error
   */
  public record Result(ErrorCode error, List<ErrorCode> partitions) {
    public Result {
      partitions = List.copyOf(partitions);
    }

    public static Result refused(ErrorCode error) {
      return new Result(error, List.of());
    }
  }

  public DeleteOffsets {
    partitions = List.copyOf(partitions);
  }
}
