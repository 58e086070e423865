package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.Optional;

/**
 * Looks for the first record of a segment that is as late as a timestamp. It may read a lot and
 * inflate a batch, so it is for a worker; it touches no state of the log.
 *
 * @param fromPosition where a batch begins, at or before the one looked for
 * @param end how far the segment went when the search was asked for
 * @param minOffset records below it don't count
 */
record TimestampSearch(
    DiskFile file, int fromPosition, int end, long baseOffset, long timestampMs, long minOffset) {

  /** A record that was found. */
  record Found(long offset, long timestampMs) {}

  /**
   * @throws IOException when the disk fails
   */
  Optional<Found> run() throws IOException {
    try (BatchScanner scanner =
        new BatchScanner(file, fromPosition, end, baseOffset, BatchScanner.SEARCH_CHUNK_BYTES)) {
      while (scanner.next()) {
        RecordBatch header = scanner.header();
        if (header.maxTimestamp() >= timestampMs && header.lastOffset() >= minOffset) {
          Optional<Found> found = within(scanner.position(), header.sizeInBytes());
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The first record with the greatest timestamp of all, however late that is.
   *
   * @throws IOException when the disk fails
   */
  Optional<Found> latest() throws IOException {
    Optional<Found> latest = Optional.empty();
    long known = RecordBatch.NO_TIMESTAMP;
    int position = -1;
    int size = 0;
    try (BatchScanner scanner =
        new BatchScanner(file, fromPosition, end, baseOffset, BatchScanner.SEARCH_CHUNK_BYTES)) {
      while (scanner.next()) {
        RecordBatch header = scanner.header();
        if (header.lastOffset() < minOffset || header.maxTimestamp() <= known) {
          continue;
        }
        if (header.baseOffset() < minOffset) {
          latest = latestWithin(scanner.position(), header.sizeInBytes());
          known = latest.map(Found::timestampMs).orElse(known);
        } else {
          known = header.maxTimestamp();
          position = scanner.position();
          size = header.sizeInBytes();
        }
      }
    }
    return position < 0 ? latest : later(known - 1).within(position, size);
  }

  /** For the one batch in which the log begins: its header tells of records that are deleted. */
  private Optional<Found> latestWithin(int position, int size) throws IOException {
    Optional<Found> latest = Optional.empty();
    Optional<Found> next = within(position, size);
    while (next.isPresent()
        && next.get().timestampMs()
            > latest.map(Found::timestampMs).orElse(RecordBatch.NO_TIMESTAMP)) {
      latest = next;
      next = later(next.get().timestampMs()).within(position, size);
    }
    return latest;
  }

  private TimestampSearch later(long thanMs) {
    return new TimestampSearch(file, fromPosition, end, baseOffset, thanMs + 1, minOffset);
  }

  private Optional<Found> within(int position, int size) throws IOException {
    ByteBuf bytes = LogSlice.read(file, position, size, PooledByteBufAllocator.DEFAULT);
    RecordBatch batch = new RecordBatch(bytes, 0);
    if (!batch.crcMatches()) {
      bytes.release();
      throw new LogCorruptException("the batch at position " + position + " has changed");
    }
    try (RecordReader reader = new RecordReader(batch)) {
      while (reader.next()) {
        if (reader.timestampMs() >= timestampMs && reader.offset() >= minOffset) {
          return Optional.of(new Found(reader.offset(), reader.timestampMs()));
        }
      }
      return Optional.empty();
    } catch (ApiException unreadable) {
      // What a producer broke inside its batch can't be told apart; its beginning is the answer.
      return Optional.of(new Found(Math.max(batch.baseOffset(), minOffset), batch.maxTimestamp()));
    } finally {
      bytes.release();
    }
  }
}
