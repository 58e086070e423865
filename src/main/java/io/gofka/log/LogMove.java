package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.LogCopy.Last;
import io.gofka.log.LogCopy.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one log to another directory while it is written and read.
 *
 * <ol>
 *   <li>Its segments are copied in chunks into a folder {@code *.<id>-future} there, until little
 *       is left; the copies are checked ({@link LogCopy}) and synced.
 *   <li>Appends wait. What is in memory is made durable as at a clean stop, the rest is copied and
 *       checked with all side files, and everything is synced. The copy gets a greater {@link
 *       MoveCount}.
 *   <li>The copy takes the partition's name, durably; then the original loses it.
 *   <li>The log is opened there, and appends go on.
 * </ol>
 *
 * <p>After a crash before the third step there is the original, and a future folder that nobody
 * looks at; after it there are one or two whole folders with the same records, and the count tells
 * which one stays. On the shard's thread; what blocks is left to the workers.
 */
final class LogMove {
  private static final Logger LOG = LoggerFactory.getLogger(LogMove.class);

  /** Copied in one go, so that other work on the same worker gets its turn in between. */
  static final int CHUNK_BYTES = 4 << 20;

  /** With so little left, appends may wait for the rest. */
  static final int REST_BYTES = 1 << 20;

  /** After so many rounds of syncing what came meanwhile, appends have to wait for more. */
  static final int MAX_ROUNDS = 20;

  /** One that isn't wanted any more ends that soon, however long it would have to wait. */
  static final long MAX_UNSEEN_MS = 1_000;

  private final LogShard shard;
  private final ShardHost host;
  private final ShardPartition partition;
  private final LogDirectory source;
  private final LogDirectory target;
  private PartitionLog log;
  private final Consumer<LogMove> onEnd;
  private final String folder;
  private final String future;
  private final LogCopy copy;
  private final IdentityHashMap<Segment, Integer> copied = new IdentityHashMap<>();
  private final IdentityHashMap<Segment, Integer> synced = new IdentityHashMap<>();
  private int rounds;
  private boolean cancelled;

  /**
   * @param onEnd called once, however it ends
   */
  LogMove(
      LogShard shard,
      ShardHost host,
      ShardPartition partition,
      LogDirectory target,
      Consumer<LogMove> onEnd) {
    this.shard = shard;
    this.host = host;
    this.partition = partition;
    this.source = partition.directory();
    this.target = target;
    this.log = partition.log();
    this.onEnd = onEnd;
    this.folder = LogDirectory.folderOf(partition.id());
    this.future = LogDirectory.future(folder, host.unique());
    this.copy = new LogCopy(source.disk(), folder, target.disk(), future);
  }

  ShardPartition partition() {
    return partition;
  }

  LogDirectory target() {
    return target;
  }

  /** Bytes that are there already. */
  long copiedBytes() {
    return log.segments().stream().mapToLong(this::copiedOf).sum();
  }

  /** How many offsets the copy is behind, at least. */
  long offsetLag() {
    for (Segment segment : log.segments()) {
      if (copiedOf(segment) < segment.sizeBytes()) {
        return log.logEndOffset() - segment.baseOffset();
      }
    }
    return 0;
  }

  /** The log stays where it is, unless it is too late for that. */
  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  void start() {
    if (cancelled || shard.isStopping() || partition.state() != LogState.SERVING) {
      LOG.info("{}: not moved to {}", partition.id(), target.name());
      onEnd.accept(this);
      return;
    }
    log = partition.log(); // It may be another one than when it was asked to move.
    LOG.info("{}: moving from {} to {}", partition.id(), source.name(), target.name());
    shard
        .work()
        .aside(
            () -> {
              if (target.disk().isFolder(folder)) {
                throw new IOException(target.name() + " has a folder " + folder + " already");
              }
              target.disk().createFolder(future);
              return true;
            },
            done -> step(),
            this::giveUp);
  }

  private boolean isOver() {
    return cancelled
        || shard.isStopping()
        || partition.state() != LogState.SERVING
        || partition.log() != log;
  }

  private int copiedOf(Segment segment) {
    int bytes = copied.getOrDefault(segment, 0);
    return bytes > segment.sizeBytes() ? 0 : bytes;
  }

