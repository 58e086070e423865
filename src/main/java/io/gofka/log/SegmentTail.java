package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;

/**
 * A part of a segment that may be in memory only, and what it has to be. A failed sync leaves such
 * parts behind: the kernel takes them for written, and no later sync writes them. So they are read,
 * checked and written once more, to the same place, before a sync of them proves anything.
 *
 * @param from where a batch begins
 * @param nextOffset the least offset of that batch
 * @param hashBefore {@link HeaderHash} of the batches before it
 * @param to where a batch ends
 * @param hashAfter the same of all batches up to there
 */
record SegmentTail(int from, long nextOffset, int hashBefore, int to, int hashAfter) {
  /** What is read and written in one go, unless a batch alone has more. */
  private static final int RUN_BYTES = 1 << 20;

  /** What lies between the part of a segment that is proven and its end. */
  static SegmentTail behind(SegmentSummary proven, SegmentSummary whole) {
    return new SegmentTail(
        proven.sizeBytes(),
        proven.endOffset(),
        proven.headerHash(),
        whole.sizeBytes(),
        whole.headerHash());
  }

  /** What of a segment may lie behind {@code flushedOffset}. */
  static SegmentTail of(Segment segment, long flushedOffset) {
    SegmentSummary whole = segment.summary();
    long base = segment.baseOffset();
    if (segment.isIndexed()) {
      SparseIndex index = segment.index();
      for (int i = index.count() - 1; i >= 0; i--) {
        long offset = base + index.relativeOffset(i);
        if (offset <= flushedOffset) {
          return new SegmentTail(
              index.position(i),
              offset,
              index.headerHash(i),
              whole.sizeBytes(),
              whole.headerHash());
        }
      }
    }
    return behind(SegmentSummary.empty(base), whole);
  }

  /**
   * Writes it once more, from what can be read. What lies behind it may be written meanwhile.
   *
   * @param path of the segment, for errors
   * @throws LogCorruptException when it isn't there any more
   */
  void rewrite(DiskFile file, String path) throws IOException {
    int hash = hashBefore;
    try (BatchScanner scanner =
        new BatchScanner(file, from, to, nextOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      int runStart = from;
      int checkedTo = from;
      while (scanner.next()) {
        if (scanner.nextPosition() - runStart > RUN_BYTES && checkedTo > runStart) {
          rewrite(file, path, runStart, checkedTo);
          runStart = checkedTo;
        }
        hash = HeaderHash.next(hash, scanner.header());
        checkedTo = scanner.nextPosition();
      }
      if (checkedTo != to || hash != hashAfter) {
        throw new LogCorruptException(
            path + " has lost batches behind position " + checkedTo + " in a failed sync");
      }
      rewrite(file, path, runStart, checkedTo);
    }
  }

  /** What is written is what was checked: another read may bring something else. */
  private static void rewrite(DiskFile file, String path, int runStart, int runEnd)
      throws IOException {
    if (runStart == runEnd) {
      return;
    }
    int length = runEnd - runStart;
    ByteBuf run = LogSlice.read(file, runStart, length, PooledByteBufAllocator.DEFAULT);
    try {
      int at = 0;
      while (at < length) {
        RecordBatch batch = new RecordBatch(run, at);
        if (batch.sizeInBytes() < RecordBatch.HEADER_BYTES
            || batch.sizeInBytes() > length - at
            || !batch.crcMatches()) {
          throw new LogCorruptException(
              path + " has lost the batch at " + (runStart + at) + " in a failed sync");
        }
        at += batch.sizeInBytes();
      }
      file.write(run, 0, length, runStart);
    } finally {
      run.release();
    }
  }
}
