package io.gofka.log;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a partition whose disk has failed, see {@link LogState}. On the shard's thread.
 */
final class ShardFailures {
  private static final Logger LOG = LoggerFactory.getLogger(ShardFailures.class);

  private final LogShard shard;
  private final ShardHost host;

  ShardFailures(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /**
   * A write, sync, open, rename or whatever else changes the disk has failed: what it has left
   * behind can't be known, so nothing more is written before that is found out. With a {@link
   * LogCorruptException} the partition goes offline.
   */
  void onFailure(ShardPartition partition, Throwable failure) {
    if (failure instanceof LogCorruptException) {
      takeOffline(partition, failure.getMessage(), Optional.empty());
      return;
    }
    if (partition.state() != LogState.SERVING) {
      return;
    }
    LOG.error(
        "{}: writes are refused, reads go on: the disk has failed under {} in {}: {}",
        partition.id(),
        partition.log().folder(),
        shard.directoryName(),
        failure.toString());
    LOG.debug("{}: where the disk has failed", partition.id(), failure);
    partition.become(LogState.WRITES_REFUSED);
    host.soon(partition::releaseWaiting);
  }

  /**
   * A read has failed. It has changed nothing, so what can be read still is; only with a {@link
   * LogCorruptException} the partition goes offline.
   */
  void onReadFailure(ShardPartition partition, Throwable failure) {
    if (failure instanceof LogCorruptException) {
      takeOffline(partition, failure.getMessage(), Optional.empty());
    } else if (partition.isOpen() && partition.takeReadFailureToTell(host.nowMs())) {
      LOG.error(
          "{}: a read in {} has failed: {}",
          partition.id(),
          shard.directoryName(),
          failure.toString());
    }
  }

  /** A bug may have left anything in the log, in memory or on the disk. */
  void onBug(ShardPartition partition, Throwable failure) {
    takeOffline(partition, "nobody knows what is in it after a bug", Optional.of(failure));
  }

  /** The disk has failed before the log was open. */
  void onOpeningFailed(ShardPartition partition, Throwable failure) {
    if (!(failure instanceof IOException)) {
      onBug(partition, failure);
      return;
    }
    if (failure instanceof LogCorruptException) {
      takeOffline(partition, failure.getMessage(), Optional.empty());
      return;
    }
    if (partition.state() == LogState.OPENING) {
      LOG.error(
          "{}: can't be opened in {}, nothing of it is served: {}",
          partition.id(),
          shard.directoryName(),
          failure.toString());
      LOG.debug("{}: where the disk has failed", partition.id(), failure);
      partition.become(LogState.UNOPENED);
      host.soon(partition::releaseWaiting);
    }
  }

  private void takeOffline(ShardPartition partition, String why, Optional<Throwable> bug) {
    if (!partition.state().canBecome(LogState.OFFLINE)) {
      return;
    }
    LOG.error(
        "{}: offline, nothing of it is served any more: its log in {} is damaged: {}",
        partition.id(),
        shard.directoryName(),
        why,
        bug.orElse(null));
    partition.openLog().ifPresent(PartitionLog::closeFiles);
    partition.become(LogState.OFFLINE);
    host.soon(
        () -> {
          partition.releaseWaiting();
          shard.reads().wake(partition);
        });
  }
}
