package io.gofka.log;

import io.gofka.common.TopicIdPartition;

/** Which log of a shard needs compaction most. Answered with none when none is due. */
public record FindDirtiestLog() {
  /**
   * A log that is due.
   *
   * @param dirtyRatio share of it that isn't compacted yet, 0 to 1
   */
  public record DirtyLog(TopicIdPartition partition, double dirtyRatio) {}
}
