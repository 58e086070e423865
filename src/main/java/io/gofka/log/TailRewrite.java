package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;

/**
 * Writes once more what recovery has read of a log's end, before it is synced for the first time:
 * the process before may have met a failed sync of it, and died. For a worker; any number of times.
 */
final class TailRewrite {
  private final Segment segment;
  private final SegmentTail tail;

  TailRewrite(Segment segment, SegmentTail tail) {
    this.segment = segment;
    this.tail = tail;
  }

  void run() throws IOException {
    if (!segment.reaches(tail.to())) {
      return;
    }
    DiskFile file = segment.openAnother();
    try {
      tail.rewrite(file, segment.path());
    } finally {
      file.release();
    }
  }
}
