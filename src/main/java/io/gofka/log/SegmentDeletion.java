package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final Optional<Chore> storeLogStart;
  private final Runnable renamed;
  private final Consumer<Chore> next;

  /**
   * @param storeLogStart what says durably that these segments are deleted, if that has to wait for
   *     the room they take; until then a last one of them says it
   * @param renamed called on the owner's thread when nobody can open the segments by name any more
   * @param next takes the chore that removes the files
   */
  SegmentDeletion(
      LogDisk disk,
      String folder,
      List<Long> baseOffsets,
      long removalDelayMs,
      Optional<Chore> storeLogStart,
      Runnable renamed,
      Consumer<Chore> next) {
    this.disk = disk;
    this.folder = folder;
    this.baseOffsets = List.copyOf(baseOffsets);
    this.removalDelayMs = removalDelayMs;
    this.storeLogStart = storeLogStart;
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
      if (storeLogStart.isPresent()) {
        disk.syncFolder(folder); // One after the other: no crash may leave a hole.
      }
    }
  }

  @Override
  public void done() {
    renamed.run();
    next.accept(new Removal());
  }

  private String deleted(long baseOffset) {
    return LogFiles.segment(folder, baseOffset) + LogFiles.DELETED;
  }

  private final class Removal implements Chore {
    @Override
    public void run() throws IOException {
      List<String> files = new ArrayList<>();
      baseOffsets.forEach(baseOffset -> files.add(deleted(baseOffset)));
      if (storeLogStart.isPresent()) {
        String last = files.remove(files.size() - 1);
        for (String file : files) {
          disk.delete(file);
        }
        DiskFile sign = disk.open(last);
        try {
          sign.truncate(0);
        } finally {
          sign.release();
        }
        storeLogStart.get().run();
        disk.delete(last);
        return;
      }
      for (String file : files) {
        disk.delete(file);
      }
    }

    @Override
    public long delayMs() {
      return Math.max(1, removalDelayMs); // Never among the chores that others wait for.
    }
  }
}
