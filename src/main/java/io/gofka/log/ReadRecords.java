package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * Read from partitions of one shard. Answered with one {@link ReadResult} for each partition, in
 * the same order: at once when there are {@code minBytes} to read, or a partition has an error or a
 * diverging epoch to tell; otherwise when appends have brought enough, or {@code maxWaitMs} is
 * over, or {@link CompleteRead} says so.
 *
 * @param readId names this read for {@link CompleteRead}; unique in the process
 * @param maxBytes for all partitions together; the first partition with data gives at least one
 *     batch
 * @param form what the bytes are handed over as
 */
public record ReadRecords(
    long readId,
    List<PartitionRead> partitions,
    int minBytes,
    int maxBytes,
    int maxWaitMs,
    IsolationLevel isolationLevel,
    Form form) {

  /** How far a reader may see. */
  public enum IsolationLevel {
    /** Up to the high watermark. */
    READ_UNCOMMITTED,
    /** Up to the last stable offset. */
    READ_COMMITTED
  }

  /** What the records that were read are handed over as. */
  public enum Form {
    /** Whatever a socket sends best: a buffer, or a region of a file that nobody looks into. */
    SENDABLE,
    /** A buffer, for a reader inside this node that decodes the records. */
    BUFFER
  }

  /**
   * @param fetchOffset first offset wanted
   * @param maxBytes of this partition; a first batch larger than it is given nevertheless when the
   *     answer is empty
   * @param currentLeaderEpoch the leader epoch that the reader knows, -1 when none
   * @param lastFetchedEpoch the epoch of the last record that the reader has, -1 when it doesn't
   *     ask for the truncation check (KIP-595)
   */
  public record PartitionRead(
      TopicIdPartition partition,
      long fetchOffset,
      int maxBytes,
      int currentLeaderEpoch,
      int lastFetchedEpoch) {}

  public ReadRecords {
    partitions = List.copyOf(partitions);
  }

  /** A read whose records go to a socket as they are. */
  public ReadRecords(
      long readId,
      List<PartitionRead> partitions,
      int minBytes,
      int maxBytes,
      int maxWaitMs,
      IsolationLevel isolationLevel) {
    this(readId, partitions, minBytes, maxBytes, maxWaitMs, isolationLevel, Form.SENDABLE);
  }

  /**
   * Answer the parked read with this id now, with what there is; nothing happens when it is
   * answered already.
   */
  public record CompleteRead(long readId) {}
}
