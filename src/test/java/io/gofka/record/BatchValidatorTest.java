package io.gofka.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchValidatorTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final long HOUR_MS = 3_600_000;

  private static RecordRules rules(int maxBytes, boolean keysRequired, long beforeMaxMs) {
    return new RecordRules(
        maxBytes,
        keysRequired,
        io.gofka.record.TimestampType.CREATE_TIME,
        beforeMaxMs,
        HOUR_MS,
        Optional.empty());
  }

  private static final RecordRules PLAIN = rules(1 << 20, false, Long.MAX_VALUE);
  private static final RecordRules COMPACTED = rules(1 << 20, true, Long.MAX_VALUE);

  private static RecordBatchBuilder builder() {
    return new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
  }

  private static Optional<ByteBuf> bytes(int size) {
    return Optional.of(Unpooled.wrappedBuffer(new byte[size]));
  }

  private static ByteBuf twoRecords() {
    return builder().add(NOW, bytes(3), bytes(5)).add(NOW, bytes(3), bytes(5)).build();
  }

  /** NONE when the batch may be appended. */
  private static ErrorCode verdict(ByteBuf records, RecordRules rules) {
    try {
      RecordBatch batch = BatchValidator.singleBatch(records);
      BatchValidator.checkHeader(batch, rules, NOW);
      if (BatchValidator.needsRecords(batch, rules)) {
        BatchValidator.checkRecords(batch, rules, NOW);
      }
      return ErrorCode.NONE;
    } catch (RecordsRefusedException refused) {
      return refused.errorCode();
    } finally {
      records.release();
    }
  }

  /** A batch with a changed header field and a CRC that is right again. */
  private static ByteBuf changed(java.util.function.Consumer<ByteBuf> change) {
    ByteBuf batch = twoRecords();
    change.accept(batch);
    new RecordBatch(batch, 0).updateCrc();
    return batch;
  }

  @Test
  void ordinaryBatchIsTaken() {
    assertEquals(ErrorCode.NONE, verdict(twoRecords(), PLAIN));
  }

  @Test
  void oldFormatsAreRefused() {
    for (byte magic = 0; magic < 2; magic++) {
      MemoryRecords old =
          MemoryRecords.withRecords(
              magic,
              0,
              org.apache.kafka.common.compress.Compression.NONE,
              TimestampType.CREATE_TIME,
              new SimpleRecord(NOW, new byte[100]));
      assertEquals(ErrorCode.INVALID_RECORD, verdict(Unpooled.wrappedBuffer(old.buffer()), PLAIN));
    }
    assertEquals(
        ErrorCode.CORRUPT_MESSAGE,
        verdict(changed(batch -> batch.setByte(RecordBatch.MAGIC_AT, 3)), PLAIN));
  }

  @Test
  void everyFlippedBitBehindTheCrcIsFound() {
    ByteBuf batch = twoRecords();
    for (int at = RecordBatch.ATTRIBUTES_AT; at < batch.readableBytes(); at++) {
      for (int bit = 0; bit < 8; bit++) {
        ByteBuf damaged = batch.copy();
        damaged.setByte(at, damaged.getByte(at) ^ (1 << bit));
        assertEquals(ErrorCode.CORRUPT_MESSAGE, verdict(damaged, PLAIN));
      }
    }
    batch.release();
  }

  @Test
  void batchCutOffAnywhereIsRefused() {
    ByteBuf batch = twoRecords();
    for (int length = 0; length < batch.readableBytes(); length++) {
      assertTrue(verdict(batch.copy(0, length), PLAIN) != ErrorCode.NONE, "length " + length);
    }
    batch.release();
  }

  @Test
  void hostileLengthsAreRefused() {
    for (int length : new int[] {-2, -1, 0, 48, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      ByteBuf batch = twoRecords();
      batch.setInt(RecordBatch.LENGTH_AT, length);
      assertEquals(ErrorCode.CORRUPT_MESSAGE, verdict(batch, PLAIN), "length " + length);
    }
  }

  @Test
  void secondBatchIsRefused() {
    assertEquals(
        ErrorCode.INVALID_RECORD,
        verdict(Unpooled.wrappedBuffer(twoRecords(), twoRecords()), PLAIN));
  }

  @Test
  void countMustAgreeWithTheOffsets() {
    for (int delta : new int[] {-1, 0, 2, Integer.MAX_VALUE}) {
      assertEquals(
          ErrorCode.INVALID_RECORD,
          verdict(changed(batch -> batch.setInt(RecordBatch.LAST_OFFSET_DELTA_AT, delta)), PLAIN));
    }
    for (int count : new int[] {-1, 0, 3, Integer.MIN_VALUE}) {
      assertEquals(
          ErrorCode.INVALID_RECORD,
          verdict(changed(batch -> batch.setInt(RecordBatch.RECORDS_COUNT_AT, count)), PLAIN));
    }
  }

  @Test
  void clientsWriteNoControlRecordsAndNoOffsets() {
    assertEquals(
        ErrorCode.INVALID_RECORD,
        verdict(builder().control().add(NOW, bytes(4), bytes(4)).build(), PLAIN));
    assertEquals(
        ErrorCode.INVALID_RECORD,
        verdict(changed(batch -> batch.setLong(RecordBatch.BASE_OFFSET_AT, 1)), PLAIN));
  }

  @Test
  void idempotentProducerMustSendASequence() {
    assertEquals(
        ErrorCode.INVALID_RECORD,
        verdict(builder().producer(1, (short) 0, -1).add(NOW, bytes(1), bytes(1)).build(), PLAIN));
    assertEquals(
        ErrorCode.INVALID_RECORD,
        verdict(builder().producer(1, (short) -1, 0).add(NOW, bytes(1), bytes(1)).build(), PLAIN));
  }

  @Test
  void codecThatNobodyKnowsIsRefused() {
    assertEquals(
        ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
        verdict(changed(batch -> batch.setShort(RecordBatch.ATTRIBUTES_AT, 5)), PLAIN));
  }

  @Test
  void sizeIsThatOfTheBatch() {
    ByteBuf measured = twoRecords();
    int size = measured.readableBytes();
    measured.release();
    assertEquals(ErrorCode.NONE, verdict(twoRecords(), rules(size, false, Long.MAX_VALUE)));
    assertEquals(
        ErrorCode.MESSAGE_TOO_LARGE, verdict(twoRecords(), rules(size - 1, false, Long.MAX_VALUE)));
  }

  @ParameterizedTest
  @EnumSource
  void recordsWithoutAKeyAreNamedInCompactedTopics(Codec codec) throws Exception {
    ByteBuf records =
        builder()
            .compression(Compression.of(codec))
            .add(NOW, bytes(0), bytes(5))
            .add(NOW, Optional.empty(), bytes(5))
            .add(NOW, bytes(1), Optional.empty())
            .add(NOW, Optional.empty(), Optional.empty())
            .build();
    assertEquals(ErrorCode.NONE, verdict(records.copy(), PLAIN));
    RecordBatch batch = BatchValidator.singleBatch(records);
    RecordsRefusedException refused =
        assertThrows(
            RecordsRefusedException.class,
            () -> BatchValidator.checkRecords(batch, COMPACTED, NOW));
    assertEquals(ErrorCode.INVALID_RECORD, refused.errorCode());
    assertEquals(
        java.util.List.of(1, 3),
        refused.faults().stream().map(RecordsRefusedException.Fault::batchIndex).toList());
    records.release();
  }

  @Test
  void timestampsMustBeNearTheBrokersClock() {
    RecordRules strict = rules(1 << 20, false, HOUR_MS);
    assertEquals(ErrorCode.NONE, verdict(at(NOW + HOUR_MS), strict));
    assertEquals(ErrorCode.INVALID_TIMESTAMP, verdict(at(NOW + HOUR_MS + 1), PLAIN));
    assertEquals(ErrorCode.NONE, verdict(at(NOW - HOUR_MS), strict));
    assertEquals(ErrorCode.INVALID_TIMESTAMP, verdict(at(NOW - HOUR_MS - 1), strict));
    assertEquals(ErrorCode.NONE, verdict(at(NOW - HOUR_MS - 1), PLAIN));
    assertEquals(ErrorCode.NONE, verdict(at(RecordBatch.NO_TIMESTAMP), strict));
    ByteBuf oneOld =
        builder().add(NOW, bytes(1), bytes(1)).add(NOW - 2 * HOUR_MS, bytes(1), bytes(1)).build();
    assertEquals(ErrorCode.INVALID_TIMESTAMP, verdict(oneOld, strict));
  }

  @Test
  void producerMayNotClaimLogAppendTime() {
    assertEquals(
        ErrorCode.INVALID_TIMESTAMP,
        verdict(changed(batch -> batch.setShort(RecordBatch.ATTRIBUTES_AT, 8)), PLAIN));
  }

  private static ByteBuf at(long timestampMs) {
    return builder().add(timestampMs, bytes(1), bytes(1)).build();
  }

  @Test
  void randomPayloadsWithARightCrcNeverDoMoreThanBeRefused() {
    Random random = new Random(3);
    ByteBuf template =
        builder().add(NOW, bytes(30), bytes(200)).add(NOW, bytes(3), bytes(70)).build();
    for (int round = 0; round < 4_000; round++) {
      ByteBuf batch = template.copy();
      batch.setShort(RecordBatch.ATTRIBUTES_AT, random.nextInt(5));
      int changes = 1 + random.nextInt(6);
      for (int i = 0; i < changes; i++) {
        int at =
            RecordBatch.HEADER_BYTES
                + random.nextInt(batch.readableBytes() - RecordBatch.HEADER_BYTES);
        batch.setByte(at, random.nextInt());
      }
      new RecordBatch(batch, 0).updateCrc();
      verdict(batch, COMPACTED);
    }
    template.release();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void damagedCompressedPayloadsNeverDoMoreThanBeRefused(Codec codec) {
    Random random = new Random(5);
    ByteBuf template =
        builder()
            .compression(Compression.of(codec))
            .add(NOW, bytes(30), bytes(2000))
            .add(NOW, bytes(3), bytes(70))
            .build();
    for (int round = 0; round < 1_000; round++) {
      ByteBuf batch = template.copy();
      int at =
          RecordBatch.HEADER_BYTES
              + random.nextInt(batch.readableBytes() - RecordBatch.HEADER_BYTES);
      batch.setByte(at, random.nextInt());
      new RecordBatch(batch, 0).updateCrc();
      verdict(batch, COMPACTED);
    }
    template.release();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void compressionBombEndsAtItsLimit(Codec codec) {
    ByteBuf bomb =
        builder().compression(Compression.of(codec)).add(NOW, bytes(1), bytes(4 << 20)).build();
    try (RecordReader reader = new RecordReader(new RecordBatch(bomb, 0), 1 << 20)) {
      assertTrue(reader.next());
      ApiException refused = assertThrows(ApiException.class, reader::next);
      assertEquals(ErrorCode.INVALID_RECORD, refused.errorCode());
    }
    bomb.release();
  }

  @Test
  void snappyBlockThatClaimsMoreThanItCanHoldIsRefusedBeforeAnythingIsAllocated() {
    byte[] claim = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 0, 0, 0};
    ByteBuf batch = changedPayload(Codec.SNAPPY, claim);
    assertEquals(ErrorCode.INVALID_RECORD, verdict(batch, COMPACTED));
  }

  @Test
  void bareSnappyBlockOfOtherClientsIsRead() throws Exception {
    ByteBuf plain = twoRecords();
    byte[] payload =
        ByteBufUtil.getBytes(
            plain, RecordBatch.HEADER_BYTES, plain.readableBytes() - RecordBatch.HEADER_BYTES);
    ByteBuf batch = changedPayload(Codec.SNAPPY, org.xerial.snappy.Snappy.compress(payload));
    assertEquals(ErrorCode.NONE, verdict(batch, COMPACTED));
    plain.release();
  }

  private static ByteBuf changedPayload(Codec codec, byte[] payload) {
    ByteBuf batch = twoRecords();
    batch.writerIndex(RecordBatch.HEADER_BYTES);
    batch.writeBytes(payload);
    batch.setShort(RecordBatch.ATTRIBUTES_AT, codec.id());
    batch.setInt(RecordBatch.LENGTH_AT, batch.readableBytes() - RecordBatch.LOG_OVERHEAD_BYTES);
    new RecordBatch(batch, 0).updateCrc();
    return batch;
  }
}
