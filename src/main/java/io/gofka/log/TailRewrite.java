package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;

/**
 * Writes once more what recovery has read of a log's end, before it is synced for the first time:
 * the process before may have met a failed sync of it, and died. For a worker; any number of times.
 */
final class TailRewrite {
  private final LogDisk disk;
  private final Segment segment;
  private final SegmentTail tail;

  TailRewrite(LogDisk disk, Segment segment, SegmentTail tail) {
    this.disk = disk;
    this.segment = segment;
    this.tail = tail;
  }

  void run() throws IOException {
    if (segment.isRemoved()) {
      return;
    }
    // First, because opening would make a file that is missing.
    if (disk.size(segment.path()) < tail.to()) {
      throw new LogCorruptException(segment.path() + " has lost its end");
    }
    DiskFile file = disk.open(segment.path());
    try {
      tail.rewrite(file, segment.path());
    } finally {
      file.release();
    }
  }
}
