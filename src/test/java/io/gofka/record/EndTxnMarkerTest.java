package io.gofka.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Markers as Kafka's own client library writes and reads them. */
class EndTxnMarkerTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final long PRODUCER = 4711;
  private static final short EPOCH = 12;
  private static final int COORDINATOR_EPOCH = 77_000;

  private static byte[] kafkas(EndTxnMarker.Type type, long offset, int leaderEpoch) {
    MemoryRecords records =
        MemoryRecords.withEndTransactionMarker(
            offset,
            NOW,
            leaderEpoch,
            PRODUCER,
            EPOCH,
            new EndTransactionMarker(ControlRecordType.valueOf(type.name()), COORDINATOR_EPOCH));
    ByteBuffer buffer = records.buffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void markerIsByteForByteThatOfKafka(EndTxnMarker.Type type) {
    ByteBuf batch =
        new EndTxnMarker(type, COORDINATOR_EPOCH)
            .batch(UnpooledByteBufAllocator.DEFAULT, PRODUCER, EPOCH, NOW);
    new RecordBatch(batch, 0).assign(321, 9);
    assertArrayEquals(kafkas(type, 321, 9), ByteBufUtil.getBytes(batch));
    batch.release();
  }

  @ParameterizedTest
  @EnumSource
  void kafkasMarkerIsRead(EndTxnMarker.Type type) {
    RecordBatch batch = new RecordBatch(Unpooled.wrappedBuffer(kafkas(type, 5, 0)), 0);
    assertEquals(Optional.of(new EndTxnMarker(type, COORDINATOR_EPOCH)), EndTxnMarker.in(batch));
  }

  private static RecordBatch control(byte[] key, byte[] value) {
    ByteBuf built =
        new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT)
            .producer(PRODUCER, EPOCH, RecordBatch.NO_SEQUENCE)
            .transactional()
            .control()
            .add(
                NOW,
                Optional.of(Unpooled.wrappedBuffer(key)),
                Optional.of(Unpooled.wrappedBuffer(value)))
            .build();
    ByteBuf heap = Unpooled.copiedBuffer(built);
    built.release();
    return new RecordBatch(heap, 0);
  }

  @Test
  void controlRecordOfAnotherKindIsNoMarker() {
    byte[] value = new byte[6];
    assertEquals(Optional.empty(), EndTxnMarker.in(control(new byte[] {0, 0, 0, 2}, value)));
    assertEquals(Optional.empty(), EndTxnMarker.in(control(new byte[] {0, 0, -1, -1}, value)));
    assertEquals(Optional.empty(), EndTxnMarker.in(control(new byte[] {-1, 0, 0, 1}, value)));
    assertEquals(Optional.empty(), EndTxnMarker.in(control(new byte[] {0, 0, 0}, value)));
    assertEquals(Optional.empty(), EndTxnMarker.in(control(new byte[4], new byte[5])));
  }

  @Test
  void laterVersionsThatOnlyAddFieldsAreRead() {
    RecordBatch batch = control(new byte[] {0, 3, 0, 1, 42}, new byte[] {0, 7, 0, 0, 0, 5, 99, 99});
    assertEquals(
        Optional.of(new EndTxnMarker(EndTxnMarker.Type.COMMIT, 5)), EndTxnMarker.in(batch));
  }

  @Test
  void damagedControlBatchIsNoMarker() {
    byte[] bytes = kafkas(EndTxnMarker.Type.COMMIT, 0, 0);
    for (int at = RecordBatch.HEADER_BYTES; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] = -1;
      EndTxnMarker.in(new RecordBatch(Unpooled.wrappedBuffer(damaged), 0)); // And doesn't throw.
    }
    byte[] empty = java.util.Arrays.copyOf(bytes, RecordBatch.HEADER_BYTES);
    ByteBuf buffer = Unpooled.wrappedBuffer(empty);
    buffer.setInt(RecordBatch.LENGTH_AT, empty.length - RecordBatch.LOG_OVERHEAD_BYTES);
    buffer.setInt(RecordBatch.RECORDS_COUNT_AT, 0);
    assertEquals(Optional.empty(), EndTxnMarker.in(new RecordBatch(buffer, 0)));
  }

  @Test
  void batchOfDataIsNotAskedForAMarker() {
    RecordBatch batch = control(new byte[4], new byte[6]);
    batch.bytes().setShort(RecordBatch.ATTRIBUTES_AT, RecordBatch.TRANSACTIONAL_BIT);
    assertThrows(IllegalArgumentException.class, () -> EndTxnMarker.in(batch));
  }
}
