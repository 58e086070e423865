package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.TimestampType;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The appending half of a {@link LogShard}.
 *
 * <p>As a rule an append is checked, written to the page cache and answered within one call. A
 * worker comes in when records have to be inflated or recompressed, when nobody may hear of them
 * before a sync (then it writes and syncs in one go), and for the writes themselves as long as the
 * disk makes them slow ({@link DiskPace}) or is syncing. Whatever comes for the partition meanwhile
 * waits, and goes out with the next write and the next sync, all together. The order of a
 * partition's appends is that of their arrival all the same.
 */
final class ShardAppends {
  /** Files opened for writing in one turn of the loop; a worker opens the others. */
  static final int MAX_OPENED_ON_LOOP = 20;

  private final LogShard shard;
  private final ShardHost host;
  private final AppendChecks checks;
  private final DiskPace pace;
  private boolean lookDue;
  private long appendedBytes;
  private int opened;

  ShardAppends(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
    this.checks = new AppendChecks(shard, host);
    this.pace = new DiskPace();
  }

  /** Whether the disk is so slow that writes have left the event loop. */
  boolean isDiskSlow() {
    return pace.isSlow(host.nowMs());
  }

  /** Bytes of record batches since the start. */
  long appendedBytes() {
    return appendedBytes;
  }

  void append(AppendRecords request, Consumer<List<AppendResult>> reply) {
    List<PartitionAppend> appends = request.partitions();
    Answers<AppendResult> answers = new Answers<>(appends.size(), reply);
    for (int i = 0; i < appends.size(); i++) {
      PartitionAppend append = appends.get(i);
      Optional<ShardPartition> partition = shard.partition(append.partition());
      if (partition.isPresent()) {
        append(new QueuedAppend(request, append, partition.get(), answers, i));
      } else {
        ApiException unknown = shard.unknown(append.partition());
        answers.set(
            i,
            AppendResult.refused(
                append.partition(), unknown.errorCode(), unknown.getMessage(), -1));
      }
    }
  }

  private void append(QueuedAppend queued) {
    ShardPartition partition = queued.partition();
    if (partition.appends().isFull()) {
      queued.refuse(ErrorCode.KAFKA_STORAGE_ERROR, "too many appends wait for the disk");
      return;
    }
    partition.appends().add(queued);
    checks.check(queued, () -> proceed(partition));
    proceed(partition);
  }

  /** Places what can be placed now; called whenever the reason to wait may be gone. */
  void proceed(ShardPartition partition) {
    AppendQueue queue = partition.appends();
    while (partition.state() == LogState.SERVING && !queue.isWriting() && queue.hasNext()) {
      queue.beginWriting();
      AppendGroup group = collect(partition, queue);
      if (group.isEmpty()) {
        queue.endWriting();
      } else {
        write(partition, group);
      }
    }
    if (partition.state() != LogState.SERVING && partition.state() != LogState.OPENING) {
      // Even if the write under way should never come to its end.
      queue.removeChecked().forEach(this::refuse);
    }
  }

  private void refuse(QueuedAppend queued) {
    if (queued.isAnswered()) {
      return;
    }
    try {
      checks.checkLeader(queued);
      queued.refuseForStorage();
    } catch (ApiException refused) {
      queued.refuse(refused.errorCode(), refused.getMessage());
    }
  }

  // ---- a group is formed

  private AppendGroup collect(ShardPartition partition, AppendQueue queue) {
    boolean stamped = partition.config().rules().timestampType() == TimestampType.LOG_APPEND_TIME;
    AppendGroup group = new AppendGroup(partition.log(), host.timestampMs(), stamped);
    while (queue.hasNext() && place(queue.next(), group)) {
      queue.removeNext();
    }
    return group;
  }

  /** False when it has to wait for the next group; else it is in this one, or answered. */
  private boolean place(QueuedAppend next, AppendGroup group) {
    ShardPartition partition = next.partition();
    try {
      checks.checkLeader(next);
      if (!group.mayFollow(next)) {
        return false;
      }
      PartitionLog log = partition.log();
      if (!group.hasProducerOf(next)) {
        Optional<Duplicate> duplicate = next.checkProducers(log);
        if (duplicate.isPresent()) {
          answerDuplicate(next, duplicate.get(), group);
          return true;
        }
      }
      if (group.isStamped()) {
        next.batches().forEach(batch -> batch.stampLogAppendTime(group.timestampMs()));
      }
      if (group.append().isPresent()) {
        return extend(next, group, log);
      }
      group.begin(
          next,
          log.begin(
              next.batches(), next.sizeBytes(), partition.leaderEpoch(), group.timestampMs()));
      shard.work().doChores(partition);
    } catch (ApiException refused) {
      next.refuse(refused.errorCode(), refused.getMessage());
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      next.refuseForStorage();
    } catch (RuntimeException bug) {
      shard.failures().onBug(partition, bug);
      next.refuseForStorage();
    }
    return true;
  }

