package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The aborted transactions that no index knows when a log is opened: those with a marker in a part
 * of a segment that had to be scanned. Used by {@link LogRecovery}, on a worker.
 */
final class AbortedRecovery {
  private final LogDisk disk;
  private final String folder;
  // Where in a scanned segment the part begins of which the index says nothing.
  private final Map<Segment, Long> unknownFrom = new HashMap<>();

  AbortedRecovery(LogDisk disk, String folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /**
   * A segment had to be scanned.
   *
   * @param known what its index says
   * @param fromOffset the index tells of all markers before
   */
  void scanned(Segment segment, List<AbortedTransaction> known, long fromOffset) {
    segment.installAborted(known);
    unknownFrom.put(segment, fromOffset);
  }

  /** The replay of the log has found the end of a transaction in {@code segment}. */
  void found(Segment segment, AbortedTransaction transaction) {
    Long from = unknownFrom.get(segment);
    if (from != null && transaction.lastOffset() >= from) {
      segment.onAborted(transaction);
    }
  }

  /**
   * Finds those whose markers the replay won't meet, because it begins at {@code replayOffset}: the
   * crash came when there was a producer snapshot, but no index yet.
   */
  void findBefore(long replayOffset, List<Segment> segments) throws IOException {
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      Long from = unknownFrom.get(segment);
      if (from == null || from >= replayOffset || !hasMarker(segment, from, replayOffset)) {
        continue;
      }
      for (AbortedTransaction transaction :
          AbortedRebuild.of(disk, folder, segments.subList(0, i + 1)).run()) {
        if (transaction.lastOffset() < replayOffset) {
          found(segment, transaction);
        }
      }
    }
  }

  private boolean hasMarker(Segment segment, long fromOffset, long endOffset) throws IOException {
    if (segment.sizeBytes() == 0) {
      return false;
    }
    List<Long> markers = new ArrayList<>();
    int start = segment.index().positionForOffset(fromOffset - segment.baseOffset());
    DiskFile file = disk.open(segment.path());
    try {
      HeaderWalk.over(
          file,
          start,
          segment.sizeBytes(),
          segment.baseOffset(),
          batch -> {
            if (batch.isControl()
                && batch.baseOffset() >= fromOffset
                && batch.baseOffset() < endOffset) {
              markers.add(batch.baseOffset());
            }
          });
    } finally {
      file.release();
    }
    return !markers.isEmpty();
  }
}
