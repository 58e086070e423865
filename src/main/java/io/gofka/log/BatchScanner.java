package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Goes through a segment's batches header by header, reading in chunks. It ends where the next
 * bytes can't be a whole batch that continues the log. One thread; close it.
 */
final class BatchScanner implements AutoCloseable {
  /** For a search, which usually ends after a few headers. */
  static final int SEARCH_CHUNK_BYTES = 4 * 1024;

  /** For a walk through all there is. */
  static final int SCAN_CHUNK_BYTES = 256 * 1024;

  private final DiskFile file;
  private final int end;
  private final ByteBuf chunk;
  private int chunkPosition;
  private int chunkBytes;
  private int position = -1;
  private int nextPosition;
  private long nextOffset;
  // A copy: the chunk moves on while the batch's CRC is computed.
  private final ByteBuf headerBytes;
  private final RecordBatch header;

  /**
   * @param position where a batch begins
   * @param end how far the segment goes
   * @param nextOffset the least offset the first batch may have
   */
  BatchScanner(DiskFile file, int position, int end, long nextOffset, int chunkSize) {
    this.file = file;
    this.end = end;
    this.nextPosition = position;
    this.chunkPosition = position;
    this.nextOffset = nextOffset;
    int capacity = Math.min(chunkSize, Math.max(RecordBatch.HEADER_BYTES, end - position));
    this.chunk = PooledByteBufAllocator.DEFAULT.directBuffer(capacity, capacity);
    this.headerBytes =
        PooledByteBufAllocator.DEFAULT.directBuffer(
            RecordBatch.HEADER_BYTES, RecordBatch.HEADER_BYTES);
    this.header = new RecordBatch(headerBytes, 0);
  }

  /** Moves to the next batch; false where there is none, and then the scanner stays there. */
  boolean next() throws IOException {
    if (!load(nextPosition, RecordBatch.HEADER_BYTES)) {
      return false;
    }
    RecordBatch found = new RecordBatch(chunk, nextPosition - chunkPosition);
    int size = found.sizeInBytes();
    if (found.magic() != RecordBatch.MAGIC
        || size < RecordBatch.HEADER_BYTES
        || size > end - nextPosition
        || found.baseOffset() < nextOffset
        || found.lastOffsetDelta() < 0
        || found.nextOffset() < nextOffset) {
      return false;
    }
    nextOffset = found.nextOffset();
    chunk.getBytes(nextPosition - chunkPosition, headerBytes, 0, RecordBatch.HEADER_BYTES);
    position = nextPosition;
    nextPosition += size;
    return true;
  }

  /** Header of the current batch, readable until the next move. The records may not be there. */
  RecordBatch header() {
    return header;
  }

  /** Where the current batch begins. */
  int position() {
    return position;
  }

  /** Where the current batch ends; before the first, where the scan begins. */
  int nextPosition() {
    return nextPosition;
  }

  /**
   * The current batch with its records, readable until the next move or check; empty when it is
   * larger than what is read at once.
   */
  Optional<RecordBatch> whole() throws IOException {
    int size = nextPosition - position;
    return size <= chunk.capacity() && load(position, size)
        ? Optional.of(new RecordBatch(chunk, position - chunkPosition))
        : Optional.empty();
  }

  /** Reads the current batch whole to check it. */
  boolean crcMatches() throws IOException {
    long expected = header.crc();
    CRC32C crc = new CRC32C();
    int at = position + RecordBatch.ATTRIBUTES_AT;
    while (at < nextPosition) {
      if (!load(at, 1)) {
        return false;
      }
      int length = Math.min(nextPosition, chunkPosition + chunkBytes) - at;
      crc.update(chunk.nioBuffer(at - chunkPosition, length));
      at += length;
    }
    return crc.getValue() == expected;
  }

  @Override
  public void close() {
    chunk.release();
    headerBytes.release();
  }

  /** Makes {@code length} bytes from {@code from} lie in the chunk; false beyond the end. */
  private boolean load(int from, int length) throws IOException {
    if (from >= chunkPosition && from + length <= chunkPosition + chunkBytes) {
      return true;
    }
    if (length > end - from) {
      return false;
    }
    int wanted = Math.min(chunk.capacity(), end - from);
    var target = chunk.nioBuffer(0, wanted);
    file.read(target, from);
    chunkPosition = from;
    chunkBytes = target.position();
    return chunkBytes >= length;
  }
}