  private static boolean extend(QueuedAppend next, AppendGroup group, PartitionLog log) {
    LogAppend append = group.append().orElseThrow();
    if (!log.extend(append, next.batches(), next.sizeBytes(), group.timestampMs())) {
      return false;
    }
    group.add(next);
    return true;
  }

  /** The first sending may have been acknowledged under less strict settings than there are now. */
  private static void answerDuplicate(QueuedAppend next, Duplicate duplicate, AppendGroup group) {
    PartitionLog log = next.partition().log();
    if (log.durability().mustSync(duplicate.lastOffset() + 1)) {
      group.addRepetition(next, duplicate);
    } else {
      next.succeedAs(duplicate, group.isStamped(), log.logStartOffset());
    }
  }

  // ---- and written

  private void write(ShardPartition partition, AppendGroup group) {
    if (partition.state() != LogState.SERVING) {
      partition.appends().endWriting(); // It has failed while the group was formed.
      group.refuseForStorage();
      return;
    }
    lookLater();
    if (group.mustSync()
        || pace.avoidsLoop(host.nowMs())
        || group.log().isDiskSyncing()
        || hasOpenedEnough(group)) {
      writeOnWorker(partition, group);
      return;
    }
    LogAppend append = group.append().orElseThrow();
    try {
      long fromMs = host.nowMs();
      append.write();
      long nowMs = host.nowMs();
      pace.onLoopWrite(partition.id(), append.sizeBytes(), fromMs, nowMs);
      group.log().commit(append, group.timestampMs(), nowMs);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      partition.appends().endWriting();
      group.refuseForStorage();
      return;
    } catch (RuntimeException | Error bug) {
      // Nobody can tell what is in the log now: it ends here.
      shard.failures().onBug(partition, bug);
      partition.appends().endWriting();
      group.refuseForStorage();
      return;
    }
    partition.appends().endWriting();
    if (partition.config().flushMs() != Long.MAX_VALUE) {
      shard.work().flushLater(partition);
    }
    succeed(partition, group);
  }

  /**
   * Whether the group's file has to be opened, perhaps made, and others were just before. One file
   * is opened in no time; a request to thousands of partitions would hold up the loop.
   */
  private boolean hasOpenedEnough(AppendGroup group) {
    if (group.append().orElseThrow().isOpen()) {
      return false;
    }
    if (opened == 0) {
      host.soon(() -> opened = 0);
    }
    opened++;
    return opened > MAX_OPENED_ON_LOOP;
  }

  /** As long as there are writes, somebody has an eye on the disk. */
  private void lookLater() {
    if (!lookDue) {
      lookDue = true;
      host.after(
          DiskPace.LOOK_EVERY_MS,
          () ->
              host.write(
                  host::writeBack,
                  seen -> {
                    lookDue = false;
                    pace.onWriteBack(seen, host.nowMs());
                  },
                  failure -> lookDue = false));
    }
  }

  private void writeOnWorker(ShardPartition partition, AppendGroup group) {
    Chore work;
    try {
      work = work(group);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      partition.appends().endWriting();
      group.refuseForStorage();
      return;
    }
    DiskPace.Write underWay = pace.begin(host.nowMs(), group.mustSync());
    shard
        .work()
        .write(
            () -> {
              work.run();
              return true;
            },
            done -> {
              pace.end(underWay, host.nowMs());
              onWritten(partition, group, work);
              proceed(partition);
            },
            failure -> {
              pace.end(underWay, host.nowMs());
              shard.failures().onFailure(partition, failure);
              partition.appends().endWriting();
              group.refuseForStorage();
              proceed(partition);
            });
  }

  private static Chore work(AppendGroup group) throws IOException {
    Optional<LogAppend> append = group.append();
    if (append.isEmpty()) {
      return group.log().flush();
    }
    return group.mustSync()
        ? group.log().durability().writeAndSync(append.get())
        : () -> {
          append.get().write();
          append.get().letGo();
        };
  }

  private void onWritten(ShardPartition partition, AppendGroup group, Chore work) {
    boolean counts = partition.state() == LogState.SERVING && partition.log() == group.log();
    if (counts) {
      try {
        if (group.append().isPresent()) {
          group.log().commit(group.append().get(), group.timestampMs(), host.nowMs());
        }
        work.done();
      } catch (RuntimeException bug) {
        shard.failures().onBug(partition, bug);
        counts = false;
      }
    }
    partition.appends().endWriting();
    if (counts) {
      succeed(partition, group);
    } else if (partition.isGone()) {
      group.refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partition.id() + " is deleted");
    } else {
      // What it follows may be lost; repairing the log takes its bytes away.
      group.refuseForStorage();
    }
  }

  /** The group counts, and is as durable as it has to be: its producers and readers hear of it. */
  private void succeed(ShardPartition partition, AppendGroup group) {
    group
        .append()
        .ifPresent(
            append -> {
              appendedBytes += append.sizeBytes();
              shard.onReadable(partition, append.endOffset(), append.sizeBytes());
            });
    group.succeed();
  }
}
