package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/**
 * Reads a complete segment batch by batch, each whole and with its CRC checked. One thread; close
 * it.
 */
final class WholeBatches implements AutoCloseable {
  private final DiskFile file;
  private final String name;
  private final int end;
  private final IntConsumer onRead;
  private ByteBuf buffer;
  private int bufferPosition;
  private int position;
  private int nextPosition;
  private long nextOffset;
  private RecordBatch batch;

  /**
   * @param name of the segment, for errors
   * @param end how far it goes
   * @param bufferBytes memory to read into, unless a batch is larger
   * @param onRead told the size of each read
   */
  WholeBatches(
      DiskFile file, String name, long baseOffset, int end, int bufferBytes, IntConsumer onRead) {
    this.file = file;
    this.name = name;
    this.end = end;
    this.nextOffset = baseOffset;
    this.onRead = onRead;
    int capacity = Math.min(Math.max(bufferBytes, RecordBatch.HEADER_BYTES), Math.max(end, 1));
    this.buffer = PooledByteBufAllocator.DEFAULT.directBuffer(capacity, capacity);
  }

  /**
   * Moves to the next batch; false at the end.
   *
   * @throws LogCorruptException when the bytes are no whole batch that continues the segment
   */
  boolean next() throws IOException {
    position = nextPosition;
    if (position == end) {
      return false;
    }
    require(end - position >= RecordBatch.HEADER_BYTES, "is cut off");
    load(RecordBatch.HEADER_BYTES);
    RecordBatch header = new RecordBatch(buffer, position - bufferPosition);
    int size = header.sizeInBytes();
    require(header.magic() == RecordBatch.MAGIC, "has no batch");
    require(size >= RecordBatch.HEADER_BYTES && size <= end - position, "has an impossible batch");
    load(size);
    batch = new RecordBatch(buffer, position - bufferPosition);
    require(batch.crcMatches(), "has a batch whose CRC is wrong");
    require(
        batch.baseOffset() >= nextOffset && batch.lastOffsetDelta() >= 0, "goes back in offsets");
    nextOffset = batch.nextOffset();
    nextPosition = position + size;
    return true;
  }

  /** The current batch, readable as a whole until the next move. */
  RecordBatch batch() {
    return batch;
  }

  /** Makes {@code length} bytes from the position lie in the buffer. */
  private void load(int length) throws IOException {
    int from = position - bufferPosition;
    if (from + length <= buffer.writerIndex()) {
      return;
    }
    if (length > buffer.capacity()) {
      ByteBuf larger = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
      buffer.release();
      buffer = larger;
    }
    int wanted = Math.min(buffer.capacity(), end - position);
    ByteBuffer target = buffer.internalNioBuffer(0, wanted);
    int before = target.position();
    file.read(target, position);
    int read = target.position() - before;
    bufferPosition = position;
    buffer.setIndex(0, read);
    onRead.accept(read);
    require(read >= length, "is shorter than it was");
  }

  private void require(boolean holds, String otherwise) throws LogCorruptException {
    if (!holds) {
      throw new LogCorruptException(name + " " + otherwise + " at position " + position);
    }
  }

  @Override
  public void close() {
    buffer.release();
  }
}
