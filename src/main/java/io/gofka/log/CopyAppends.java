package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.RecordBatch;
import io.gofka.replica.LeaderMessage.Pushed;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts what a leader has pushed into a follower's log, checked, in as many writes as it takes: the
 * leader's segments may be larger.
 */
final class CopyAppends {
  private final LogShard shard;
  private final ShardHost host;

  CopyAppends(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /**
   * No write of the partition is under way. Between two writes its role may end: what is left then
   * must not get into the log, which another epoch may have begun in.
   *
   * @param followed the role in which it is done
   * @param fromOffset where the log has to end for them
   * @param done told whether all of it is in the log, and as durable as the topic wants
   * @throws ApiException CORRUPT_MESSAGE, OFFSET_OUT_OF_RANGE when it is not what it should be;
   *     nothing is written then
   */
  void append(
      ShardPartition partition,
      FollowedPartition followed,
      Pushed pushed,
      long fromOffset,
      Consumer<Boolean> done) {
    PartitionLog log = partition.log();
    List<RecordBatch> batches =
        CopiedBatches.check(
            pushed.records(), log.logEndOffset(), log.latestEpoch(), pushed.leaderEpoch());
    long endOffset = batches.get(batches.size() - 1).nextOffset();
    if (fromOffset != log.logEndOffset() || pushed.endOffset() != endOffset) {
      throw new ApiException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          "records from "
              + fromOffset
              + " to "
              + pushed.endOffset()
              + " end at "
              + endOffset
              + ", the log at "
              + log.logEndOffset());
    }
    if (!log.mustAnnounceGaps(batches)) {
      write(partition, followed, log, batches, done);
      return;
    }
    partition.appends().beginWriting(); // Nothing may come in between.
    shard
        .work()
        .doChores(
            partition,
            () -> {
              partition.appends().endWriting();
              write(partition, followed, log, batches, done);
            },
            () -> {
              partition.appends().endWriting();
              done.accept(false);
            });
  }

  private void write(
      ShardPartition partition,
      FollowedPartition followed,
      PartitionLog log,
      List<RecordBatch> batches,
      Consumer<Boolean> done) {
    if (partition.state() != LogState.SERVING
        || partition.log() != log
        || !partition.isFollowedAs(followed)) {
      done.accept(false);
      return;
    }
    if (partition.appends().isWriting()) {
      partition.appends().whenNotWriting(() -> write(partition, followed, log, batches, done));
      return;
    }
    partition.appends().beginWriting();
    LogAppend copies;
    try {
      copies = log.beginCopied(batches, host.timestampMs());
      shard.work().doChores(partition);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      partition.appends().endWriting();
      done.accept(false);
      return;
    } catch (RuntimeException bug) {
      shard.failures().onBug(partition, bug);
      partition.appends().endWriting();
      done.accept(false);
      return;
    }
    int count = copies.batches().size();
    Runnable written =
        count == batches.size()
            ? () -> done.accept(true)
            : () -> write(partition, followed, log, batches.subList(count, batches.size()), done);
    shard
        .writes()
        .write(
            partition,
            new CopyWrite(log, copies, host.timestampMs(), written, () -> done.accept(false)));
  }
}
