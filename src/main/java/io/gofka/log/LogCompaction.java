package io.gofka.log;

import io.gofka.log.LogCleaning.Cleaned;
import io.gofka.log.LogCleaning.Plan;
import io.gofka.log.LogCleaning.Replaced;
import io.gofka.log.compact.CleaningScope;
import io.gofka.log.compact.SegmentShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a log knows of its own compaction: how far it is clean, whether it can be cleaned, and which
 * segments take the place of which. On the thread of the log's owner.
 *
 * <p>While a cleaning is under way the log's segments stay what they are: none is removed, none but
 * the last is written to.
 */
final class LogCompaction {
  private final PartitionLog log;
  private final SegmentList segments;
  private final LogDisk disk;
  private CleanerCheckpoint checkpoint = CleanerCheckpoint.NEVER_CLEANED;
  private long notBeforeMs = Long.MIN_VALUE;
  private Optional<LogCleaning> running = Optional.empty();
  private boolean swapping;

  LogCompaction(PartitionLog log, SegmentList segments, LogDisk disk) {
    this.log = log;
    this.segments = segments;
    this.disk = disk;
  }

  // ---- how far it is clean

  /**
   * Says what was cleaned. What the log doesn't reach any more is forgotten: new records would lie
   * there.
   */
  void restore(CleanerCheckpoint stored) {
    checkpoint =
        stored.cleanOffset() <= log.logEndOffset()
            ? stored
            : new CleanerCheckpoint(0, stored.gapsEndOffset());
  }

  long firstDirtyOffset() {
    return checkpoint.cleanOffset();
  }

  /** Each key below the offset is there once, which a file will say once the chore is done. */
  Chore cleanedUpTo(long offset) {
    checkpoint = new CleanerCheckpoint(offset, Math.max(offset, checkpoint.gapsEndOffset()));
    return writing(checkpoint);
  }

  private Chore writing(CleanerCheckpoint written) {
    return () -> written.write(disk, log.folder(), log.partition());
  }

  /**
   * Before records go: a gap that nobody knows of is taken for a loss.
   *
   * @return false when they are announced already
   */
  boolean announceGaps(long endOffset) {
    if (endOffset <= checkpoint.gapsEndOffset()) {
      return false;
    }
    checkpoint = new CleanerCheckpoint(checkpoint.cleanOffset(), endOffset);
    log.addChore(writing(checkpoint));
    return true;
  }

  // ---- whether and what to clean

  /** Nobody tries again before that time (wall clock); {@link Long#MAX_VALUE} for never. */
  void failedUntil(long timestampMs) {
    notBeforeMs = timestampMs;
  }

  /**
   * What could be cleaned now; empty when nothing may be.
   *
   * @param timestampMs wall clock
   */
  Optional<CleaningScope> scope(long timestampMs) {
    if (!log.config().compact()
        || !log.isOnDisk()
        || running.isPresent()
        || swapping
        || timestampMs < notBeforeMs
        || segments.count() == 1) {
      return Optional.empty();
    }
    return Optional.of(
        CleaningScope.of(
            complete(),
            checkpoint.cleanOffset(),
            log.logStartOffset(),
            durableAndDecided(),
            log.config().cleaning(),
            timestampMs));
  }

  /** What is not durable is left to what makes it so, and to the repair of a failed disk. */
  private long durableAndDecided() {
    return Math.min(log.flushedOffset(), Math.min(log.lastStableOffset(), log.highWatermark()));
  }

  /**
   * Segments that get no more records. Before an empty one, the last records stay: they show a
   * replica that copies them where the log ends, and it is not in sync before it has come there.
   */
  private List<SegmentShape> complete() {
    int open = segments.last().sizeBytes() > 0 ? 1 : 2;
    List<SegmentShape> shapes = new ArrayList<>(segments.count());
    for (Segment segment : segments.all().subList(0, Math.max(0, segments.count() - open))) {
      shapes.add(shape(segment));
    }
    return shapes;
  }

  static SegmentShape shape(Segment segment) {
    return new SegmentShape(
        segment.baseOffset(),
        segment.endOffset(),
        segment.sizeBytes(),
        segment.createdMs(),
        segment.firstTimestampMs(),
        segment.maxTimestampMs(),
        segment.summary().headerHash());
  }

  /** What a round of cleaning has to do. */
  Plan plan(CleaningScope scope, long timestampMs) {
    List<SegmentShape> concerned =
        complete().stream().filter(each -> each.endOffset() <= scope.endOffset()).toList();
    return new Plan(
        disk,
        log.folder(),
        log.partition(),
        concerned,
        scope,
        log.config(),
        log.lastRecords(),
        new AbortedLoad(disk, log, segments.all()),
        timestampMs);
  }

  /** Where the segment after that one begins. */
  long nextBaseOffset(SegmentShape segment) {
    List<Segment> all = segments.all();
    for (int i = all.size() - 1; i > 0; i--) {
      if (all.get(i - 1).baseOffset() == segment.baseOffset()) {
        return all.get(i).baseOffset();
      }
    }
    throw new IllegalStateException(log.partition() + " has nothing after " + segment);
  }

  // ---- while it is cleaned

  void begin(LogCleaning cleaning) {
    running = Optional.of(cleaning);
  }

  void end() {
    running = Optional.empty();
  }

  /**
   * Whether a cleaning is under way, so that no segment may be removed; it is told to come to an
   * end soon.
   */
  boolean holdsSegments() {
    running.ifPresent(LogCleaning::abort);
    return running.isPresent() || swapping;
  }

  /** A setting has changed. */
  void onConfig() {
    if (!log.config().compact()) {
      running.ifPresent(LogCleaning::abort);
    }
  }

  /**
   * Hands out the chores that put the new segment in the place of its group. Until the first is
   * done, readers use the old ones, which stay open.
   */
  void replace(Cleaned cleaned) {
    Map<Long, Replaced> replaced = new HashMap<>();
    cleaned.replaced().forEach(each -> replaced.put(each.baseOffset(), each));
    List<Segment> old =
        segments.all().stream().filter(each -> replaced.containsKey(each.baseOffset())).toList();
    if (old.size() != replaced.size()) {
      throw new IllegalStateException(log.partition() + " has changed while it was cleaned");
    }
    for (Segment segment : old) {
      Replaced opened = replaced.get(segment.baseOffset());
      segment.pin(opened.file(), opened.indexed(), opened.aborted());
    }
    announceGaps(cleaned.indexed().summary().coveredEndOffset());
    swapping = true; // Until it is done: if the disk fails, that may be much later.
    List<Long> baseOffsets = old.stream().map(Segment::baseOffset).toList();
    log.addChore(
        new SegmentSwap(
            disk, log.folder(), log.partition(), baseOffsets, () -> swapped(cleaned, old)));
  }

  private void swapped(Cleaned cleaned, List<Segment> old) {
    Segment last = old.get(old.size() - 1);
    Segment segment =
        new Segment(
            disk,
            log.folder(),
            cleaned.baseOffset(),
            last.createdMs(),
            cleaned.indexed().summary());
    segment.installAborted(cleaned.aborted());
    segments.replace(old, segment);
    swapping = false;
    old.forEach(Segment::close);
    log.addChore(
        new FileRemoval(
            disk,
            SegmentSwap.deleted(log.folder(), old.stream().map(Segment::baseOffset).toList()),
            log.config().fileDeleteDelayMs()));
  }
}