  private void step() {
    if (isOver()) {
      giveUp(new IOException("the move is not wanted any more"));
      return;
    }
    long left = 0;
    Optional<Segment> next = Optional.empty();
    for (Segment segment : log.segments()) {
      int rest = segment.sizeBytes() - copiedOf(segment);
      left += rest;
      if (rest > 0 && next.isEmpty()) {
        next = Optional.of(segment);
      }
    }
    try {
      if (left > REST_BYTES && rounds < MAX_ROUNDS) {
        copy(next.orElseThrow());
      } else if (rounds < MAX_ROUNDS && syncMore()) {
        rounds++;
      } else {
        partition.appends().whenNotWriting(this::holdAppends);
      }
    } catch (IOException failure) {
      giveUp(failure);
    }
  }

  private void copy(Segment segment) throws IOException {
    int from = copiedOf(segment);
    int chunkBytes = host.piece(CopyThrottles.Side.MOVING, CHUNK_BYTES);
    int to = Math.min(segment.sizeBytes(), from + chunkBytes);
    Part part = new Part(segment, segment.file().retain(), from, to);
    shard
        .work()
        .aside(
            () -> {
              try {
                copy.copy(part);
              } finally {
                part.file().release();
              }
              return true;
            },
            done -> {
              copied.put(segment, to);
              synced.remove(segment);
              goOnIn(host.throttleMs(CopyThrottles.Side.MOVING, to - from));
            },
            this::giveUp);
  }

  private void goOnIn(long waitMs) {
    if (waitMs == 0 || isOver()) {
      step();
      return;
    }
    long partMs = Math.min(waitMs, MAX_UNSEEN_MS);
    host.after(partMs, () -> goOnIn(waitMs - partMs));
  }

  /** Syncs what is copied, if any of it isn't yet. */
  private boolean syncMore() {
    List<Segment> toSync = new ArrayList<>();
    for (Segment segment : log.segments()) {
      if (copiedOf(segment) > 0 && synced.getOrDefault(segment, 0) < copiedOf(segment)) {
        toSync.add(segment);
      }
    }
    if (toSync.isEmpty()) {
      return false;
    }
    List<Long> baseOffsets = toSync.stream().map(Segment::baseOffset).toList();
    shard
        .work()
        .aside(
            () -> {
              for (long baseOffset : baseOffsets) {
                copy.sync(baseOffset);
              }
              return true;
            },
            done -> {
              toSync.forEach(segment -> synced.put(segment, copiedOf(segment)));
              step();
            },
            this::giveUp);
    return true;
  }

  // ---- with appends held

  /** Called when no write is under way; those that wait for their turn wait for the move now. */
  private void holdAppends() {
    if (isOver()) {
      giveUp(new IOException("the move is not wanted any more"));
      return;
    }
    if (partition.appends().isWriting()) {
      partition.appends().whenNotWriting(this::holdAppends); // Somebody else was quicker.
      return;
    }
    partition.appends().beginWriting();
    shard.work().doChores(partition);
    Optional<Chore> seal;
    try {
      seal = log.close();
    } catch (IOException failure) {
      goOn();
      giveUp(failure);
      return;
    }
    if (seal.isEmpty() && partition.chores().isEmpty()) {
      finish();
      return;
    }
    // Behind all that was given out before, syncs above all.
    shard
        .work()
        .doInOrder(
            partition,
            seal.orElse(() -> {}),
            this::finish,
            () -> {
              goOn();
              giveUp(new IOException("the log could not be made durable"));
            });
  }

  private void goOn() {
    partition.held(false);
    partition.appends().endWriting();
    shard.appends().proceed(partition);
  }

  /** How far the last step has come. */
  private enum Reached {
    ORIGINAL_STAYS,
    NOBODY_KNOWS,
    COPY_STAYS
  }

  private record Outcome(
      Reached reached, Optional<PartitionLog> opened, Optional<Exception> failure) {}

