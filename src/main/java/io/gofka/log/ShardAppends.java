package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.TimestampType;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appending half of a {@link LogShard}.
 *
 * <p>As a rule an append is checked at once, written to the page cache at the end of the loop's
 * turn, together with all that this turn has brought for the partition, and answered: one write
 * costs the kernel less than several, and nobody waits for it, as the loop would have read the
 * others first or last. A worker comes in when records have to be inflated or recompressed, when
 * nobody may hear of them before a sync (then it writes and syncs in one go), and for the writes
 * themselves as long as the disk makes them slow ({@link DiskPace}) or is syncing. Whatever comes
 * for the partition meanwhile waits, and goes out with the next write and the next sync, all
 * together. The order of a partition's appends is that of their arrival all the same.
 */
final class ShardAppends {
  private static final Logger LOG = LoggerFactory.getLogger(ShardAppends.class);

  private final LogShard shard;
  private final ShardHost host;
  private final AppendChecks checks;
  // In this turn of the loop.
  private final Set<ShardPartition> arrived = new LinkedHashSet<>();

  ShardAppends(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
    this.checks = new AppendChecks(shard, host);
  }

  void append(AppendRecords request, Consumer<List<AppendResult>> reply) {
    List<PartitionAppend> appends = request.partitions();
    Answers<AppendResult> answers = new Answers<>(appends.size(), answer -> give(reply, answer));
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

  /** Who can't take his answer does not keep others from theirs. */
  private static void give(Consumer<List<AppendResult>> reply, List<AppendResult> answer) {
    try {
      reply.accept(answer);
    } catch (RuntimeException | Error bug) {
      LOG.error("An append to {} is done, but not answered", answer.get(0).partition(), bug);
    }
  }

  private void append(QueuedAppend queued) {
    ShardPartition partition = queued.partition();
    if (partition.appends().isFull()) {
      proceed(partition); // Perhaps they only wait for the end of this turn.
    }
    if (partition.appends().isFull()) {
      queued.refuse(ErrorCode.KAFKA_STORAGE_ERROR, "too many appends wait for the disk");
      return;
    }
    partition.appends().add(queued);
    checks.check(queued, () -> proceed(partition));
    if (arrived.isEmpty()) {
      host.soon(this::proceedWithArrived);
    }
    arrived.add(partition);
  }

  private void proceedWithArrived() {
    List<ShardPartition> all = List.copyOf(arrived);
    arrived.clear();
    all.forEach(this::proceed);
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
        shard.writes().write(partition, group);
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
    AppendGroup group =
        new AppendGroup(partition, shard.replication().leading(), host.timestampMs(), stamped);
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
      AppendChecks.checkInSync(next);
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
    } catch (RuntimeException | Error bug) {
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
      group.succeedAs(next, duplicate);
    }
  }
}
