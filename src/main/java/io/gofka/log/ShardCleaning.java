package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.FindDirtiestLog.DirtyLog;
import io.gofka.log.LogCleaning.Cleaned;
import io.gofka.log.compact.CleaningScope;
import io.gofka.log.compact.SegmentShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The compaction of a {@link LogShard}'s logs, on the shard's thread: which log is the dirtiest,
 * and the steps of a cleaning, whose work is done by threads that nothing else waits for. Only the
 * renaming that puts a new segment in place is a chore of the log like others.
 *
 * <p>A cleaning that fails concerns its log alone: it is not compacted any more, or not for a
 * while, and everything else goes on.
 */
final class ShardCleaning {
  private static final Logger LOG = LoggerFactory.getLogger(ShardCleaning.class);

  /** After a failure of the disk, or for lack of memory, nobody tries again before that time. */
  static final long RETRY_MS = 600_000;

  private final LogShard shard;
  private final ShardHost host;
  private final Map<TopicIdPartition, Run> runs = new HashMap<>();
  private boolean stopping;

  ShardCleaning(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /** A cleaning under way. */
  private static final class Run {
    private final ShardPartition partition;
    private final PartitionLog log;
    private final LogCleaning cleaning;
    private final CleanerLimits limits;
    private final long beganMs;
    private final long bytesBefore;
    private final List<Runnable> afterwards = new ArrayList<>();

    Run(ShardPartition partition, LogCleaning cleaning, CleanerLimits limits, long beganMs) {
      this.partition = partition;
      this.log = partition.log();
      this.cleaning = cleaning;
      this.limits = limits;
      this.beganMs = beganMs;
      this.bytesBefore = log.sizeBytes();
    }

    TopicIdPartition id() {
      return partition.id();
    }
  }

  // ---- which

  /** The log that needs it most, by the share of it that isn't compacted yet. */
  Optional<DirtyLog> dirtiest() {
    Optional<DirtyLog> dirtiest = Optional.empty();
    for (ShardPartition partition : shard.partitions()) {
      if (!canBeCleaned(partition)) {
        continue;
      }
      rollIfOverdue(partition);
      Optional<CleaningScope> scope = due(partition);
      if (scope.isPresent()
          && (dirtiest.isEmpty() || scope.get().dirtyRatio() > dirtiest.get().dirtyRatio())) {
        dirtiest = Optional.of(new DirtyLog(partition.id(), scope.get().dirtyRatio()));
      }
    }
    return dirtiest;
  }

  private boolean canBeCleaned(ShardPartition partition) {
    return !stopping
        && partition.state() == LogState.SERVING
        && partition.log().config().compact()
        && !runs.containsKey(partition.id())
        && shard.moves().of(partition).isEmpty();
  }

  private Optional<CleaningScope> due(ShardPartition partition) {
    double minDirtyRatio = partition.log().config().cleaning().minDirtyRatio();
    return partition
        .log()
        .compaction()
        .scope(host.timestampMs())
        .filter(scope -> scope.isDue(minDirtyRatio));
  }

  private void rollIfOverdue(ShardPartition partition) {
    if (partition.appends().isWriting()) {
      return; // The next look is soon enough; now a worker may be writing to it.
    }
    try {
      partition.log().rollForCompaction(host.timestampMs());
      shard.work().doChores(partition);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
    }
  }

  // ---- one cleaning, step by step

  /**
   * Begins to clean a log.
   *
   * @param ended told when it is over, however it has ended
   * @return false when there is nothing to clean after all
   */
  boolean clean(CleanLog request, Consumer<TopicIdPartition> ended) {
    Optional<ShardPartition> found =
        shard.partition(request.partition()).filter(this::canBeCleaned);
    Optional<CleaningScope> scope = found.flatMap(this::due);
    if (scope.isEmpty()) {
      return false;
    }
    ShardPartition partition = found.get();
    LogCompaction compaction = partition.log().compaction();
    LogCleaning cleaning =
        new LogCleaning(
            compaction.plan(scope.get(), host.timestampMs()),
            request.limits(),
            host.unique(),
            host);
    compaction.begin(cleaning);
    Run run = new Run(partition, cleaning, request.limits(), host.nowMs());
    run.afterwards.add(() -> ended.accept(request.partition()));
    runs.put(partition.id(), run);
    onWorker(run, cleaning::readKeys, groups -> cleanNext(run, groups.iterator()));
    return true;
  }

  private void cleanNext(Run run, Iterator<List<SegmentShape>> groups) {
    if (mustEnd(run)) {
      end(run);
      return;
    }
    if (!groups.hasNext()) {
      complete(run);
      return;
    }
    List<SegmentShape> group = groups.next();
    long nextBaseOffset = run.log.compaction().nextBaseOffset(group.get(group.size() - 1));
    onWorker(
        run,
        () -> run.cleaning.clean(group, nextBaseOffset),
        cleaned -> replace(run, cleaned, groups));
  }

  private void replace(Run run, Cleaned cleaned, Iterator<List<SegmentShape>> groups) {
    if (!cleaned.changed()) {
      cleaned.release();
      cleanNext(run, groups);
      return;
    }
    if (mustEnd(run)) {
      cleaned.release();
      onWorker(
          run,
          () -> {
            run.cleaning.discard(cleaned);
            return true;
          },
          discarded -> end(run));
      return;
    }
    run.log.compaction().replace(cleaned);
    shard.work().doChores(run.partition, () -> cleanNext(run, groups), () -> end(run));
  }

  private void complete(Run run) {
    Chore checkpoint = run.log.compaction().cleanedUpTo(run.cleaning.endOffset());
    onWorker(
        run,
        () -> {
          checkpoint.run();
          return true;
        },
        written -> {
          LOG.info(
              "{}: compacted up to offset {} in {} ms: {} of {} bytes are left",
              run.id(),
              run.cleaning.endOffset(),
              host.nowMs() - run.beganMs,
              run.log.sizeBytes(),
              run.bytesBefore);
          end(run);
        });
  }

  private <T> void onWorker(Run run, Callable<T> work, Consumer<T> done) {
    host.cleaning(run.limits.threads(), work, done, failure -> fail(run, failure));
  }

  private boolean mustEnd(Run run) {
    return stopping
        || run.cleaning.isAborted()
        || run.partition.state() != LogState.SERVING
        || run.partition.log() != run.log;
  }

  private void fail(Run run, Throwable failure) {
    if (!mustEnd(run)) {
      boolean mayPass =
          (failure instanceof IOException && !(failure instanceof LogCorruptException))
              || failure instanceof VirtualMachineError;
      run.log.compaction().failedUntil(mayPass ? host.timestampMs() + RETRY_MS : Long.MAX_VALUE);
      LOG.error(
          "{}: can't be compacted in {}, {}; everything else goes on: {}",
          run.id(),
          run.partition.directory().name(),
          mayPass ? "which is tried again later" : "and stays as it is",
          failure.toString());
      LOG.debug("{}: where compaction has failed", run.id(), failure);
    }
    end(run);
  }

  private void end(Run run) {
    run.cleaning.release();
    run.log.compaction().end();
    runs.remove(run.id());
    if (!stopping && run.partition.state() == LogState.SERVING && run.partition.log() == run.log) {
      enforceRetention(run);
    }
    run.afterwards.forEach(Runnable::run);
  }

  /** What had to wait for the end. */
  private void enforceRetention(Run run) {
    if (run.partition.appends().isWriting()) {
      return;
    }
    try {
      run.log.enforceRetention(host.timestampMs());
      shard.work().doChores(run.partition);
    } catch (IOException failure) {
      shard.failures().onFailure(run.partition, failure);
    }
  }

  // ---- when somebody else needs the log

  /** Runs {@code action} once no cleaning of the partition is under way: it is ended early. */
  void afterCleaning(TopicIdPartition partition, Runnable action) {
    Run run = runs.get(partition);
    if (run == null) {
      action.run();
    } else {
      run.cleaning.abort();
      run.afterwards.add(action);
    }
  }

  /** Ends them all early, begins no other, and runs {@code action} then. */
  void stop(Runnable action) {
    stopping = true;
    List<Run> toEnd = List.copyOf(runs.values());
    if (toEnd.isEmpty()) {
      action.run();
      return;
    }
    toEnd.forEach(run -> run.cleaning.abort());
    toEnd.forEach(run -> run.afterwards.add(() -> runIfNone(action)));
  }

  private void runIfNone(Runnable action) {
    if (runs.isEmpty()) {
      action.run();
    }
  }
}
