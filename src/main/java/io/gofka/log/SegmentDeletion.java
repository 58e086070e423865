package io.gofka.log;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes segments out of the log's folder by renaming them, so that a crash doesn't bring them back;
 * removes them once {@code file.delete.delay.ms} have passed.
 */
final class SegmentDeletion implements Chore {
  private final LogDisk disk;
  private final String folder;
  private final List<Long> baseOffsets;
  private final long removalDelayMs;
  private final Runnable renamed;
  private final Consumer<Chore> next;

  /**
   * @param renamed called on the owner's thread when nobody can open the segments by name any more
   * @param next takes the chore that removes the files
   */
  SegmentDeletion(
      LogDisk disk,
      String folder,
      List<Long> baseOffsets,
      long removalDelayMs,
      Runnable renamed,
      Consumer<Chore> next) {
    this.disk = disk;
    this.folder = folder;
    this.baseOffsets = List.copyOf(baseOffsets);
    this.removalDelayMs = removalDelayMs;
    this.renamed = renamed;
    this.next = next;
  }

  @Override
  public void run() throws IOException {
    // What stays says where the log ends: its name first, if it should be new.
    disk.syncFolder(folder);
    List<String> names = disk.list(folder);
    for (long baseOffset : baseOffsets) {
      // Without its index first: what is left of the log must never be judged by an index of what
      // is gone.
      disk.delete(LogFiles.index(folder, baseOffset));
      if (names.contains(LogFiles.name(baseOffset, LogFiles.SEGMENT))) {
        String segment = LogFiles.segment(folder, baseOffset);
        disk.rename(segment, deleted(baseOffset));
      }
    }
  }

  @Override
  public void done() {
    renamed.run();
    next.accept(
        new FileRemoval(disk, baseOffsets.stream().map(this::deleted).toList(), removalDelayMs));
  }

  private String deleted(long baseOffset) {
    return LogFiles.segment(folder, baseOffset) + LogFiles.DELETED;
  }
}
