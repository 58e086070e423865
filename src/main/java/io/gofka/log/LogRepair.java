package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
  /** What is read and written in one go, unless a batch alone has more. */
  private static final int RUN_BYTES = 1 << 20;

  /** Made and removed so that syncing the folder has something to write. */
  private static final String TRIAL = "repair" + LogFiles.TEMPORARY;

  private final LogDisk disk;
  private final String folder;
  private final List<Tail> tails;
  private final boolean rewrite;
  private final Runnable done;
  private boolean released;

  /**
   * The part of a segment that is not known to be durable.
   *
   * @param from where a batch begins
   * @param nextOffset the least offset of that batch
   * @param hashBefore {@link HeaderHash} of the batches before it
   * @param active nothing may lie behind its end
   */
  private record Tail(
      String path,
      DiskFile file,
      int from,
      long nextOffset,
      int hashBefore,
      SegmentSummary summary,
      boolean active) {

    static Tail of(Segment segment, long flushedOffset, boolean active) throws IOException {
      SegmentSummary summary = segment.summary();
      long base = segment.baseOffset();
      int from = 0;
      long nextOffset = base;
      int hashBefore = HeaderHash.INITIAL;
      if (segment.isIndexed()) {
        SparseIndex index = segment.index();
        for (int i = index.count() - 1; i >= 0; i--) {
          if (base + index.relativeOffset(i) <= flushedOffset) {
            from = index.position(i);
            nextOffset = base + index.relativeOffset(i);
            hashBefore = index.headerHash(i);
            break;
          }
        }
      }
      DiskFile file = segment.file().retain();
      return new Tail(segment.path(), file, from, nextOffset, hashBefore, summary, active);
    }
  }

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
        tails.add(Tail.of(unflushed.get(i), flushedOffset, i == unflushed.size() - 1));
      }
    } catch (IOException failure) {
      release();
      throw failure;
    }
  }

  @Override
  public void run() throws IOException {
    for (Tail tail : tails) {
      int end = tail.summary().sizeBytes();
      long size = tail.file().size();
      if (size < end) {
        throw new LogCorruptException(tail.path() + " has " + size + " bytes, not " + end);
      }
      if (tail.active() && size > end) {
        tail.file().truncate(end);
      }
      if (rewrite) {
        rewrite(tail);
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

  private static void rewrite(Tail tail) throws IOException {
    int end = tail.summary().sizeBytes();
    int hash = tail.hashBefore();
    try (BatchScanner scanner =
        new BatchScanner(
            tail.file(), tail.from(), end, tail.nextOffset(), BatchScanner.SCAN_CHUNK_BYTES)) {
      int runStart = tail.from();
      int checkedTo = tail.from();
      while (scanner.next()) {
        if (scanner.nextPosition() - runStart > RUN_BYTES && checkedTo > runStart) {
          rewrite(tail, runStart, checkedTo);
          runStart = checkedTo;
        }
        hash = HeaderHash.next(hash, scanner.header());
        checkedTo = scanner.nextPosition();
      }
      if (checkedTo != end || hash != tail.summary().headerHash()) {
        throw new LogCorruptException(
            tail.path() + " has lost batches behind position " + checkedTo + " in a failed sync");
      }
      rewrite(tail, runStart, checkedTo);
    }
  }

  /** What is written is what was checked: another read may bring something else. */
  private static void rewrite(Tail tail, int from, int to) throws IOException {
    if (from == to) {
      return;
    }
    ByteBuf run = LogSlice.read(tail.file(), from, to - from, PooledByteBufAllocator.DEFAULT);
    try {
      int at = 0;
      while (at < to - from) {
        RecordBatch batch = new RecordBatch(run, at);
        if (batch.sizeInBytes() < RecordBatch.HEADER_BYTES
            || batch.sizeInBytes() > to - from - at
            || !batch.crcMatches()) {
          throw new LogCorruptException(
              tail.path() + " has lost the batch at " + (from + at) + " in a failed sync");
        }
        at += batch.sizeInBytes();
      }
      tail.file().write(run, 0, to - from, from);
    } finally {
      run.release();
    }
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
