package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.SegmentScan.Part;
import java.io.IOException;
import java.util.Optional;

/**
 * What a worker has to do before records can be read on the thread of the log's owner: load an
 * index, or bring bytes into the page cache and check them.
 */
final class ReadPreparation {
  private final DiskFile file;
  private final Work work;

  private interface Work {
    Runnable run(DiskFile file) throws IOException;
  }

  private ReadPreparation(DiskFile file, Work work) {
    this.file = file.retain();
    this.work = work;
  }

  /**
   * What has to be done first for a read at an offset; empty when nothing has, or there is nothing
   * to read.
   *
   * @param nowMs monotonic
   */
  static Optional<ReadPreparation> of(
      TopicIdPartition id, PartitionLog log, long offset, int maxBytes, long nowMs)
      throws IOException {
    if (offset < log.logStartOffset()) {
      return Optional.empty();
    }
    Segment segment = log.reader().segmentFor(offset);
    if (segment.sizeBytes() == 0) {
      return Optional.empty();
    }
    if (!segment.isIndexed()) {
      int intervalBytes = log.config().indexIntervalBytes();
      return Optional.of(
          new ReadPreparation(
              segment.file(),
              file -> {
                Indexed indexed = segment.loadIndex(id, file, intervalBytes);
                return () -> log.reader().install(segment, indexed);
              }));
    }
    int start = segment.searchStart(offset);
    // The search ends somewhere before the next entry, however far that was set to be once.
    long wanted = (long) Math.max(maxBytes, 0) + segment.searchEnd(start) - start;
    int length = (int) Math.min(segment.sizeBytes() - start, wanted);
    if (length <= 0 || segment.isServable(start, length, nowMs)) {
      return Optional.empty();
    }
    Indexed known = segment.indexed();
    Part part = SegmentScan.around(known, start, start + length);
    return Optional.of(
        new ReadPreparation(
            segment.file(),
            file -> {
              // This brings it into the page cache, too.
              SegmentScan.verify(file, id, segment.baseOffset(), known, part);
              return () -> segment.verified(part.from(), part.to());
            }));
  }

  /**
   * On a worker, once.
   *
   * @return what follows from it on the owner's thread
   */
  Runnable run() throws IOException {
    try {
      return work.run(file);
    } finally {
      file.release();
    }
  }
}
