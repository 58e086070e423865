package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.Optional;

/** Goes through what batches tell of producers, without their records but for those of markers. */
final class HeaderWalk {
  private HeaderWalk() {}

  /** What to do with a batch; it can be read during the call only. */
  interface Visitor {
    /**
     * @param batch header of a batch of data, or a control batch as a whole
     */
    void visit(RecordBatch batch) throws IOException;
  }

  /**
   * Visits the batches from {@code position} on.
   *
   * @param leastOffset that the first batch may have
   * @return where they end: before {@code end} where they aren't batches any more
   */
  static int over(DiskFile file, int position, int end, long leastOffset, Visitor visitor)
      throws IOException {
    try (BatchScanner scanner =
        new BatchScanner(file, position, end, leastOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next()) {
        RecordBatch header = scanner.header();
        if (header.isControl()) {
          Optional<RecordBatch> marker = scanner.whole();
          if (marker.isEmpty()) {
            continue; // No marker is that large: it is of some kind that nobody writes.
          }
          header = marker.get();
        }
        visitor.visit(header);
      }
      return scanner.nextPosition();
    }
  }
}
