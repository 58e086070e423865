package io.gofka.log;

import java.util.List;
import java.util.Map;

/** How is one shard? Answered with {@link LogMeasures}. */
public record MeasureLogs() {
  /** What may be done with a partition's log, for people and their graphs. */
  public enum Condition {
    /** It is being read before it can be served. */
    OPENING,
    SERVING,
    /** The disk has failed: reads go on. */
    WRITES_REFUSED,
    /** Nothing of it is served. */
    OFFLINE
  }

  /**
   * @param path of the log directory
   * @param offline whether the directory as a whole has failed
   * @param partitions the shard's partitions in it, by condition; each condition is there
   * @param sizeBytes of all their segments
   */
  public record DirectoryMeasures(
      String path, boolean offline, Map<Condition, Integer> partitions, long sizeBytes) {
    public DirectoryMeasures {
      partitions = Map.copyOf(partitions);
    }
  }

  /**
   * @param diskStalls whether writes have left the event loop because the disk is slow
   * @param appendedBytes since the start
   */
  public record LogMeasures(
      List<DirectoryMeasures> directories, boolean diskStalls, long appendedBytes) {
    public LogMeasures {
      directories = List.copyOf(directories);
    }
  }
}
