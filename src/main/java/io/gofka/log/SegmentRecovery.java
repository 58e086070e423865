package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.SegmentScan.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the segments of a log after a crash; for a worker.
 *
 * <p>What a valid index covers was synced before the index was written. Chores of a log run in
 * order, so that with a part of a segment everything before it was synced, too; producer snapshots
 * and leader epochs are written after a sync as well. All this together says up to where the log
 * was durable. Behind that, what is no whole batch is torn and is cut. Before it, whatever is
 * missing or damaged was once durable: {@link LogCorruptException}, and nothing is touched.
 */
final class SegmentRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final LogConfig config;
  private final long timestampMs;
  private final CleanerCheckpoint cleaned;
  private final List<Long> deletedOffsets;
  private final AbortedRecovery aborted;
  private final Map<Long, SegmentSummary> summaries = new HashMap<>();
  private final Map<Long, List<AbortedTransaction>> knownAborted = new HashMap<>();
  private final List<Long> damagedIndexes = new ArrayList<>();
  private final List<Segment> segments = new ArrayList<>();
  private final List<Segment> unproven = new ArrayList<>();
  private long logStartOffset;
  private long syncedOffset;
  private long provenOffset;
  private SegmentSummary proven = SegmentSummary.empty(0);

  /**
   * What was found.
   *
   * @param unproven those no longer written to whose index doesn't cover them, and the last one if
   *     its index is damaged
   * @param leftovers base offsets of segments below the log start that are to be removed
   * @param logStartOffset the first readable offset
   * @param provenOffset up to where indexes say that nothing was to be read
   * @param proven the same of the last segment
   */
  record Result(
      List<Segment> segments,
      List<Segment> unproven,
      List<Long> leftovers,
      long logStartOffset,
      long provenOffset,
      SegmentSummary proven) {}

  /**
   * @param timestampMs wall clock
   * @param cleaned what compaction has done to the log
   * @param deletedOffsets of segments that were renamed to be removed
   */
  SegmentRecovery(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LogConfig config,
      long timestampMs,
      CleanerCheckpoint cleaned,
      List<Long> deletedOffsets,
      AbortedRecovery aborted) {
    this.cleaned = cleaned;
    this.deletedOffsets = deletedOffsets;
    this.aborted = aborted;
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.config = config;
    this.timestampMs = timestampMs;
  }

  /**
   * @param baseOffsets of the segments there are, ascending
   * @param indexOffsets of the indexes there are
   * @param syncedBefore up to where other files show that the log was durable
   */
  Result recover(List<Long> baseOffsets, List<Long> indexOffsets, long logStart, long syncedBefore)
      throws IOException {
    logStartOffset = logStart;
    if (!baseOffsets.isEmpty() && wereDeletedBefore(baseOffsets.get(0))) {
      logStartOffset = Math.max(logStart, baseOffsets.get(0));
    }
    int first = 0;
    while (first + 1 < baseOffsets.size() && baseOffsets.get(first + 1) <= logStartOffset) {
      first++;
    }
    List<Long> live = baseOffsets.subList(first, baseOffsets.size());
    readIndexes(baseOffsets, first, indexOffsets);
    collectEvidence(indexOffsets, syncedBefore);
    if (!live.isEmpty() && live.get(0) > logStartOffset) {
      if (syncedOffset > 0) {
        throw corrupt(
            "its first segment begins at " + live.get(0) + ", the log at " + logStartOffset,
            logStartOffset);
      }
      setAside(live); // The crash has taken even the name of the first one.
    } else {
      walk(live);
    }
    long end = segments.isEmpty() ? 0 : last().endOffset();
    if (end < syncedOffset) {
      throw corrupt("it ends at " + end, end);
    }
    List<Long> leftovers = new ArrayList<>(baseOffsets.subList(0, first));
    indexOffsets.stream()
        .filter(offset -> !live.contains(offset) && !leftovers.contains(offset))
        .forEach(leftovers::add);
    if (segments.isEmpty() || end < logStartOffset) {
      startAnew(live, end, leftovers);
    } else {
      goOnBehindCompacted();
    }
    return new Result(segments, unproven, leftovers, logStartOffset, provenOffset, proven);
  }

  /** A full disk had no room for the new log start, but the old segments could be renamed. */
  private boolean wereDeletedBefore(long baseOffset) {
    return deletedOffsets.stream().anyMatch(deleted -> deleted < baseOffset);
  }

  private Segment last() {
    return segments.get(segments.size() - 1);
  }

  // ---- what is known to have been durable

  private void readIndexes(List<Long> baseOffsets, int first, List<Long> indexOffsets)
      throws IOException {
    for (long baseOffset : indexOffsets) {
      if (baseOffsets.indexOf(baseOffset) >= 0 && baseOffsets.indexOf(baseOffset) < first) {
        continue; // It goes with its segment.
      }
      Optional<SegmentSummary> summary =
          disk.readStart(LogFiles.index(folder, baseOffset), IndexFile.HEADER_BYTES)
              .flatMap(header -> IndexFile.decodeSummary(header, partition, baseOffset));
      if (!baseOffsets.contains(baseOffset)) {
        boolean deleted =
            summary.map(SegmentSummary::coveredEndOffset).orElse(Long.MAX_VALUE) <= logStartOffset;
        if (!deleted) {
          throw corrupt("the segment of the index at " + baseOffset + " is missing", baseOffset);
        }
      } else if (summary.isPresent()) {
        summaries.put(baseOffset, summary.get());
      } else {
        damagedIndexes.add(baseOffset);
      }
    }
  }

  /** What lies below the log start may be missing: it was deleted on request. */
  private void collectEvidence(List<Long> indexOffsets, long syncedBefore) {
    long synced = Math.max(syncedBefore, cleaned.cleanOffset());
    for (long baseOffset : indexOffsets) {
      synced = Math.max(synced, baseOffset);
    }
    for (SegmentSummary summary : summaries.values()) {
      synced = Math.max(synced, summary.endOffset());
    }
    syncedOffset = synced > logStartOffset ? synced : 0;
  }

  // ---- from segment to segment

  private void walk(List<Long> baseOffsets) throws IOException {
    boolean allProven = true;
    for (int i = 0; i < baseOffsets.size(); i++) {
      List<Long> rest = baseOffsets.subList(i + 1, baseOffsets.size());
      Optional<Long> next = rest.isEmpty() ? Optional.empty() : Optional.of(rest.get(0));
      Found found = segment(baseOffsets.get(i), next);
      segments.add(found.segment);
      proven = found.known.summary();
      if (allProven) {
        provenOffset = proven.endOffset();
      }
      allProven &= found.proven;
      if (next.isPresent() && found.isFollowedBy(next.get())) {
        if (!found.proven) {
          unproven.add(found.segment);
        }
        continue;
      }
      cut(found, next);
      if (damagedIndexes.contains(found.segment.baseOffset())) {
        unproven.add(found.segment);
      }
      if (!rest.isEmpty()) {
        setAside(rest);
      }
      return;
    }
  }

  /**
   * @param proven its index covers all of it
   * @param known the part of it that its index covers
   */
  private record Found(Segment segment, long fileSize, boolean proven, Indexed known) {
    boolean isFollowedBy(long nextBaseOffset) {
      return segment.summary().coveredEndOffset() == nextBaseOffset;
    }
  }

  private Found segment(long baseOffset, Optional<Long> next) throws IOException {
    long fileSize = disk.size(LogFiles.segment(folder, baseOffset));
    SegmentSummary summary = summaries.getOrDefault(baseOffset, SegmentSummary.empty(baseOffset));
    if (summary.sizeBytes() > fileSize) {
      throw corrupt(
          "the segment at "
              + baseOffset
              + " has "
              + fileSize
              + " bytes, of which its index knows "
              + summary.sizeBytes(),
          baseOffset);
    }
    if (next.isPresent() && summary.coveredEndOffset() > next.get()) {
      throw corrupt(
          "the segment at "
              + baseOffset
              + " goes up to "
              + summary.coveredEndOffset()
              + ", the next one begins at "
              + next.get(),
          baseOffset);
    }
    boolean whole =
        next.isPresent()
            && summaries.containsKey(baseOffset)
            && summary.coveredEndOffset() == next.get();
    if (whole) {
      Segment segment = new Segment(disk, folder, baseOffset, timestampMs, summary);
      Indexed known = new Indexed(summary, new SparseIndex());
      return new Found(segment, fileSize, true, known);
    }
    Indexed known = known(baseOffset);
    Indexed found = scan(baseOffset, (int) Math.min(fileSize, Integer.MAX_VALUE), known);
    if (found.summary().sizeBytes() < summary.sizeBytes()) {
      throw corrupt(
          "the segment at " + baseOffset + " is damaged at position " + found.summary().sizeBytes(),
          found.summary().endOffset());
    }
    if (next.isPresent() && found.summary().endOffset() > next.get()) {
      throw corrupt(
          "the segment at "
              + baseOffset
              + " goes up to "
              + found.summary().endOffset()
              + ", the next one begins at "
              + next.get(),
          baseOffset);
    }
    if (next.isPresent() && mayHaveLostItsEnd(found.summary(), baseOffset, fileSize, next.get())) {
      found = new Indexed(found.summary().coveringUpTo(next.get()), found.index());
    }
    Segment segment = new Segment(disk, folder, baseOffset, timestampMs, found.summary());
    segment.install(found);
    aborted.scanned(
        segment, knownAborted.getOrDefault(baseOffset, List.of()), known.summary().endOffset());
    segment.verified(known.summary().sizeBytes(), found.summary().sizeBytes());
    return new Found(segment, fileSize, false, known);
  }

  /** The part of a segment that its index proves to be whole. */
  private Indexed known(long baseOffset) throws IOException {
    Indexed nothing = new Indexed(SegmentSummary.empty(baseOffset), new SparseIndex());
    if (!summaries.containsKey(baseOffset)) {
      return nothing;
    }
    Optional<Indexed> whole =
        disk.readStart(LogFiles.index(folder, baseOffset), LogFiles.MAX_SIDE_FILE_BYTES)
            .flatMap(content -> decode(content, baseOffset));
    if (whole.isEmpty()) {
      damagedIndexes.add(baseOffset); // What its header says is true all the same.
    }
    return whole.orElse(nothing);
  }

  private Optional<Indexed> decode(byte[] file, long baseOffset) {
    Optional<Indexed> indexed = IndexFile.decode(file, partition, baseOffset);
    Optional<List<AbortedTransaction>> transactions =
        IndexFile.decodeAborted(file, partition, baseOffset);
    if (indexed.isEmpty() || transactions.isEmpty()) {
      return Optional.empty();
    }
    knownAborted.put(baseOffset, transactions.get());
    return indexed;
  }

  private Indexed scan(long baseOffset, int size, Indexed known) throws IOException {
    if (known.summary().sizeBytes() == size) {
      return known;
    }
    DiskFile file = disk.open(LogFiles.segment(folder, baseOffset));
    try {
      return SegmentScan.run(
          file,
          baseOffset,
          known,
          size,
          cleaned.mayHaveGaps(baseOffset),
          lastEpoch(),
          config.indexIntervalBytes());
    } finally {
      file.release();
    }
  }

  /** Of the segments before. */
  private int lastEpoch() {
    for (int i = segments.size() - 1; i >= 0; i--) {
      if (segments.get(i).sizeBytes() > 0) {
        return segments.get(i).summary().lastEpoch();
      }
    }
    return 0;
  }

  /** Compaction may have taken the last batches, when this is no end that a crash has left. */
  private boolean mayHaveLostItsEnd(
      SegmentSummary found, long baseOffset, long fileSize, long nextBaseOffset) {
    return cleaned.mayHaveGaps(baseOffset)
        && found.sizeBytes() == fileSize
        && (nextBaseOffset <= syncedOffset || cleaned.hasTakenUpTo(nextBaseOffset));
  }

  // ---- what a crash has torn

  private void cut(Found found, Optional<Long> next) throws IOException {
    Segment segment = found.segment;
    if (segment.endOffset() < syncedOffset) {
      throw corrupt(
          "the segment at "
              + segment.baseOffset()
              + " ends at offset "
              + segment.endOffset()
              + next.map(offset -> ", the next one begins at " + offset).orElse(""),
          segment.endOffset());
    }
    long torn = found.fileSize - segment.sizeBytes();
    if (torn == 0) {
      return;
    }
    if (damagedIndexes.contains(segment.baseOffset())) {
      throw corrupt(
          segment.path()
              + " has no whole batch at position "
              + segment.sizeBytes()
              + ", and its index is damaged, too",
          segment.endOffset());
    }
    DiskFile file = disk.open(segment.path());
    try {
      verifyBefore(file, found);
      LOG.warn(
          "{}: cut {} bytes off {} at offset {}: they are no whole batches",
          partition,
          torn,
          segment.path(),
          segment.endOffset());
      file.truncate(segment.sizeBytes());
      file.sync();
    } finally {
      file.release();
    }
  }

  /** A tail is torn only off a file that is the right one: what comes before must be there. */
  private void verifyBefore(DiskFile file, Found found) throws IOException {
    int proven = found.known.summary().sizeBytes();
    if (proven > 0 && proven == found.segment.sizeBytes()) {
      Part end = SegmentScan.around(found.known, proven - 1, proven);
      SegmentScan.verify(file, partition, found.segment.baseOffset(), found.known, end);
    }
  }

  /** Segments that can't follow the log are kept for people, but are no part of it. */
  private void setAside(List<Long> baseOffsets) throws IOException {
    LOG.warn(
        "{}: segments {} are set aside: the one before them has lost its end, which was not synced",
        partition,
        baseOffsets);
    for (long baseOffset : baseOffsets) {
      String name = LogFiles.name(baseOffset, LogFiles.SEGMENT);
      disk.rename(LogFiles.in(folder, name), LogFiles.in(folder, name + LogFiles.DAMAGED));
    }
    // Durable before the log goes on: another crash must not bring them back behind new records.
    disk.syncFolder(folder);
  }

  // ---- the end

  /**
   * Records were deleted up to an offset that the crash has taken from the log's end. Offsets must
   * not be given out twice, so the log goes on there.
   */
  private void startAnew(List<Long> live, long end, List<Long> leftovers) throws IOException {
    if (!segments.isEmpty()) {
      LOG.warn(
          "{}: ends at {}, before its start {}: begins anew there", partition, end, logStartOffset);
      live.stream().filter(offset -> offset != logStartOffset).forEach(leftovers::add);
    }
    segments.clear();
    unproven.clear();
    addEmpty(logStartOffset);
  }

  private void goOnBehindCompacted() throws IOException {
    long covered = last().summary().coveredEndOffset();
    if (covered > last().endOffset()) {
      addEmpty(covered); // The empty segment that followed was lost; offsets are not reused.
    }
  }

  private void addEmpty(long offset) throws IOException {
    disk.open(LogFiles.segment(folder, offset)).release();
    segments.add(Segment.empty(disk, folder, offset, timestampMs));
    provenOffset = offset;
    proven = SegmentSummary.empty(offset);
  }

  private LogCorruptException corrupt(String what, long from) {
    return new LogCorruptException(
        partition
            + ": "
            + what
            + ", but the log was durable up to offset "
            + syncedOffset
            + "; what lies behind offset "
            + from
            + " is not served, and nothing is changed");
  }
}
