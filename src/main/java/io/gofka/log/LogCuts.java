package io.gofka.log;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Takes the end off logs: appends wait, all that was to be done is done, a worker cuts, and the log
 * that is left takes the old one's place.
 */
final class LogCuts {
  private final LogShard shard;
  private final ShardHost host;

  LogCuts(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /** What a worker does with a log of which nobody else wants anything meanwhile. */
  interface Cut {
    PartitionLog apply(PartitionLog log, long timestampMs) throws IOException;
  }

  /**
   * @param wanted asked when all that comes before is done: by then this broker may lead, and what
   *     an earlier leader wanted to be cut must stay
   * @param done told whether the log is cut; if not, the partition may not be served any more
   */
  void cut(ShardPartition partition, BooleanSupplier wanted, Cut cut, Consumer<Boolean> done) {
    shard.moves().interrupt(partition);
    shard.cleanings().afterCleaning(partition.id(), () -> hold(partition, wanted, cut, done));
  }

  private void hold(
      ShardPartition partition, BooleanSupplier wanted, Cut cut, Consumer<Boolean> done) {
    if (!wanted.getAsBoolean() || partition.state() != LogState.SERVING || shard.isStopping()) {
      done.accept(false);
      return;
    }
    if (partition.appends().isWriting()) {
      partition.appends().whenNotWriting(() -> hold(partition, wanted, cut, done));
      return;
    }
    partition.appends().beginWriting();
    shard.work().doChores(partition);
    shard
        .work()
        .doInOrder(
            partition,
            () -> {}, // Behind all that was given out before.
            () -> apply(partition, cut, done),
            () -> goOn(partition, done, false));
  }

  private void goOn(ShardPartition partition, Consumer<Boolean> done, boolean isCut) {
    partition.held(false);
    partition.appends().endWriting();
    if (partition.isOpen()) {
      shard.work().doChores(partition);
    }
    done.accept(isCut);
    shard.appends().proceed(partition);
  }

  private void apply(ShardPartition partition, Cut cut, Consumer<Boolean> done) {
    PartitionLog log = partition.log();
    partition.held(true);
    shard
        .work()
        .inOrder(
            () -> cut.apply(log, host.timestampMs()),
            left -> {
              if (partition.state() != LogState.SERVING || partition.log() != log) {
                if (left != log) {
                  left.closeFiles();
                }
                goOn(partition, done, false);
                return;
              }
              if (left != log) {
                log.takeChores().forEach(Chore::discard);
                partition.replaceLog(left);
              }
              goOn(partition, done, true);
            },
            failure -> {
              partition.held(false);
              // First: nobody may take a role with a log that is longer than its files.
              if (failure instanceof IOException) {
                // Some of it may be cut: only opening it anew tells.
                shard.failures().onLostSight(partition, failure);
              } else {
                shard.failures().onBug(partition, failure);
              }
              partition.appends().endWriting();
              done.accept(false);
            });
  }
}
