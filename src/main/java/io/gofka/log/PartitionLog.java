package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.log.compact.LastRecord;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The log of one partition: decides offsets, segments, what is readable and what is too old.
 *
 * <p>Confined to its owner's thread; the owner passes in the time. Appending and reading touch only
 * the page cache. Everything that waits for the disk is handed out as a {@link Chore} ({@link
 * #takeChores}) for a worker. An {@link IOException} from any method means that the disk has
 * failed: nothing may be appended before {@link #repair} is through.
 *
 * <p>{@code logStartOffset} is the first readable offset, {@code logEndOffset} the next one to be
 * given out, {@code highWatermark} the first one not yet committed.
 */
final class PartitionLog {
  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final SegmentList segments;
  private final LeaderEpochs epochs;
  private final ProducerState producers;
  private final LogSnapshots snapshots;
  private final LogReader reader;
  private final LogRetention retention;
  private final LogCompaction compaction;
  private final RecoveryPoint recoveryPoint;
  private final LogAppender appender;
  private final List<Chore> chores = new ArrayList<>();
  private LogConfig config;
  private final LogDurability durability;
  private long highWatermark;

  /**
   * A log as recovery has found it.
   *
   * @param jitter 0 to 1: how much of the allowed segment jitter this log takes
   */
  PartitionLog(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LogConfig config,
      RecoveredLog recovered,
      double jitter) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.config = config;
    this.segments = new SegmentList(recovered.segments());
    this.epochs = recovered.epochs();
    this.producers = recovered.producers();
    this.snapshots = recovered.snapshots();
    this.recoveryPoint = recovered.recoveryPoint();
    this.retention =
        new LogRetention(this, segments, epochs, recoveryPoint, disk, recovered.logStartOffset());
    this.reader = new LogReader(this, segments, disk);
    this.compaction = new LogCompaction(this, segments, disk);
    this.highWatermark = recovered.logStartOffset();
    this.producers.onCommitted(highWatermark);
    this.durability =
        new LogDurability(
            disk, folder, segments, config, recovered.flushedOffset(), recovered.unproven());
    this.appender = new LogAppender(this, segments, recoveryPoint, jitter);
  }

  private PartitionLog(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LogConfig config,
      long timestampMs,
      double jitter) {
    this(
        disk,
        folder,
        partition,
        config,
        RecoveredLog.nothing(disk, folder, partition, timestampMs),
        jitter);
    appender.notOnDisk();
  }

  /** A log without a record. Its folder is made when the first one comes. */
  static PartitionLog create(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LogConfig config,
      long timestampMs,
      double jitter) {
    return new PartitionLog(disk, folder, partition, config, timestampMs, jitter);
  }

  TopicIdPartition partition() {
    return partition;
  }

  LogConfig config() {
    return config;
  }

  void updateConfig(LogConfig changed) {
    config = changed;
    appender.updateConfig(changed);
    compaction.onConfig();
    durability.updateConfig(changed);
  }

  /** From now on the files it opens count among these. */
  void track(OpenFiles files) {
    segments.track(files);
  }

  /** Where it lies; the folder can exist only if {@link #isOnDisk}. */
  String folder() {
    return folder;
  }

  /** See {@link LogDisk#isSyncing}. */
  boolean isDiskSyncing() {
    return disk.isSyncing();
  }

  boolean isOnDisk() {
    return appender.hasBegun();
  }

  long logStartOffset() {
    return retention.logStartOffset();
  }

  long logEndOffset() {
    return active().endOffset();
  }

  long highWatermark() {
    return highWatermark;
  }

  /** The end of what transactions have decided: before it, none is open or undecided. */
  long lastStableOffset() {
    OptionalLong unstable = producers.firstUnstableOffset();
    return unstable.isEmpty()
        ? highWatermark
        : Math.min(highWatermark, Math.max(unstable.getAsLong(), logStartOffset()));
  }

  /** What readers ask. */
  LogReader reader() {
    return reader;
  }

  LogDurability durability() {
    return durability;
  }

  /** Records below this offset are on disk for good. */
  long flushedOffset() {
    return durability.flushedOffset();
  }

  long sizeBytes() {
    return segments.sizeBytes();
  }

  /** All, the one that is written to last. */
  List<Segment> segments() {
    return segments.all();
  }

  int segmentCount() {
    return segments.count();
  }

  int latestEpoch() {
    return epochs.latest();
  }

  int epochAt(long offset) {
    return epochs.epochAt(offset);
  }

  Optional<OffsetAndEpoch> epochEnd(int leaderEpoch) {
    return epochs.endOf(leaderEpoch, logEndOffset());
  }

  /** This node leads the partition from now on: what is appended next is of that epoch. */
  void becomeLeader(int leaderEpoch) {
    beginEpoch(leaderEpoch, logEndOffset());
  }

  /**
   * This node copies the log from its leader from now on. An epoch in which it has written nothing
   * may be one that no other replica has ever heard of: what it says of itself must not name it.
   */
  void becomeFollower() {
    epochs.truncateFromEnd(logEndOffset());
  }

  /** The first one begins with the log: what lies before its records was compacted, if anything. */
  void beginEpoch(int leaderEpoch, long offset) {
    epochs.assign(leaderEpoch, epochs.latest() == LeaderEpochs.NONE ? logStartOffset() : offset);
  }

  /** Says how far the in-sync replicas have the log; it never goes back. */
  void onCommitted(long offset) {
    highWatermark = Math.max(highWatermark, Math.min(offset, logEndOffset()));
    producers.onCommitted(highWatermark);
  }

  // ---- appending

  /**
   * Where a producer's batch lies already, if this is a repetition.
   *
   * @throws ApiException INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE
   */
  Optional<Duplicate> duplicateOf(RecordBatch batch) {
    return batch.hasProducerId() ? producers.check(batch) : Optional.empty();
  }

  /** What it knows of producers, to judge what a coordinator writes in their names. */
  ProducerState producers() {
    return producers;
  }

  /**
   * Gives batches their offsets and their place; rolls when that is due. They count only after
   * {@link #commit}.
   *
   * @param batches one after the other in one buffer, {@code sizeBytes} together; base offset and
   *     leader epoch are patched in place
   * @param timestampMs wall clock
   * @throws ApiException RECORD_LIST_TOO_LARGE when they don't fit into any segment
   */
  LogAppend begin(List<RecordBatch> batches, int sizeBytes, int leaderEpoch, long timestampMs)
      throws IOException {
    return appender.begin(batches, sizeBytes, leaderEpoch, timestampMs);
  }

  /**
   * Puts more batches behind those of {@code append}, if they belong into the same segment and the
   * same write.
   *
   * @return false when they must wait for an append of their own
   */
  boolean extend(LogAppend append, List<RecordBatch> batches, int sizeBytes, long timestampMs) {
    return appender.extend(append, batches, sizeBytes, timestampMs);
  }

  /**
   * Gives the first of some batches that a leader has written their place, with the offsets and
   * epochs they have: as many as go into one write. {@link #mustAnnounceGaps} comes first. They
   * count only after {@link #commit}.
   *
   * @param batches checked, see {@link CopiedBatches}; one after the other in one buffer
   * @param timestampMs wall clock
   */
  LogAppend beginCopied(List<RecordBatch> batches, long timestampMs) throws IOException {
    return appender.beginCopied(batches, timestampMs);
  }

  /**
   * Whether copied batches leave offsets out that recovery would take for a loss. The chores that
   * say that they are none are among the next ones, and must be done before the batches are
   * written.
   */
  boolean mustAnnounceGaps(List<RecordBatch> copied) {
    long offset = logEndOffset();
    boolean gaps = false;
    for (RecordBatch batch : copied) {
      gaps |= batch.baseOffset() != offset;
      offset = batch.nextOffset();
    }
    return gaps && compaction.announceGaps(offset);
  }

  /**
   * The bytes of {@code append} are written: from now on they are part of the log.
   *
   * @param timestampMs wall clock
   * @param nowMs monotonic
   */
  void commit(LogAppend append, long timestampMs, long nowMs) {
    appender.commit(append, timestampMs, nowMs);
  }

  /** Ends the active segment and begins the next one; the old one is made durable by a chore. */
  void roll(long timestampMs) throws IOException {
    rollTo(logEndOffset(), timestampMs);
  }

  /** The same when the next record is that far behind: compaction has taken all in between. */
  void rollTo(long nextOffset, long timestampMs) throws IOException {
    proveUpToNow();
    Segment next = Segment.empty(disk, folder, nextOffset, timestampMs);
    segments.add(next);
    // It says where the log ends, also if nothing is ever written to it and the others go.
    chores.add(next::create);
  }

  /** Touches no state, so a worker may do it. */
  void makeFolder() throws IOException {
    disk.createFolder(folder);
    disk.write(
        LogFiles.in(folder, LogFiles.PARTITION_METADATA), PartitionMetadata.encode(partition));
  }

  // ---- what is too old

  /**
   * Records below {@code offset} are not readable any more; segments that lie wholly below it go.
   * The new start is durable once the chores are done.
   *
   * @throws ApiException OFFSET_OUT_OF_RANGE beyond the high watermark
   */
  void deleteBefore(long offset) {
    retention.deleteBefore(offset);
  }

  /**
   * Gives up segments that are too old or too many.
   *
   * @param timestampMs wall clock
   */
  void enforceRetention(long timestampMs) throws IOException {
    retention.enforce(timestampMs);
  }

  /**
   * Gives up what is too old or too much without a write, so that it can be done while the disk
   * takes none; only what is durable is looked at, and the last records stay.
   *
   * @param timestampMs wall clock
   */
  void makeRoom(long timestampMs) {
    retention.makeRoom(timestampMs, Math.min(lastStableOffset(), flushedOffset()));
  }

  /**
   * Ends the active segment when it has records that should have come under compaction by now.
   *
   * @param timestampMs wall clock
   */
  void rollForCompaction(long timestampMs) throws IOException {
    if (appender.mustRollForCompaction(timestampMs)) {
      roll(timestampMs);
    }
  }

  LogCompaction compaction() {
    return compaction;
  }

  /** What compaction has to leave of the producers that may still write, by id. */
  Map<Long, LastRecord> lastRecords() {
    return producers.lastRecords();
  }

  /**
   * Forgets silent producers and closes files that nobody has used since {@code idleSinceMs}
   * (monotonic).
   *
   * @param timestampMs wall clock
   */
  void tidy(long timestampMs, long idleSinceMs) throws IOException {
    producers.expire(timestampMs, config.producerIdExpirationMs());
    if (appender.isOnDisk()
        && (recoveryPoint.isBehind(active(), flushedOffset())
            || recoveryPoint.isLeftBehind(active(), idleSinceMs))) {
      proveUpToNow();
    }
    for (Segment segment : segments.all()) {
      segment.closeIfIdle(idleSinceMs, segment == active());
    }
  }

  // ---- truncation

  /**
   * Drops all batches from the first one on that ends at or behind {@code offset}, and all that is
   * known of them. For a worker: it waits for the disk, and meanwhile nothing else may be done with
   * this log, whose chores must all be done.
   *
   * @return the log that takes the place of this one, which must not be used any more; this one if
   *     there is nothing to drop
   */
  PartitionLog truncateTo(long offset, long timestampMs) throws IOException {
    if (offset >= logEndOffset()) {
      epochs.truncateFromEnd(logEndOffset()); // Though no record goes, an epoch may (KAFKA-10706).
      return this;
    }
    if (offset < logStartOffset()) {
      return truncateFullyAndStartAt(offset, timestampMs);
    }
    new LogTruncation(disk, folder, partition).truncateTo(offset);
    return reopened(timestampMs);
  }

  /** Drops everything; the log begins at {@code offset}. The same rules hold. */
  PartitionLog truncateFullyAndStartAt(long offset, long timestampMs) throws IOException {
    if (!appender.isOnDisk()) {
      makeFolder();
    }
    new LogTruncation(disk, folder, partition).truncateFullyAndStartAt(offset);
    return reopened(timestampMs);
  }

  private PartitionLog reopened(long timestampMs) throws IOException {
    PartitionLog log =
        LogRecovery.open(disk, folder, partition, config, timestampMs, appender.jitter());
    log.onCommitted(highWatermark);
    return log;
  }

  // ---- durability

  /** Syncs all that is written now; it counts in {@link #flushedOffset} when the chore is done. */
  Chore flush() throws IOException {
    return appender.isOnDisk() ? durability.sync(logEndOffset()) : () -> {};
  }

  /** Has all that is written now synced, and written what proves that it needs no recovery. */
  void proveUpToNow() throws IOException {
    chores.add(proof());
  }

  private Chore proof() throws IOException {
    return durability.sync(logEndOffset(), recoveryPoint.advance(active()));
  }

  /**
   * What has to be done after a failure of the disk, in this order, before anything else is: what
   * is in memory is on the disk then, and durable. Nothing may be appended meanwhile.
   *
   * @param syncFailed nothing is believed to be on the disk that was not durable before
   */
  List<Chore> repair(boolean syncFailed) throws IOException {
    if (!appender.isOnDisk()) {
      return List.of();
    }
    List<Segment> unflushed = segments.notBefore(flushedOffset());
    List<Chore> plan = new ArrayList<>();
    plan.add(durability.repair(unflushed, syncFailed, logEndOffset()));
    plan.addAll(recoveryPoint.proveAgain(unflushed));
    return plan;
  }

  /** Makes everything durable so that the next start has nothing to recover. */
  Optional<Chore> close() throws IOException {
    if (!appender.isOnDisk() || (active().sizeBytes() == 0 && segments.count() == 1)) {
      return Optional.empty();
    }
    if (logEndOffset() == flushedOffset()
        && !recoveryPoint.isBehind(active(), flushedOffset())
        && !snapshots.isStale(logEndOffset())) {
      return Optional.empty();
    }
    return Optional.of(proof());
  }

  /** Gives up the open files; what is being sent keeps its own open. */
  void closeFiles() {
    segments.all().forEach(Segment::close);
  }

  void addChore(Chore chore) {
    chores.add(chore);
  }

  /** What a worker has to do next, in this order. */
  List<Chore> takeChores() {
    if (chores.isEmpty()) {
      return List.of();
    }
    List<Chore> taken = List.copyOf(chores);
    chores.clear();
    return taken;
  }

  private Segment active() {
    return segments.last();
  }
}
