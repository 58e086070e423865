package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * Ask partitions of one shard which producers they know: idempotent ones, and those with
 * transactions. Answered with one {@link Described} for each partition, in the same order. Source:
 * KIP-664.
 */
public record DescribeProducers(List<TopicIdPartition> partitions) {
  /**
   * @param lastSequence of its newest batch, -1 when none is known
   * @param lastTimestampMs of its newest batch or marker
   * @param coordinatorEpoch of its newest marker, -1 when there was none
   * @param transactionFirstOffset of its open transaction, -1 when none is open
   */
  public record ActiveProducer(
      long producerId,
      short epoch,
      int lastSequence,
      long lastTimestampMs,
      int coordinatorEpoch,
      long transactionFirstOffset) {}

  public record Described(
      TopicIdPartition partition, ErrorCode error, List<ActiveProducer> producers) {
    public Described {
      producers = List.copyOf(producers);
    }
  }

  public DescribeProducers {
    partitions = List.copyOf(partitions);
  }
}
