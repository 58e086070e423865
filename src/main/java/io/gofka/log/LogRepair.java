package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings what lies on the disk back to what the log has in memory, after a write or a sync has
 * failed; then all of it is durable. May be run again after it has failed itself.
 *
 * <p>A failed write may have left bytes behind the committed end: they are cut off. After a failed
 * sync whatever was not durable before may be gone from the page cache or be there without ever
 * reaching the disk, while the kernel takes it for written. So it is read, checked with its CRC and
 * the hash of its headers, and what was checked is written once more, to the same place, before it
 * is synced. A crash at any step leaves the same bytes there or those that recovery expects after a
 * crash.
 */
final class LogRepair implements Chore {
  /** Made and removed so that syncing the folder has something to write. */
  private static final String TRIAL = "repair" + LogFiles.TEMPORARY;

  private final LogDisk disk;
  private final String folder;
  private final List<Tail> tails;
  private final boolean rewrite;
  private final Runnable done;
  private boolean released;

  /**
   * What is not known to be durable of a segment.
   *
   * @param active nothing may lie behind its end
   */
  private record Tail(String path, DiskFile file, SegmentTail part, boolean active) {}

  /**
   * Holds the files open until it is done or discarded.
   *
   * @param unflushed the segments with something that may not be durable, the active one last
   * @param flushedOffset below it everything is durable
   * @param rewrite a sync has failed
   */
  LogRepair(
      LogDisk disk,
      String folder,
      List<Segment> unflushed,
      long flushedOffset,
      boolean rewrite,
      Runnable done)
      throws IOException {
    this.disk = disk;
    this.folder = folder;
    this.rewrite = rewrite;
    this.done = done;
    this.tails = new ArrayList<>(unflushed.size());
    try {
      for (int i = 0; i < unflushed.size(); i++) {
        Segment segment = unflushed.get(i);
        SegmentTail part = SegmentTail.of(segment, flushedOffset);
        DiskFile file = segment.file().retain();
        tails.add(new Tail(segment.path(), file, part, i == unflushed.size() - 1));
      }
    } catch (IOException failure) {
      release();
      throw failure;
    }
  }

  @Override
  public void run() throws IOException {
    for (Tail tail : tails) {
      int end = tail.part().to();
      long size = tail.file().size();
      if (size < end) {
        throw new LogCorruptException(tail.path() + " has " + size + " bytes, not " + end);
      }
      if (tail.active() && size > end) {
        tail.file().truncate(end);
      }
      if (rewrite) {
        tail.part().rewrite(tail.file(), tail.path());
        tail.file().trustSyncsAgain();
      }
      SyncFailedException.sync(tail.file());
    }
    String trial = LogFiles.in(folder, TRIAL);
    disk.write(trial, new byte[1]);
    disk.delete(trial);
    disk.syncFolder(folder);
    disk.syncFolder(LogDisk.ROOT);
  }

  @Override
  public void done() {
    release();
    done.run();
  }

  @Override
  public void discard() {
    release();
  }

  private void release() {
    if (!released) {
      released = true;
      tails.forEach(tail -> tail.file().release());
    }
  }
}
