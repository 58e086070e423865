package io.gofka.log;

import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a log from its folder, after a clean stop as well as after a crash; for a worker.
 *
 * <p>{@link SegmentRecovery} finds the segments and refuses what contradicts itself. Producer state
 * and leader epochs are brought up to date from the headers of what their files don't know. Only
 * when all is found to be right, what is left over from the last life is removed; so opening a
 * damaged log again gives the same answer again.
 */
final class LogRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final LogConfig config;
  private final long timestampMs;
  private final List<Long> baseOffsets = new ArrayList<>();
  private final List<Long> indexOffsets = new ArrayList<>();
  private final List<Long> snapshotOffsets = new ArrayList<>();
  private final List<Long> deletedOffsets = new ArrayList<>();
  private final List<String> leftovers = new ArrayList<>();
  private final AbortedRecovery aborted;
  private CleanerCheckpoint cleaned = CleanerCheckpoint.NEVER_CLEANED;

  private LogRecovery(
      LogDisk disk, String folder, TopicIdPartition partition, LogConfig config, long timestampMs) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.config = config;
    this.timestampMs = timestampMs;
    this.aborted = new AbortedRecovery(disk, folder);
  }

  /**
   * @param timestampMs wall clock
   * @param jitter see {@link PartitionLog}
   * @throws LogCorruptException when something that was durable is missing or damaged
   * @throws IOException when the disk fails
   */
  static PartitionLog open(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LogConfig config,
      long timestampMs,
      double jitter)
      throws IOException {
    LogRecovery recovery = new LogRecovery(disk, folder, partition, config, timestampMs);
    RecoveredLog recovered = recovery.recover();
    PartitionLog log = new PartitionLog(disk, folder, partition, config, recovered, jitter);
    log.compaction().restore(recovery.cleaned);
    return log;
  }

  private RecoveredLog recover() throws IOException {
    List<String> names = disk.list(folder);
    if (SegmentSwap.isInterrupted(names)) {
      SegmentSwap.recover(disk, folder, partition);
      names = disk.list(folder);
    }
    if (names.contains(LogFiles.CLEANER_OFFSET)) {
      cleaned = CleanerCheckpoint.read(disk, folder, partition);
    }
    for (String name : names) {
      LogFiles.offset(name, LogFiles.SEGMENT).ifPresent(baseOffsets::add);
      LogFiles.offset(name, LogFiles.INDEX).ifPresent(indexOffsets::add);
      LogFiles.offset(name, LogFiles.PRODUCERS).ifPresent(snapshotOffsets::add);
      LogFiles.offset(name, LogFiles.SEGMENT + LogFiles.DELETED).ifPresent(deletedOffsets::add);
      if (name.endsWith(LogFiles.DELETED) || name.endsWith(LogFiles.TEMPORARY)) {
        leftovers.add(name);
      }
    }
    long storedLogStart = LogStartFile.read(disk, folder, partition);
    Optional<LeaderEpochs> stored = storedEpochs();
    // The file may be missing: the first epoch begins where the log did when it was stored.
    long knownLogStart = Math.max(storedLogStart, stored.map(LeaderEpochs::firstOffset).orElse(0L));
    SegmentRecovery.Result found =
        new SegmentRecovery(
                disk, folder, partition, config, timestampMs, cleaned, deletedOffsets, aborted)
            .recover(baseOffsets, indexOffsets, knownLogStart, syncedBefore(stored));
    long logStartOffset = found.logStartOffset();
    List<Segment> segments = found.segments();
    Segment active = segments.get(segments.size() - 1);
    LogSnapshots.Found snapshot =
        LogSnapshots.load(
            disk,
            folder,
            partition,
            snapshotOffsets,
            segments.get(0).baseOffset(),
            active.endOffset(),
            timestampMs);
    Optional<LeaderEpochs> known = stored.filter(epochs -> knowsAll(epochs, found, logStartOffset));
    LeaderEpochs epochs = known.orElseGet(LeaderEpochs::new);
    // What lies behind may be of another life of the log; its own headers tell.
    epochs.truncateFromEnd(found.provenOffset());
    replay(segments, snapshot, epochs, known.isPresent() ? found.provenOffset() : 0);
    epochs.beginAt(logStartOffset);
    LogSnapshots snapshots = new LogSnapshots(disk, folder, partition, snapshotOffsets);
    RecoveryPoint recoveryPoint =
        new RecoveryPoint(disk, folder, partition, epochs, snapshot.state(), snapshots);
    Proven proven = prove(found, active, recoveryPoint);
    if (leftovers.contains(LogFiles.TRUNCATION)) {
      // Else another crash could bring back in the place of new records what was cut.
      repair(List.of(active), found.provenOffset());
    }
    if (cleaned.equals(CleanerCheckpoint.UNKNOWN)) {
      // What gaps there are is known now: those of the segments that were found to be right.
      cleaned = new CleanerCheckpoint(0, active.baseOffset() + 1);
      cleaned.write(disk, folder, partition);
    }
    nameOwner();
    if (logStartOffset > storedLogStart) {
      LogStartFile.write(disk, folder, partition, logStartOffset);
    }
    removeLeftovers(found.leftovers());
    return new RecoveredLog(
        segments,
        logStartOffset,
        proven.flushedOffset(),
        proven.unproven(),
        epochs,
        snapshot.state(),
        snapshots,
        recoveryPoint);
  }

  private Optional<LeaderEpochs> storedEpochs() throws IOException {
    return disk.readStart(LogFiles.in(folder, LogFiles.LEADER_EPOCHS), LogFiles.MAX_SIDE_FILE_BYTES)
        .flatMap(file -> Stamp.fromText(partition, LogFiles.LEADER_EPOCHS, file))
        .flatMap(LeaderEpochs::decode);
  }

  /** Snapshots and epochs are written only once everything before them is durable. */
  private long syncedBefore(Optional<LeaderEpochs> stored) {
    long synced = snapshotOffsets.isEmpty() ? 0 : snapshotOffsets.get(snapshotOffsets.size() - 1);
    List<OffsetAndEpoch> entries = stored.map(LeaderEpochs::entries).orElse(List.of());
    return entries.isEmpty() ? synced : Math.max(synced, entries.get(entries.size() - 1).offset());
  }

  /** An older copy of the file lacks epochs that an index knows of. */
  private static boolean knowsAll(
      LeaderEpochs epochs, SegmentRecovery.Result found, long logStartOffset) {
    if (epochs.epochAt(logStartOffset) == LeaderEpochs.NONE) {
      return false;
    }
    for (Segment segment : found.segments()) {
      long last = segment.endOffset() - 1;
      if (segment.sizeBytes() > 0
          && last >= logStartOffset
          && last < found.provenOffset()
          && epochs.epochAt(last) != segment.summary().lastEpoch()) {
        return false;
      }
    }
    return true;
  }

  /**
   * A crash may have taken the file that says whose folder this is. Without it, a later topic of
   * the same name would take the records for its own.
   */
  private void nameOwner() throws IOException {
    String file = LogFiles.in(folder, LogFiles.PARTITION_METADATA);
    boolean named =
        disk.readStart(file, PartitionMetadata.MAX_BYTES)
            .flatMap(content -> PartitionMetadata.decode(content, partition.toString()))
            .isPresent();
    if (!named) {
      disk.write(file, PartitionMetadata.encode(partition));
    }
  }

  // ---- proofs

  /**
   * Up to where everything is durable, and what of the last segment a sync alone would not make so.
   */
  private record Proven(long flushedOffset, Optional<SegmentTail> unproven) {}

  /**
   * Catches up on what the crash has prevented, and on what has to be durable before anybody sees
   * it: it may have been written by a process that was killed before it could sync.
   *
   * <p>Otherwise it waits for the first sync of the log: nobody but that one says that it is
   * durable.
   */
  private Proven prove(SegmentRecovery.Result found, Segment active, RecoveryPoint recoveryPoint)
      throws IOException {
    Set<Segment> toProve = new LinkedHashSet<>(found.unproven());
    Set<Segment> toSync = new LinkedHashSet<>();
    int tail = active.sizeBytes() - found.proven().sizeBytes();
    if (tail >= RecoveryPoint.MAX_BYTES || !toProve.isEmpty()) {
      toProve.remove(active); // It comes last: its index vouches for all before it.
      toProve.add(active);
    }
    boolean synced =
        !toProve.isEmpty()
            || config.fsync()
            || config.flushMessages() != Long.MAX_VALUE
            || config.flushMs() != Long.MAX_VALUE;
    if (!toProve.isEmpty() || (tail > 0 && synced)) {
      toSync.addAll(toProve);
      toSync.remove(active);
      toSync.add(active);
      repair(List.copyOf(toSync), found.provenOffset());
    }
    recoveryPoint.catchUp(List.copyOf(toProve));
    recoveryPoint.startAt(
        active, toProve.isEmpty() ? found.proven().sizeBytes() : active.sizeBytes());
    if (synced) {
      return new Proven(active.endOffset(), Optional.empty());
    }
    return new Proven(
        found.provenOffset(),
        tail > 0
            ? Optional.of(SegmentTail.behind(found.proven(), active.summary()))
            : Optional.empty());
  }

  /**
   * The process before may have met a failed sync: what is only read from the page cache is written
   * once more, or syncing it would prove nothing.
   */
  private void repair(List<Segment> segments, long provenOffset) throws IOException {
    LogRepair repair = new LogRepair(disk, folder, segments, provenOffset, true, () -> {});
    try {
      repair.run();
    } finally {
      repair.discard();
      segments.forEach(Segment::close);
    }
  }

  private void removeLeftovers(List<Long> gone) throws IOException {
    for (String name : leftovers) {
      disk.delete(LogFiles.in(folder, name));
    }
    for (long baseOffset : gone) {
      disk.delete(LogFiles.index(folder, baseOffset));
      disk.delete(LogFiles.segment(folder, baseOffset));
    }
    if (!gone.isEmpty()) {
      LOG.info("{}: removed what a deletion had left at {}", partition, gone);
      disk.syncFolder(folder);
    }
  }

  // ---- what the headers tell

  private void replay(
      List<Segment> segments, LogSnapshots.Found snapshot, LeaderEpochs epochs, long epochsKnownTo)
      throws IOException {
    aborted.findBefore(snapshot.offset(), segments);
    long from = Math.min(snapshot.offset(), epochsKnownTo);
    for (Segment segment : segments) {
      if (segment.endOffset() <= from || segment.sizeBytes() == 0) {
        continue;
      }
      int start =
          segment.isIndexed() ? segment.index().positionForOffset(from - segment.baseOffset()) : 0;
      DiskFile file = disk.open(segment.path());
      try {
        HeaderWalk.over(
            file,
            start,
            segment.sizeBytes(),
            segment.baseOffset(),
            batch -> {
              epochs.assign(batch.partitionLeaderEpoch(), batch.baseOffset());
              if (batch.baseOffset() >= snapshot.offset()) {
                snapshot
                    .state()
                    .appended(batch, timestampMs)
                    .ifPresent(transaction -> aborted.found(segment, transaction));
              }
            });
      } finally {
        file.release();
      }
    }
  }
}
