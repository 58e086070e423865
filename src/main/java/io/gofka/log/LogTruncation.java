package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Takes the end off a log on the disk, for a worker while nothing else is done with the log. What
 * the log is then, {@link LogRecovery} says, as after a crash.
 *
 * <p>Indexes, snapshots and leader epochs that speak of what goes are durably away before it does:
 * else a crash in between would look like a loss. So at every moment the log on the disk is a whole
 * one, with its old end, its new one, or one in between.
 */
final class LogTruncation {
  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final CleanerCheckpoint cleaned;
  private final List<Long> baseOffsets = new ArrayList<>();
  private final List<Long> indexOffsets = new ArrayList<>();
  private final List<Long> snapshotOffsets = new ArrayList<>();

  LogTruncation(LogDisk disk, String folder, TopicIdPartition partition) throws IOException {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.cleaned = CleanerCheckpoint.read(disk, folder, partition);
    for (String name : disk.list(folder)) {
      LogFiles.offset(name, LogFiles.SEGMENT).ifPresent(baseOffsets::add);
      LogFiles.offset(name, LogFiles.INDEX).ifPresent(indexOffsets::add);
      LogFiles.offset(name, LogFiles.PRODUCERS).ifPresent(snapshotOffsets::add);
    }
  }

  /**
   * Batches go from the first one on that ends at or behind {@code offset}.
   *
   * @param offset not before the log's start
   */
  void truncateTo(long offset) throws IOException {
    int containing = baseOffsets.size() - 1;
    while (containing > 0 && baseOffsets.get(containing) >= offset) {
      containing--; // Also at a segment's beginning: the batches before may end there.
    }
    long baseOffset = baseOffsets.get(containing);
    DiskFile file = disk.open(LogFiles.segment(folder, baseOffset));
    try {
      Cut cut = find(file, baseOffset, offset);
      begin();
      long covered = coveredEnd(baseOffset);
      boolean changed = cut.position() < file.size() || covered > offset;
      forgetFrom(cut.offset(), baseOffset, changed);
      deleteLastFirst(baseOffsets.subList(containing + 1, baseOffsets.size()));
      file.truncate(cut.position());
      file.sync();
      if (!cleaned.equals(CleanerCheckpoint.NEVER_CLEANED)) {
        cleaned
            .truncatedTo(cut.offset(), baseOffset, changed ? 0 : covered)
            .write(disk, folder, partition);
      }
      disk.delete(LogFiles.in(folder, LogFiles.TRUNCATION));
    } finally {
      file.release();
    }
  }

  /** Until all is done, what was compacted is no proof any more, and may still have gaps. */
  private void begin() throws IOException {
    disk.write(LogFiles.in(folder, LogFiles.TRUNCATION), new byte[0]);
    if (!cleaned.equals(CleanerCheckpoint.NEVER_CLEANED)) {
      new CleanerCheckpoint(0, cleaned.gapsEndOffset()).write(disk, folder, partition);
    }
  }

  /** Where the log will end. */
  private record Cut(int position, long offset) {}

  private Cut find(DiskFile file, long baseOffset, long offset) throws IOException {
    int size = (int) Math.min(file.size(), Integer.MAX_VALUE);
    try (BatchScanner scanner =
        new BatchScanner(file, 0, size, baseOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      long end = baseOffset;
      while (scanner.next()) {
        if (scanner.header().lastOffset() >= offset) {
          return new Cut(scanner.position(), end); // Before a gap, if there is one.
        }
        end = scanner.header().nextOffset();
      }
      return new Cut(scanner.nextPosition(), end);
    }
  }

  /** Where the next segment begins or would, as the index of this one says; 0 when it doesn't. */
  private long coveredEnd(long baseOffset) throws IOException {
    return disk.readStart(LogFiles.index(folder, baseOffset), IndexFile.HEADER_BYTES)
        .flatMap(header -> IndexFile.decodeSummary(header, partition, baseOffset))
        .map(SegmentSummary::coveredEndOffset)
        .orElse(0L);
  }

  private void forgetFrom(long endOffset, long baseOffset, boolean cut) throws IOException {
    for (long index : indexOffsets) {
      if (index > baseOffset || (index == baseOffset && cut)) {
        disk.delete(LogFiles.index(folder, index));
      }
    }
    for (long snapshot : snapshotOffsets) {
      if (snapshot > endOffset) {
        disk.delete(LogFiles.producers(folder, snapshot));
      }
    }
    String epochsFile = LogFiles.in(folder, LogFiles.LEADER_EPOCHS);
    Optional<LeaderEpochs> epochs =
        disk.readStart(epochsFile, LogFiles.MAX_SIDE_FILE_BYTES)
            .flatMap(content -> Stamp.fromText(partition, LogFiles.LEADER_EPOCHS, content))
            .flatMap(LeaderEpochs::decode);
    if (epochs.isPresent()) {
      epochs.get().truncateFromEnd(endOffset);
      disk.replaceEventually(
          epochsFile, Stamp.text(partition, LogFiles.LEADER_EPOCHS, epochs.get().encode()));
    }
    disk.syncFolder(folder);
  }

  /** Everything goes, and the log begins at {@code offset}, wherever it was before. */
  void truncateFullyAndStartAt(long offset) throws IOException {
    begin();
    for (long index : indexOffsets) {
      disk.delete(LogFiles.index(folder, index));
    }
    for (long snapshot : snapshotOffsets) {
      disk.delete(LogFiles.producers(folder, snapshot));
    }
    disk.delete(LogFiles.in(folder, LogFiles.LEADER_EPOCHS));
    disk.syncFolder(folder);
    deleteLastFirst(baseOffsets);
    disk.delete(LogFiles.in(folder, LogFiles.CLEANER_OFFSET));
    LogStartFile.write(disk, folder, partition, offset);
    disk.delete(LogFiles.in(folder, LogFiles.TRUNCATION));
  }

  /** In a compacted log a crash in between must leave no hole: nobody could tell it from a gap. */
  private void deleteLastFirst(List<Long> segments) throws IOException {
    List<Long> lastFirst = new ArrayList<>(segments);
    Collections.reverse(lastFirst);
    for (long gone : lastFirst) {
      disk.delete(LogFiles.segment(folder, gone));
      if (!cleaned.equals(CleanerCheckpoint.NEVER_CLEANED)) {
        disk.syncFolder(folder);
      }
    }
    disk.syncFolder(folder);
  }
}
