package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What was read of one partition. Whoever receives it owns {@code records}: it is written to a
 * socket or released.
 *
 * @param highWatermark -1 on error
 * @param abortedTransactions those whose records lie in the range read; empty unless reading
 *     committed
 * @param divergingEpoch set when the reader's log has left ours: the largest epoch not above the
 *     reader's, with its end
 * @param preferredReadReplica one of {@link ReadRecords.PartitionRead#closeReplicas} that should be
 *     asked instead; nothing was read then
 */
public record ReadResult(
    TopicIdPartition partition,
    ErrorCode error,
    long highWatermark,
    long lastStableOffset,
    long logStartOffset,
    Payload records,
    List<AbortedTransaction> abortedTransactions,
    Optional<OffsetAndEpoch> divergingEpoch,
    OptionalInt preferredReadReplica) {

  /** A transaction of {@code producerId}, from {@code firstOffset}, that was aborted. */
  public record AbortedTransaction(long producerId, long firstOffset) {}

  public ReadResult {
    abortedTransactions = List.copyOf(abortedTransactions);
  }

  /** What the replica that was asked has. */
  public ReadResult(
      TopicIdPartition partition,
      ErrorCode error,
      long highWatermark,
      long lastStableOffset,
      long logStartOffset,
      Payload records,
      List<AbortedTransaction> abortedTransactions,
      Optional<OffsetAndEpoch> divergingEpoch) {
    this(
        partition,
        error,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        records,
        abortedTransactions,
        divergingEpoch,
        OptionalInt.empty());
  }
}
