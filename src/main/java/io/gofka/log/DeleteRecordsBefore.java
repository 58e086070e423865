package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * Move log start offsets forward. Answered with one {@link Deleted} for each partition, in the same
 * order, once the new start is on disk.
 */
public record DeleteRecordsBefore(List<Cut> cuts) {
  /**
   * @param offset first offset to keep; -1 is the high watermark
   */
  public record Cut(TopicIdPartition partition, long offset) {}

  /**
   * @param lowWatermark the log start offset that now holds, -1 on error
   */
  public record Deleted(TopicIdPartition partition, ErrorCode error, long lowWatermark) {}

  public DeleteRecordsBefore {
    cuts = List.copyOf(cuts);
  }
}
