package io.gofka.log;

import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.ReplicaLog;
import java.util.Optional;

/** The log that a partition has at the moment, as leading and following see it. */
record PartitionReplicaLog(ShardPartition partition) implements ReplicaLog {
  private PartitionLog log() {
    return partition.log();
  }

  @Override
  public long logStartOffset() {
    return log().logStartOffset();
  }

  @Override
  public long logEndOffset() {
    return log().logEndOffset();
  }

  @Override
  public long durableEndOffset() {
    return log().config().fsync() ? log().flushedOffset() : log().logEndOffset();
  }

  @Override
  public long highWatermark() {
    return log().highWatermark();
  }

  @Override
  public int lastRecordEpoch() {
    long endOffset = log().logEndOffset();
    return endOffset == log().logStartOffset() ? LeaderEpochs.NONE : log().epochAt(endOffset - 1);
  }

  @Override
  public int firstEpoch() {
    return log().epochAt(log().logStartOffset());
  }

  @Override
  public int latestEpoch() {
    return log().latestEpoch();
  }

  @Override
  public Optional<OffsetAndEpoch> epochEnd(int leaderEpoch) {
    return log().epochEnd(leaderEpoch);
  }
}
