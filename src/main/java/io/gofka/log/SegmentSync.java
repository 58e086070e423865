package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes segments durable, with their names when these are new, and then does what builds on it. Two
 * of them may run at the same time.
 */
final class SegmentSync implements Chore {
  private final LogDisk disk;
  private final String folder;
  private final Optional<TailRewrite> first;
  private final List<Segment> segments;
  private final Optional<LogAppend> append;
  private final List<DiskFile> files;
  private final List<Segment> lenders = new ArrayList<>(1);
  private final List<Unopened> toOpen = new ArrayList<>(0);
  private final boolean newName;
  private final List<Chore> afterSync;
  private final Runnable done;
  private boolean held = true;

  /** A segment whose file is opened only when it is synced. */
  private record Unopened(Segment segment, int sizeBytes) {}

  /**
   * Syncs what is written to {@code segments}; holds them open until it is run.
   *
   * @param first what a sync alone would not make durable
   */
  SegmentSync(
      LogDisk disk,
      String folder,
      Optional<TailRewrite> first,
      List<Segment> segments,
      List<Chore> afterSync,
      Runnable done)
      throws IOException {
    this(disk, folder, first, segments, Optional.empty(), afterSync, done);
  }

  /** Writes {@code append} first, and syncs its segment, too. */
  SegmentSync(
      LogDisk disk,
      String folder,
      Optional<TailRewrite> first,
      List<Segment> segments,
      LogAppend append,
      Runnable done)
      throws IOException {
    this(disk, folder, first, segments, Optional.of(append), List.of(), done);
  }

  private SegmentSync(
      LogDisk disk,
      String folder,
      Optional<TailRewrite> first,
      List<Segment> segments,
      Optional<LogAppend> append,
      List<Chore> afterSync,
      Runnable done)
      throws IOException {
    this.disk = disk;
    this.folder = folder;
    this.first = first;
    this.segments = new ArrayList<>(segments);
    this.append = append;
    this.files = new ArrayList<>(segments.size());
    this.afterSync = List.copyOf(afterSync);
    this.done = done;
    for (Segment segment : segments) {
      // What waits here must not hold any number of files open: the others are opened in turn.
      if (segment.isOpen() && segment.lend()) {
        files.add(segment.file().retain());
        lenders.add(segment);
      } else {
        toOpen.add(new Unopened(segment, segment.sizeBytes()));
      }
    }
    append.ifPresent(written -> this.segments.add(written.segment()));
    this.newName = this.segments.stream().anyMatch(segment -> !segment.isNameSynced());
  }

  @Override
  public void run() throws IOException {
    try {
      if (first.isPresent()) {
        first.get().run();
      }
      if (append.isPresent()) {
        append.get().write();
        append.get().sync();
        append.get().letGo();
      }
      for (DiskFile file : files) {
        SyncFailedException.sync(file);
      }
      for (Unopened segment : toOpen) {
        sync(segment);
      }
      if (newName) {
        syncNames();
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
      files.forEach(DiskFile::release);
      lenders.forEach(Segment::giveBack);
    }
  }

  private static void sync(Unopened unopened) throws IOException {
    if (!unopened.segment().reaches(unopened.sizeBytes())) {
      return;
    }
    DiskFile file = unopened.segment().openAnother();
    try {
      SyncFailedException.sync(file);
    } finally {
      file.release();
    }
  }

  /** Records are worth nothing without the names that lead to them, and without their owner's. */
  private void syncNames() throws IOException {
    DiskFile owner = disk.open(LogFiles.in(folder, LogFiles.PARTITION_METADATA));
    try {
      owner.sync();
    } finally {
      owner.release();
    }
    disk.syncFolder(folder);
    disk.syncFolder(LogDisk.ROOT);
  }

  @Override
  public void done() {
    segments.forEach(Segment::nameSynced);
    afterSync.forEach(Chore::done);
    done.run();
  }
}