  private void finish() {
    if (isOver()) {
      goOn();
      giveUp(new IOException("the move is not wanted any more"));
      return;
    }
    partition.held(true);
    List<Last> rest = new ArrayList<>();
    try {
      for (Segment segment : log.segments()) {
        int from = copiedOf(segment);
        Part part = new Part(segment, segment.file().retain(), from, segment.sizeBytes());
        rest.add(new Last(part, segment.summary().headerHash()));
      }
    } catch (IOException failure) {
      release(rest);
      goOn();
      giveUp(failure);
      return;
    }
    shard
        .work()
        .inOrder(
            () -> {
              try {
                return switchOver(rest);
              } finally {
                release(rest);
              }
            },
            this::ended,
            bug -> {
              onEnd.accept(this);
              partition.held(false);
              partition.appends().endWriting();
              shard.failures().onBug(partition, bug);
            });
  }

  private static void release(List<Last> rest) {
    rest.forEach(each -> each.rest().file().release());
  }

  /** On the worker. */
  private Outcome switchOver(List<Last> rest) {
    try {
      copy.complete(rest);
      open(future).closeFiles(); // A copy that can't be opened must not take the original's place.
    } catch (IOException failure) {
      return new Outcome(Reached.ORIGINAL_STAYS, Optional.empty(), Optional.of(failure));
    }
    try {
      target.disk().rename(future, folder);
      target.disk().syncFolder(LogDisk.ROOT); // Before that the original must not go.
    } catch (IOException failure) {
      boolean untouched = target.disk().isFolder(future);
      return new Outcome(
          untouched ? Reached.ORIGINAL_STAYS : Reached.NOBODY_KNOWS,
          Optional.empty(),
          Optional.of(failure));
    }
    try {
      return new Outcome(Reached.COPY_STAYS, Optional.of(open(folder)), Optional.empty());
    } catch (LogCorruptException damaged) {
      return new Outcome(Reached.NOBODY_KNOWS, Optional.empty(), Optional.of(damaged));
    } catch (IOException failure) {
      return new Outcome(Reached.COPY_STAYS, Optional.empty(), Optional.of(failure));
    }
  }

  private PartitionLog open(String folderOnTarget) throws IOException {
    TopicIdPartition id = partition.id();
    return LogRecovery.open(
        target.disk(),
        folderOnTarget,
        id,
        partition.config(),
        host.timestampMs(),
        ShardOpening.jitter(id));
  }

  private void ended(Outcome outcome) {
    if (outcome.reached() == Reached.ORIGINAL_STAYS) {
      goOn();
      giveUp(outcome.failure().orElseThrow());
      return;
    }
    onEnd.accept(this);
    if (outcome.reached() == Reached.NOBODY_KNOWS) {
      partition.held(false);
      partition.appends().endWriting();
      shard
          .failures()
          .onUndecided(
              partition,
              "a move to "
                  + target.name()
                  + " has failed, the next start tells where it lies: "
                  + outcome.failure().orElseThrow());
      return;
    }
    shard.opening().folders().discard(source, folder);
    if (partition.isGone()) {
      outcome.opened().ifPresent(PartitionLog::closeFiles);
      shard.opening().folders().discard(target, folder);
      partition.appends().endWriting();
      return;
    }
    shard.directories().removed(source);
    shard.directories().added(target);
    partition.place(target);
    partition.chores().discard();
    if (outcome.opened().isEmpty()) {
      partition.held(false);
      partition.appends().endWriting();
      shard.failures().onLostSight(partition, outcome.failure().orElseThrow());
      return;
    }
    serve(outcome.opened().get());
  }

  private void serve(PartitionLog opened) {
    long startOffset = log.logStartOffset();
    log.takeChores().forEach(Chore::discard);
    partition.replaceLog(opened);
    if (startOffset > opened.logStartOffset()) {
      opened.deleteBefore(startOffset);
    }
    LOG.info("{}: moved from {} to {}", partition.id(), source.name(), target.name());
    partition.held(false);
    partition.appends().endWriting();
    shard.work().doChores(partition);
    shard.replication().onLogChanged(partition);
    shard.appends().proceed(partition);
  }

  private void giveUp(Throwable why) {
    if (isOver()) {
      LOG.info("{}: not moved to {}: {}", partition.id(), target.name(), why.toString());
    } else {
      LOG.error(
          "{}: can't be moved from {} to {}, it stays: {}",
          partition.id(),
          source.name(),
          target.name(),
          why.toString());
    }
    onEnd.accept(this);
    shard.opening().folders().delete(target, future);
  }
}
