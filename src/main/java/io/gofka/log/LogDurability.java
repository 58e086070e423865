package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How far one log is on disk for good, and what an append has to wait for. Part of {@link
 * PartitionLog}, on its thread.
 *
 * <p>What is synced here is always everything before an offset: segments that are complete but not
 * yet durable go along with the one that is written to.
 */
final class LogDurability {
  private final LogDisk disk;
  private final String folder;
  private final SegmentList segments;
  private LogConfig config;
  private long flushedOffset;
  private Optional<TailRewrite> unproven;
  // Have left the log, but would be part of it again if the power went now.
  private final List<Segment> leaving = new ArrayList<>(0);

  /**
   * @param flushedOffset everything below is known to be durable
   * @param unproven what recovery has read of the last segment, and a sync alone proves nothing of
   */
  LogDurability(
      LogDisk disk,
      String folder,
      SegmentList segments,
      LogConfig config,
      long flushedOffset,
      Optional<SegmentTail> unproven) {
    this.disk = disk;
    this.folder = folder;
    this.segments = segments;
    this.config = config;
    this.flushedOffset = flushedOffset;
    this.unproven = unproven.map(tail -> new TailRewrite(segments.last(), tail));
  }

  void updateConfig(LogConfig changed) {
    config = changed;
  }

  /** Records below this offset are on disk for good. */
  long flushedOffset() {
    return flushedOffset;
  }

  /**
   * Whether nobody may hear of the records below {@code endOffset} before they are durable: the
   * topic wants it for all, or so many are not synced that {@code flush.messages} asks for it.
   */
  boolean mustSync(long endOffset) {
    return endOffset > flushedOffset
        && (config.fsync() || endOffset - flushedOffset >= config.flushMessages());
  }

  /** Makes everything durable that is written below {@code upTo}, the log's end. */
  Chore sync(long upTo) throws IOException {
    return sync(upTo, List.of());
  }

  /**
   * The same.
   *
   * @param afterSync done next, on the same worker
   */
  Chore sync(long upTo, List<Chore> afterSync) throws IOException {
    List<Segment> all = completeButUnsynced();
    all.add(segments.last());
    return new SegmentSync(disk, folder, unproven, all, afterSync, () -> onSynced(upTo));
  }

  /** Writes an append, and makes it and all before it durable. */
  Chore writeAndSync(LogAppend append) throws IOException {
    long upTo = append.endOffset();
    return new SegmentSync(
        disk, folder, unproven, completeButUnsynced(), append, () -> onSynced(upTo));
  }

  /** Makes everything durable after a failure, see {@link LogRepair}. */
  Chore repair(List<Segment> unflushed, boolean syncFailed, long upTo) throws IOException {
    boolean rewrite = syncFailed || unproven.isPresent();
    return new LogRepair(disk, folder, unflushed, flushedOffset, rewrite, () -> onSynced(upTo));
  }

  /** Segments leave the log; until that is durable, what comes behind them needs them. */
  void onRemoved(List<Segment> removed) {
    removed.stream().filter(each -> each.endOffset() > flushedOffset).forEach(leaving::add);
  }

  private List<Segment> completeButUnsynced() {
    List<Segment> found = new ArrayList<>(1);
    for (int i = segments.count() - 2; i >= 0; i--) {
      if (segments.get(i).endOffset() <= flushedOffset) {
        break;
      }
      found.add(0, segments.get(i));
    }
    found.addAll(0, leaving);
    return found;
  }

  private void onSynced(long upTo) {
    flushedOffset = Math.max(flushedOffset, upTo);
    unproven = Optional.empty();
    leaving.removeIf(each -> each.endOffset() <= flushedOffset);
  }
}
