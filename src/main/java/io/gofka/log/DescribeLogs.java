package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * What do the logs of one shard look like? Answered with one {@link LogDescription} for each of its
 * partitions.
 */
public record DescribeLogs() {
  /**
   * @param directory absolute path of the log directory it lies in
   * @param sizeBytes of all segments
   */
  public record LogDescription(
      TopicIdPartition partition,
      String directory,
      long sizeBytes,
      long logStartOffset,
      long logEndOffset,
      long highWatermark) {}

  /** All partitions of the shard, in the order of {@link TopicIdPartition}. */
  public record LogDescriptions(List<LogDescription> logs) {
    public LogDescriptions {
      logs = List.copyOf(logs);
    }
  }
}
