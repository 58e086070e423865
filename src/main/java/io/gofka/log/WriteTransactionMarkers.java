package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.record.EndTxnMarker;
import java.util.List;

/**
 * End transactions in partitions of one shard. Answered with one {@link Written} for each marker,
 * in the same order, once it is as durable as acks=all asks for. A marker may be repeated when the
 * answer was lost.
 *
 * <p>Errors: INVALID_PRODUCER_EPOCH when the marker comes too late and must not end the transaction
 * that is open now; TRANSACTION_COORDINATOR_FENCED when a newer coordinator has written already;
 * NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, KAFKA_STORAGE_ERROR as
 * for any append. Source: KIP-98, KIP-890, KIP-1228.
 */
public record WriteTransactionMarkers(List<PartitionMarker> markers) {
  /** How a marker's epoch stands to that of the transaction's records. */
  public enum MarkerEpoch {
    /** The same: transaction versions 0 and 1. */
    SAME,
    /** At least one above, so that nothing late can touch the next transaction: version 2. */
    NEXT
  }

  /**
   * The end of one transaction in one partition.
   *
   * @param producerEpoch that the marker carries, and that the producer has from then on
   * @param coordinatorEpoch leader epoch of the coordinator's partition
   */
  public record PartitionMarker(
      TopicIdPartition partition,
      long producerId,
      short producerEpoch,
      MarkerEpoch markerEpoch,
      int coordinatorEpoch,
      EndTxnMarker.Type type) {}

  /**
   * @param offset of the marker, -1 on error
   */
  public record Written(TopicIdPartition partition, ErrorCode error, long offset) {}

  public WriteTransactionMarkers {
    markers = List.copyOf(markers);
  }
}
