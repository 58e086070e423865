package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.List;

/** Makes a segment durable, with its name when that is new, and then does what builds on it. */
final class SegmentSync implements Chore {
  private final LogDisk disk;
  private final String folder;
  private final DiskFile file;
  private final boolean newName;
  private final List<Chore> afterSync;
  private final Runnable done;
  private boolean held = true;

  /** Holds the file open until it is run or discarded. */
  SegmentSync(LogDisk disk, String folder, Segment segment, List<Chore> afterSync, Runnable done)
      throws IOException {
    this.disk = disk;
    this.folder = folder;
    this.file = segment.file().retain();
    this.newName = segment.takeNameToSync();
    this.afterSync = List.copyOf(afterSync);
    this.done = done;
  }

  @Override
  public void run() throws IOException {
    try {
      SyncFailedException.sync(file);
      if (newName) {
        disk.syncFolder(folder);
        disk.syncFolder(LogDisk.ROOT);
      }
      for (Chore chore : afterSync) {
        chore.run();
      }
    } finally {
      discard();
    }
  }

  /** After a failed sync another one proves nothing: {@link LogRepair} takes its place. */
  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public void discard() {
    if (held) {
      held = false;
      file.release();
    }
  }

  @Override
  public void done() {
    done.run();
  }
}
