package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * Move log start offsets forward. Answered with one {@link Deleted} for each partition, in the same
 * order, once the new start is on disk here and all replicas whose brokers are alive have passed
 * it; REQUEST_TIMED_OUT when those don't within the time (the new start holds here nevertheless).
 *
 * @param timeoutMs how long to wait for the other replicas
 */
public record DeleteRecordsBefore(List<Cut> cuts, int timeoutMs) {
  /**
   * @param offset first offset to keep; -1 is the high watermark
   */
  public record Cut(TopicIdPartition partition, long offset) {}

  /**
   * @param lowWatermark the smallest log start offset of those replicas, -1 on error
   */
  public record Deleted(TopicIdPartition partition, ErrorCode error, long lowWatermark) {}

  public DeleteRecordsBefore {
    cuts = List.copyOf(cuts);
  }
}
