package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a partition whose disk has failed, see {@link LogState}, and how it comes back:
 * after a while the directory is tried, and when it takes writes again, every log with refused
 * writes is repaired and served, and logs that could not be opened are opened. On the shard's
 * thread; what blocks is left to the worker.
 */
final class ShardFailures {
  private static final Logger LOG = LoggerFactory.getLogger(ShardFailures.class);

  /** After a failure the disk is tried so soon; each time in vain doubles the wait. */
  static final long FIRST_TRIAL_MS = 200;

  /** The longest wait before the disk is tried again. */
  static final long MAX_TRIAL_MS = 10_000;

  /**
   * When every log directory has been broken for so long, the node can't do what it is there for,
   * and others can: it stops. A disk that is full or read-only is not broken.
   */
  static final long STOP_AFTER_MS = 60_000;

  private static final String PROBE_FILE = ".probe-";

  private final LogShard shard;
  private final ShardHost host;
  private final Set<ShardPartition> failed = new LinkedHashSet<>();
  private long waitMs = FIRST_TRIAL_MS;
  private long servedAgainAtMs;
  private boolean trialDue;
  private int outstanding;

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
    if (failure instanceof SyncFailedException) {
      partition.syncFailed(true);
    }
    if (partition.state() != LogState.SERVING) {
      return;
    }
    LOG.error(
        "{}: writes are refused, reads go on: the disk has failed in {}/{}: {}. Its log is"
            + " repaired and served again as soon as the directory takes writes",
        partition.id(),
        partition.directoryName(),
        partition.log().folder(),
        failure.toString());
    LOG.debug("{}: where the disk has failed", partition.id(), failure);
    partition.become(LogState.WRITES_REFUSED);
    shard.replication().update(partition);
    shard.work().doChores(partition); // They wait with the others until the log is repaired.
    host.soon(() -> shard.appends().proceed(partition));
    shard.announceDirectories();
    tryLater(partition);
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
          partition.directoryName(),
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
    } else if (failure instanceof LogCorruptException) {
      takeOffline(partition, failure.getMessage(), Optional.empty());
    } else if (partition.state() == LogState.OPENING) {
      becomeUnopened(partition, failure);
    }
  }

  private void becomeUnopened(ShardPartition partition, Throwable failure) {
    LOG.error(
        "{}: can't be opened in {}, nothing of it is served: {}. It is tried again",
        partition.id(),
        partition.directoryName(),
        failure.toString());
    LOG.debug("{}: where the disk has failed", partition.id(), failure);
    partition.become(LogState.UNOPENED);
    host.soon(() -> shard.appends().proceed(partition));
    shard.announceDirectories();
    tryLater(partition);
  }

  /** Its log may lie in one directory or in another; who guesses wrong loses records. */
  void onUndecided(ShardPartition partition, String why) {
    takeOffline(partition, why, Optional.empty());
  }

  /** Its log lies in another directory now, but could not be opened there. */
  void onLostSight(ShardPartition partition, Throwable failure) {
    if (failure instanceof LogCorruptException) {
      takeOffline(partition, failure.getMessage(), Optional.empty());
      return;
    }
    partition.openLog().ifPresent(PartitionLog::closeFiles);
    becomeUnopened(partition, failure);
    shard.replication().resign(partition);
    shard.reads().wake(partition);
  }

  private void takeOffline(ShardPartition partition, String why, Optional<Throwable> bug) {
    if (!partition.state().canBecome(LogState.OFFLINE)) {
      return;
    }
    LOG.error(
        "{}: offline, nothing of it is served any more: its log in {} is damaged: {}",
        partition.id(),
        partition.directoryName(),
        why,
        bug.orElse(null));
    partition.openLog().ifPresent(PartitionLog::closeFiles);
    partition.become(LogState.OFFLINE);
    shard.replication().resign(partition);
    shard.work().abandon(partition);
    shard.announceDirectories();
    host.soon(
        () -> {
          shard.appends().proceed(partition);
          shard.reads().wake(partition);
        });
  }

  // ---- trying again

  private void tryLater(ShardPartition partition) {
    if (failed.isEmpty() && host.nowMs() - servedAgainAtMs > MAX_TRIAL_MS) {
      waitMs = FIRST_TRIAL_MS; // Not so when it has hardly held: then the wait goes on growing.
    }
    failed.add(partition);
    setTrial();
  }

  private void setTrial() {
    failed.removeIf(each -> !isToBeTried(each));
    if (!trialDue && outstanding == 0 && !failed.isEmpty() && !shard.isStopping()) {
      trialDue = true;
      host.after(waitMs, this::tryDirectories);
      waitMs = Math.min(2 * waitMs, MAX_TRIAL_MS);
    }
  }

  private static boolean isToBeTried(ShardPartition partition) {
    return partition.state() == LogState.WRITES_REFUSED || partition.state() == LogState.UNOPENED;
  }

  private void tryDirectories() {
    trialDue = false;
    if (shard.isStopping()) {
      return;
    }
    outstanding = 1; // This round itself.
    for (LogDirectory directory : shard.directories().all()) {
      List<ShardPartition> inIt = failed.stream().filter(each -> each.isIn(directory)).toList();
      if (!inIt.isEmpty()) {
        outstanding++;
        tryDirectory(directory, inIt);
      }
    }
    failed.stream().filter(each -> !each.isPlaced()).toList().forEach(this::tryAgain);
    triedOne();
  }

  private void tryDirectory(LogDirectory directory, List<ShardPartition> inIt) {
    shard
        .work()
        .inOrder(
            () -> DirectoryProbe.verdict(directory.disk(), PROBE_FILE + shard.number()),
            verdict -> {
              if (verdict.failure().isPresent()) {
                onUnusable(directory, verdict.failure().get(), verdict.broken());
              } else {
                onUsable(directory);
                inIt.forEach(this::tryAgain);
              }
              triedOne();
            },
            bug -> {
              onUnusable(directory, bug, true);
              triedOne();
            });
  }

  private void onUsable(LogDirectory directory) {
    if (shard.directories().becomeUsable(directory)) {
      LOG.warn("Log directory {} takes writes again", directory.name());
      shard.announceDirectories();
    }
  }

  private void onUnusable(LogDirectory directory, Throwable failure, boolean broken) {
    long nowMs = host.nowMs();
    if (shard.directories().becomeUnusable(directory, failure.toString(), broken, nowMs)) {
      LOG.error(
          "Log directory {} takes no writes: {}. It is tried again every {} s at the latest",
          directory.name(),
          failure.toString(),
          MAX_TRIAL_MS / 1000);
      if (!shard.directories().isAnyUsable()) {
        LOG.error("No log directory takes writes any more");
      }
      shard.announceDirectories();
    }
    if (shard.directories().areAllBroken(STOP_AFTER_MS, nowMs)) {
      host.onAllDirectoriesBroken(
          "All log directories have been broken for "
              + STOP_AFTER_MS / 1000
              + " s, the last failure is in "
              + directory.name()
              + ": "
              + failure);
    }
  }

  private void triedOne() {
    outstanding--;
    if (outstanding == 0) {
      setTrial();
    }
  }

  private void tryAgain(ShardPartition partition) {
    if (partition.state() == LogState.UNOPENED) {
      outstanding++;
      shard.opening().reopen(partition, this::triedOne);
    } else if (partition.state() == LogState.WRITES_REFUSED
        && !partition.appends().isWriting()
        && !partition.chores().isRunning()) {
      repair(partition);
    }
  }

  private void repair(ShardPartition partition) {
    List<Chore> plan = new ArrayList<>();
    try {
      plan.addAll(partition.log().repair(partition.hasSyncFailed()));
    } catch (IOException failure) {
      LOG.debug("{} can't be repaired yet", partition.id(), failure);
      return;
    }
    outstanding++;
    shard
        .work()
        .repair(
            partition,
            plan,
            () -> {
              serveAgain(partition);
              triedOne();
            },
            failure -> {
              onFailure(partition, failure);
              LOG.debug("{} can't be repaired yet", partition.id(), failure);
              triedOne();
            });
  }

  private void serveAgain(ShardPartition partition) {
    failed.remove(partition);
    if (partition.state() != LogState.WRITES_REFUSED) {
      return;
    }
    partition.syncFailed(false);
    partition.become(LogState.SERVING);
    servedAgainAtMs = host.nowMs();
    shard.announceDirectories();
    LOG.warn(
        "{}: the log in {} is repaired, writes are taken again",
        partition.id(),
        partition.directoryName());
    // What was refused while it waited for its sync has become durable: it counts.
    shard.replication().onLogChanged(partition);
    shard.replication().update(partition);
    shard.reads().wake(partition);
  }
}
