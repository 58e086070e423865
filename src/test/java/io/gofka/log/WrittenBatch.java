package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A batch as it must be in a log.
 *
 * @param timestamp the latest of its records (ms), or {@link RecordBatch#NO_TIMESTAMP} without any
 */
@SuppressWarnings("ArrayRecordComponent") // Compared with what is read, never with each other.
record WrittenBatch(
    long baseOffset, long lastOffset, byte[] bytes, long timestamp, int epoch, long producerId) {
  static WrittenBatch of(RecordBatch batch) {
    return new WrittenBatch(
        batch.baseOffset(),
        batch.lastOffset(),
        ByteBufUtil.getBytes(batch.bytes(), batch.start(), batch.sizeInBytes()),
        batch.recordsCount() == 0 ? RecordBatch.NO_TIMESTAMP : batch.maxTimestamp(),
        batch.partitionLeaderEpoch(),
        batch.producerId());
  }

  /** All that a log has, also what its start hides. */
  static List<WrittenBatch> allIn(PartitionLog log) throws IOException {
    List<WrittenBatch> all = new ArrayList<>();
    for (Segment segment : log.segments()) {
      ByteBuf bytes = new LogSlice(Optional.of(segment), 0, segment.sizeBytes()).buffer();
      for (int at = 0; at < segment.sizeBytes(); ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        assertTrue(batch.crcMatches(), "CRC at " + batch.baseOffset());
        all.add(of(batch));
        at += batch.sizeInBytes();
      }
      bytes.release();
    }
    return all;
  }

  int size() {
    return bytes.length;
  }

  long nextOffset() {
    return lastOffset + 1;
  }

  RecordBatch view() {
    return new RecordBatch(Unpooled.wrappedBuffer(bytes), 0);
  }
}
