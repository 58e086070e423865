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
 * @param source which replicas may answer
 */
public record ReadRecords(
    long readId,
    List<PartitionRead> partitions,
    int minBytes,
    int maxBytes,
    int maxWaitMs,
    IsolationLevel isolationLevel,
    Form form,
    Source source) {

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

  /** Which replicas may answer. */
  public enum Source {
    /** NOT_LEADER_OR_FOLLOWER everywhere else. */
    LEADER,
    /** A follower, too, up to the high watermark that it knows of (KIP-392). */
    ANY_REPLICA
  }

  /**
   * @param fetchOffset first offset wanted
   * @param maxBytes of this partition; a first batch larger than it is given nevertheless when the
   *     answer is empty
   * @param currentLeaderEpoch the leader epoch that the reader knows, -1 when none
   * @param lastFetchedEpoch the epoch of the last record that the reader has, -1 when it doesn't
   *     ask for the truncation check (KIP-595)
   * @param closeReplicas followers that the reader reaches more cheaply than the leader: a leader
   *     that finds one among its in-sync replicas which has the offset names it and reads nothing
   *     (KIP-392); nobody else looks at them
   */
  public record PartitionRead(
      TopicIdPartition partition,
      long fetchOffset,
      int maxBytes,
      int currentLeaderEpoch,
      int lastFetchedEpoch,
      List<Integer> closeReplicas) {
    public PartitionRead {
      closeReplicas = List.copyOf(closeReplicas);
    }

    /** A reader that goes to the leader. */
    public PartitionRead(
        TopicIdPartition partition,
        long fetchOffset,
        int maxBytes,
        int currentLeaderEpoch,
        int lastFetchedEpoch) {
      this(partition, fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch, List.of());
    }
  }

  public ReadRecords {
    partitions = List.copyOf(partitions);
  }

  /** A read from the leader whose records go to a socket as they are. */
  public ReadRecords(
      long readId,
      List<PartitionRead> partitions,
      int minBytes,
      int maxBytes,
      int maxWaitMs,
      IsolationLevel isolationLevel) {
    this(readId, partitions, minBytes, maxBytes, maxWaitMs, isolationLevel, Form.SENDABLE);
  }

  /** A read from the leader. */
  public ReadRecords(
      long readId,
      List<PartitionRead> partitions,
      int minBytes,
      int maxBytes,
      int maxWaitMs,
      IsolationLevel isolationLevel,
      Form form) {
    this(readId, partitions, minBytes, maxBytes, maxWaitMs, isolationLevel, form, Source.LEADER);
  }

  /**
   * Answer the parked read with this id now, with what there is; nothing happens when it is
   * answered already.
   */
  public record CompleteRead(long readId) {}
}
