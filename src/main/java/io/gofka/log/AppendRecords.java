package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Append to partitions of one shard. Answered with one {@link AppendResult} for each partition, in
 * the same order, once the records are as durable as {@code requiredAcks} and the topic's
 * configuration ask for. The bytes must stay readable until then; base offset, leader epoch and,
 * for log append time, timestamp are patched in place.
 *
 * @param requiredAcks 0, 1 or -1 (all in-sync replicas)
 * @param timeoutMs how long to wait for the in-sync replicas
 */
public record AppendRecords(
    List<PartitionAppend> partitions, Origin origin, short requiredAcks, int timeoutMs) {
  private static final int ANY_EPOCH = -1;

  /** Who appends. */
  public enum Origin {
    /** A producer: everything is checked, internal topics are closed to it. */
    CLIENT,
    /** A coordinator of this node writing its own internal topic. */
    COORDINATOR,
    /** A marker that ends a transaction, with the epoch of its records. */
    MARKER,
    /** A marker with an epoch above that of the transaction's records (KIP-890). */
    MARKER_OF_NEXT_EPOCH
  }

  /**
   * Record batches (magic 2), one after the other, for one partition.
   *
   * @param records from reader index to writer index; not consumed, not released
   * @param expectedLeaderEpoch the epoch in which this broker leads the partition, as the asker
   *     knows it: under any other the records are refused; -1 for the one at their arrival
   */
  public record PartitionAppend(
      TopicIdPartition partition, ByteBuf records, int expectedLeaderEpoch) {
    /** Under the epoch at their arrival. */
    public PartitionAppend(TopicIdPartition partition, ByteBuf records) {
      this(partition, records, ANY_EPOCH);
    }
  }

  public AppendRecords {
    partitions = List.copyOf(partitions);
  }
}
