package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.List;

/**
 * Batches that have got their offsets and their place in a segment, but are not part of the log
 * yet: {@link PartitionLog#begin} made it, {@link #write} puts it on disk, {@link
 * PartitionLog#commit} makes it count. Between the two nothing else may be appended to the log.
 *
 * @param batches one after the other in the same buffer
 * @param position where in the segment they go
 */
record LogAppend(
    List<RecordBatch> batches, int sizeBytes, Segment segment, DiskFile file, int position) {

  long baseOffset() {
    return batches.get(0).baseOffset();
  }

  long lastOffset() {
    return batches.get(batches.size() - 1).lastOffset();
  }

  /** Writes to the page cache; may be done by any one thread. */
  void write() throws IOException {
    RecordBatch first = batches.get(0);
    file.write(first.bytes(), first.start(), sizeBytes, position);
  }
}
