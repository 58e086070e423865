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
   * @param led partitions that this broker leads
   * @param followed partitions that it copies from their leaders
   * @param underReplicated of those it leads, how many have a replica that isn't in sync
   * @param underMinIsr of those it leads, how many take no appends with acks=all for now
   * @param largestLag offsets by which the follower that is furthest behind is behind
   * @param pushedBytes of record batches that were sent to followers since the start
   * @param copiedBytes of record batches that came from leaders and were appended since the start
   */
  public record ReplicaMeasures(
      int led,
      int followed,
      int underReplicated,
      int underMinIsr,
      long largestLag,
      long pushedBytes,
      long copiedBytes) {
    /** Of a shard without partitions. */
    public static final ReplicaMeasures NONE = new ReplicaMeasures(0, 0, 0, 0, 0, 0, 0);

    /** Two shards together. */
    public ReplicaMeasures plus(ReplicaMeasures other) {
      return new ReplicaMeasures(
          led + other.led,
          followed + other.followed,
          underReplicated + other.underReplicated,
          underMinIsr + other.underMinIsr,
          Math.max(largestLag, other.largestLag),
          pushedBytes + other.pushedBytes,
          copiedBytes + other.copiedBytes);
    }
  }

  /**
   * @param diskStalls whether writes have left the event loop because the disk is slow
   * @param appendedBytes since the start
   */
  public record LogMeasures(
      List<DirectoryMeasures> directories,
      boolean diskStalls,
      long appendedBytes,
      ReplicaMeasures replicas) {
    public LogMeasures {
      directories = List.copyOf(directories);
    }
  }
}
