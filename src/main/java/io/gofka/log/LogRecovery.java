package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.PartitionLog.Recovered;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a log from its folder, after a clean stop as well as after a crash; for a worker.
 *
 * <p>What a valid index covers was synced before the index was written and is trusted. The rest is
 * read batch by batch with its CRC, and cut where it ends to make sense. Producer state and leader
 * epochs are brought up to date from the headers of what their files don't know.
 */
final class LogRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final LogConfig config;
  private final long timestampMs;
  private final List<Segment> segments = new ArrayList<>();
  private final List<Segment> toProve = new ArrayList<>();
  // Up to where indexes prove that all is durable, and up to where it is so once recovery is done.
  private long provenOffset;
  private long flushedOffset;
  private long firstDirtyOffset;

  private LogRecovery(
      LogDisk disk, String folder, TopicIdPartition partition, LogConfig config, long timestampMs) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.config = config;
    this.timestampMs = timestampMs;
  }

  /**
   * @param timestampMs wall clock
   * @param jitter see {@link PartitionLog}
   * @throws IOException when the disk fails; a damaged log is repaired, not refused
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
    Recovered recovered = recovery.recover();
    PartitionLog log = new PartitionLog(disk, folder, partition, config, recovered, jitter);
    log.compaction().restore(recovery.firstDirtyOffset);
    return log;
  }

  private Recovered recover() throws IOException {
    List<Long> baseOffsets = new ArrayList<>();
    List<Long> snapshotOffsets = new ArrayList<>();
    List<String> names = disk.list(folder);
    if (SegmentSwap.isInterrupted(names)) {
      SegmentSwap.recover(disk, folder, partition);
      names = disk.list(folder);
    }
    if (names.contains(LogFiles.CLEANER_OFFSET)) {
      firstDirtyOffset = LogCompaction.storedOffset(disk, folder, partition);
    }
    for (String name : names) {
      LogFiles.offset(name, LogFiles.SEGMENT).ifPresent(baseOffsets::add);
      LogFiles.offset(name, LogFiles.PRODUCERS).ifPresent(snapshotOffsets::add);
      if (name.endsWith(LogFiles.DELETED) || name.endsWith(LogFiles.TEMPORARY)) {
        disk.delete(LogFiles.in(folder, name));
      }
    }
    recoverSegments(baseOffsets);
    long logStartOffset = recoverLogStart();
    long logEndOffset = segments.get(segments.size() - 1).endOffset();
    LogSnapshots.Found snapshot =
        LogSnapshots.load(disk, folder, snapshotOffsets, logEndOffset, timestampMs);
    Optional<LeaderEpochs> stored =
        disk.read(LogFiles.in(folder, LogFiles.LEADER_EPOCHS), LogFiles.MAX_SIDE_FILE_BYTES)
            .flatMap(LeaderEpochs::decode)
            // Records whose deletion the crash has undone may lie before what the file knows.
            .filter(known -> known.epochAt(logStartOffset) != LeaderEpochs.NONE);
    LeaderEpochs epochs = stored.orElseGet(LeaderEpochs::new);
    // What lies behind may be of another life of the log; its own headers tell.
    epochs.truncateFromEnd(provenOffset);
    replay(snapshot, epochs, stored.isPresent() ? provenOffset : 0);
    epochs.truncateFromStart(logStartOffset);
    prove(epochs);
    nameOwner();
    snapshotOffsets.removeIf(offset -> offset > snapshot.offset());
    return new Recovered(
        segments, logStartOffset, flushedOffset, epochs, snapshot.state(), snapshotOffsets);
  }

  /**
   * A crash may have taken the file that says whose folder this is. Without it, a later topic of
   * the same name would take the records for its own.
   */
  private void nameOwner() throws IOException {
    String file = LogFiles.in(folder, LogFiles.PARTITION_METADATA);
    boolean named =
        disk.readStart(file, PartitionMetadata.MAX_BYTES)
            .flatMap(PartitionMetadata::decode)
            .isPresent();
    if (!named) {
      disk.write(file, PartitionMetadata.encode(partition.topicId()));
    }
  }

  // ---- segments

  private void recoverSegments(List<Long> baseOffsets) throws IOException {
    boolean proven = true;
    for (int i = 0; i < baseOffsets.size(); i++) {
      long baseOffset = baseOffsets.get(i);
      boolean last = i == baseOffsets.size() - 1;
      if (!segments.isEmpty() && baseOffset < segments.get(segments.size() - 1).endOffset()) {
        setAside(baseOffsets.subList(i, baseOffsets.size()), "they overlap the segment before");
        break;
      }
      Recovery found = recoverSegment(baseOffset, last);
      segments.add(found.segment);
      flushedOffset = found.durableOffset;
      if (proven) {
        provenOffset = found.provenOffset;
      }
      proven &= found.proven;
      List<Long> rest = baseOffsets.subList(i + 1, baseOffsets.size());
      if (!last && (found.cut || endsTooEarly(found, rest))) {
        setAside(rest, "the segment before them has lost its end");
        break;
      }
    }
  }

  /**
   * Whether the power went before all of a segment was on the disk, though the next ones are there:
   * a log has no holes. Where an index proves a later segment, this one was synced before, and only
   * compaction can have taken its last records.
   */
  private boolean endsTooEarly(Recovery found, List<Long> rest) throws IOException {
    if (found.proven || found.segment.endOffset() == rest.get(0)) {
      return false;
    }
    for (long baseOffset : rest) {
      if (summary(baseOffset).isPresent()) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param proven the index covers all of it
   */
  private record Recovery(
      Segment segment, long provenOffset, long durableOffset, boolean proven, boolean cut) {}

  /** What an index says of a segment, if it can be true. */
  private Optional<SegmentSummary> summary(long baseOffset) throws IOException {
    long fileSize = disk.size(LogFiles.segment(folder, baseOffset));
    return disk.readStart(LogFiles.index(folder, baseOffset), IndexFile.HEADER_BYTES)
        .flatMap(header -> IndexFile.decodeSummary(header, partition, baseOffset))
        .filter(known -> known.sizeBytes() <= fileSize);
  }

  private Recovery recoverSegment(long baseOffset, boolean last) throws IOException {
    long fileSize = disk.size(LogFiles.segment(folder, baseOffset));
    int size = (int) Math.min(fileSize, Integer.MAX_VALUE);
    if (!last) {
      Optional<SegmentSummary> sealed =
          summary(baseOffset).filter(known -> known.sizeBytes() == fileSize);
      if (sealed.isPresent()) {
        Segment segment = new Segment(disk, folder, baseOffset, timestampMs, sealed.get());
        long end = segment.endOffset();
        return new Recovery(segment, end, end, true, false);
      }
    }
    Indexed known = proven(baseOffset, size);
    Indexed found = known.summary().sizeBytes() == fileSize ? known : scan(baseOffset, size, known);
    Segment segment = new Segment(disk, folder, baseOffset, timestampMs, found.summary());
    segment.install(found);
    long provenEnd = known.summary().endOffset();
    boolean cut = found.summary().sizeBytes() < fileSize;
    if (cut) {
      cut(segment, fileSize, known.summary());
    }
    if (!last && known.summary().sizeBytes() != found.summary().sizeBytes()) {
      toProve.add(segment);
      return new Recovery(segment, provenEnd, segment.endOffset(), false, cut);
    }
    return new Recovery(segment, provenEnd, provenEnd, false, cut);
  }

  /** The part of a segment that its index proves to be whole. */
  private Indexed proven(long baseOffset, int size) throws IOException {
    String file = LogFiles.index(folder, baseOffset);
    Optional<byte[]> stored = disk.read(file, LogFiles.MAX_SIDE_FILE_BYTES);
    Optional<Indexed> known =
        stored
            .flatMap(content -> IndexFile.decode(content, partition, baseOffset))
            .filter(indexed -> indexed.summary().sizeBytes() <= size);
    if (stored.isPresent() && known.isEmpty()) {
      // It must not come back once the segment has grown to the size it speaks of.
      disk.delete(file);
      disk.syncFolder(folder);
    }
    return known.orElseGet(() -> new Indexed(SegmentSummary.empty(baseOffset), new SparseIndex()));
  }

  /** Follows the batches from where {@code known} ends for as long as they are whole. */
  private Indexed scan(long baseOffset, int size, Indexed known) throws IOException {
    DiskFile file = disk.open(LogFiles.segment(folder, baseOffset));
    SegmentIndexer indexer = new SegmentIndexer(baseOffset, known.summary(), known.index());
    try (BatchScanner scanner =
        new BatchScanner(
            file, indexer.sizeBytes(), size, indexer.endOffset(), BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next() && scanner.crcMatches()) {
        indexer.add(scanner.reloadHeader(), config.indexIntervalBytes());
      }
    } finally {
      file.release();
    }
    return new Indexed(indexer.summary(), indexer.index());
  }

  private void cut(Segment segment, long fileSize, SegmentSummary known) throws IOException {
    LOG.warn(
        "{}: cut {} bytes off {} at offset {}: they are no whole batches",
        partition,
        fileSize - segment.sizeBytes(),
        segment.path(),
        segment.endOffset());
    if (known.sizeBytes() > segment.sizeBytes()) {
      throw new IllegalStateException(segment.path() + " is cut within what its index proves");
    }
    DiskFile file = disk.open(segment.path());
    try {
      file.truncate(segment.sizeBytes());
      file.sync();
    } finally {
      file.release();
    }
  }

  /** The crash came between a roll and the index that follows it: catch up on it. */
  private void prove(LeaderEpochs epochs) throws IOException {
    if (toProve.isEmpty()) {
      return;
    }
    for (Segment segment : toProve) {
      DiskFile file = disk.open(segment.path());
      try {
        file.sync();
      } finally {
        file.release();
      }
    }
    disk.syncFolder(folder);
    Optional<byte[]> changed = epochs.takeChanged();
    if (changed.isPresent()) {
      disk.replace(LogFiles.in(folder, LogFiles.LEADER_EPOCHS), changed.get());
    }
    for (Segment segment : toProve) {
      disk.write(
          LogFiles.index(folder, segment.baseOffset()),
          IndexFile.encode(partition, segment.baseOffset(), segment.summary(), segment.index()));
    }
  }

  /** Segments that can't follow the log are kept for people, but are no part of it. */
  private void setAside(List<Long> baseOffsets, String why) throws IOException {
    LOG.error("{}: segments {} are set aside: {}", partition, baseOffsets, why);
    for (long baseOffset : baseOffsets) {
      disk.delete(LogFiles.index(folder, baseOffset));
      String name = LogFiles.name(baseOffset, LogFiles.SEGMENT);
      disk.rename(LogFiles.in(folder, name), LogFiles.in(folder, name + LogFiles.DAMAGED));
    }
    // Durable before the log goes on: another crash must not bring them back behind new records.
    disk.syncFolder(folder);
  }

  // ---- log start

  private long recoverLogStart() throws IOException {
    long stored =
        disk.read(LogFiles.in(folder, LogFiles.LOG_START), PartitionMetadata.MAX_BYTES)
            .map(LogRecovery::number)
            .orElse(0L);
    if (segments.isEmpty()) {
      startEmptyAt(stored);
    }
    long first = segments.get(0).baseOffset();
    long end = segments.get(segments.size() - 1).endOffset();
    if (stored > end) {
      // Records were deleted up to an offset that the crash has taken from the log's end. Offsets
      // must not be given out twice, so the log goes on there.
      LOG.warn("{}: ends at {}, before its start {}: begins anew there", partition, end, stored);
      for (Segment segment : segments) {
        disk.delete(LogFiles.index(folder, segment.baseOffset()));
        disk.delete(segment.path());
      }
      segments.clear();
      toProve.clear();
      startEmptyAt(stored);
      disk.syncFolder(folder);
    }
    return Math.max(stored, first);
  }

  private void startEmptyAt(long offset) throws IOException {
    disk.open(LogFiles.segment(folder, offset)).release();
    segments.add(Segment.empty(disk, folder, offset, timestampMs));
    provenOffset = offset;
    flushedOffset = offset;
  }

  private static long number(byte[] content) {
    try {
      return Math.max(0, Long.parseLong(new String(content, StandardCharsets.UTF_8).trim()));
    } catch (NumberFormatException damaged) {
      return 0;
    }
  }

  // ---- what the headers tell

  private void replay(LogSnapshots.Found snapshot, LeaderEpochs epochs, long epochsKnownTo)
      throws IOException {
    long from = Math.min(snapshot.offset(), epochsKnownTo);
    for (Segment segment : segments) {
      if (segment.endOffset() <= from || segment.sizeBytes() == 0) {
        continue;
      }
      int start =
          segment.isIndexed() ? segment.index().positionForOffset(from - segment.baseOffset()) : 0;
      DiskFile file = disk.open(segment.path());
      try (BatchScanner scanner =
          new BatchScanner(
              file,
              start,
              segment.sizeBytes(),
              segment.baseOffset(),
              BatchScanner.SCAN_CHUNK_BYTES)) {
        while (scanner.next()) {
          epochs.assign(scanner.header().partitionLeaderEpoch(), scanner.header().baseOffset());
          if (scanner.header().baseOffset() >= snapshot.offset()) {
            snapshot.state().appended(scanner.header(), timestampMs);
          }
        }
      } finally {
        file.release();
      }
    }
  }
}
