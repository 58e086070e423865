package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import java.io.IOException;

/**
 * Follows the batches of a segment for as long as each is whole and continues the one before: right
 * CRC, next offset, no older leader epoch. For a worker.
 */
final class SegmentScan {
  private SegmentScan() {}

  /**
   * @param known what is proven already; the scan goes on behind it
   * @param size how far the file goes
   * @param gaps whether compaction may have taken batches out
   * @param minEpoch leader epoch of what comes before the segment
   * @return everything up to where the segment ends to make sense
   */
  static Indexed run(
      DiskFile file,
      long baseOffset,
      Indexed known,
      int size,
      boolean gaps,
      int minEpoch,
      int indexIntervalBytes)
      throws IOException {
    SegmentIndexer indexer = new SegmentIndexer(baseOffset, known.summary(), known.index());
    try (BatchScanner scanner =
        new BatchScanner(
            file, indexer.sizeBytes(), size, indexer.endOffset(), BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next()
          && continues(scanner.header(), indexer, baseOffset, gaps)
          && scanner.header().partitionLeaderEpoch() >= minEpoch
          && scanner.crcMatches()) {
        indexer.add(scanner.header(), indexIntervalBytes);
      }
    }
    return new Indexed(indexer.summary(), indexer.index());
  }

  private static boolean continues(
      RecordBatch batch, SegmentIndexer before, long baseOffset, boolean gaps) {
    return (gaps || batch.baseOffset() == before.endOffset())
        && batch.partitionLeaderEpoch() >= before.lastEpoch()
        && batch.lastOffset() - baseOffset <= Integer.MAX_VALUE;
  }

  /** A part of a segment that its index vouches for, between two of its entries. */
  record Part(int from, int to) {}

  /** The smallest part with everything from {@code from} to {@code to}. */
  static Part around(Indexed known, int from, int to) {
    SparseIndex index = known.index();
    int after = index.entryAtOrBefore(to - 1) + 1;
    return new Part(
        index.batchStartAtOrBefore(from),
        after < index.count() ? index.position(after) : known.summary().sizeBytes());
  }

  /**
   * Reads a part and compares it with what is known: CRC of each batch, and the hash of what that
   * leaves out.
   *
   * @throws LogCorruptException when the file has something else
   */
  static void verify(
      DiskFile file, TopicIdPartition partition, long baseOffset, Indexed known, Part part)
      throws IOException {
    SparseIndex index = known.index();
    int hash = hashAt(known, part.from());
    int end = part.from();
    try (BatchScanner scanner =
        new BatchScanner(file, part.from(), part.to(), baseOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next() && scanner.crcMatches()) {
        hash = HeaderHash.next(hash, scanner.header());
        end = scanner.nextPosition();
      }
    }
    if (end != part.to() || hash != hashAt(known, part.to())) {
      throw new LogCorruptException(
          partition
              + ": the segment at "
              + baseOffset
              + " has changed on the disk between positions "
              + part.from()
              + " and "
              + part.to()
              + (end == part.to() ? " in the headers" : " at " + end)
              + ", "
              + index.count()
              + " index entries");
    }
  }

  private static int hashAt(Indexed known, int position) {
    if (position == 0) {
      return HeaderHash.INITIAL;
    }
    if (position == known.summary().sizeBytes()) {
      return known.summary().headerHash();
    }
    return known.index().headerHash(known.index().entryAtOrBefore(position));
  }
}
