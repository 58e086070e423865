package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * What do the logs of one shard look like? Answered with one {@link LogDescription} for each of its
 * partitions.
 */
public record DescribeLogs() {
  /**
   * @param directory the log directory it lies in, as configured
   * @param sizeBytes of all segments; of a future one, as far as it is copied
   * @param isFuture it is a copy on its way: the partition will move there
   * @param offsetLag how many offsets a future one is behind, or a follower behind the leader's
   *     high watermark as it was told last; 0 for others
   */
  public record LogDescription(
      TopicIdPartition partition,
      String directory,
      long sizeBytes,
      long logStartOffset,
      long logEndOffset,
      long highWatermark,
      boolean isFuture,
      long offsetLag) {}

  /**
   * @param logs all that can be read, in the order of {@link TopicIdPartition}
   * @param directories those of the node, also the ones that can't be used
   */
  public record LogDescriptions(List<LogDescription> logs, List<LogDirState> directories) {
    public LogDescriptions {
      logs = List.copyOf(logs);
      directories = List.copyOf(directories);
    }
  }
}
