package io.gofka.log;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is due in the logs of a {@link LogShard} from time to time. */
final class ShardTidying {
  private static final Logger LOG = LoggerFactory.getLogger(ShardTidying.class);

  /** Files that nobody has used for so long are closed. */
  static final long IDLE_FILE_MS = 300_000;

  private final LogShard shard;
  private final ShardHost host;

  ShardTidying(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /** Retention, silent producers, idle files. */
  void tidy() {
    if (shard.isStopping()) {
      return;
    }
    long timestampMs = host.timestampMs();
    long idleSinceMs = host.nowMs() - IDLE_FILE_MS;
    for (ShardPartition partition : shard.partitions()) {
      // A write under way has its place at the end of the log: that must not be rolled under it.
      partition.appends().whenNotWriting(() -> tidy(partition, timestampMs, idleSinceMs));
    }
  }

  private void tidy(ShardPartition partition, long timestampMs, long idleSinceMs) {
    if (shard.isStopping() || !partition.isOpen()) {
      return;
    }
    if (partition.state() == LogState.WRITES_REFUSED) {
      makeRoom(partition, timestampMs);
      return;
    }
    PartitionLog log = partition.log();
    try {
      log.enforceRetention(timestampMs);
      log.tidy(timestampMs, idleSinceMs);
      shard.work().doChores(partition);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
    }
  }

  /** Space may come back only through this, so it can't wait for what waits for space. */
  private void makeRoom(ShardPartition partition, long timestampMs) {
    if (partition.chores().isRunning()) {
      return;
    }
    partition.log().makeRoom(timestampMs);
    List<Chore> chores = partition.log().takeChores();
    if (chores.isEmpty()) {
      return;
    }
    shard
        .work()
        .inOrder(
            () -> {
              for (Chore chore : chores) {
                chore.run();
              }
              return true;
            },
            done -> {
              chores.forEach(Chore::done);
              if (partition.isOpen()) {
                shard.work().doChores(partition);
              }
            },
            failure -> {
              LOG.debug("{}: can't delete old segments", partition.id(), failure);
              chores.forEach(each -> partition.chores().add(each, () -> {}, () -> {}));
            });
  }
}
