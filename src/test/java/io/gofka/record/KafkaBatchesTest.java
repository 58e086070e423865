package io.gofka.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches of Kafka's own client library read by us, and ours read by it, in every codec. */
class KafkaBatchesTest {
  private static final long NOW = 1_700_000_000_000L;
  private final Random random = new Random(7);

  private static org.apache.kafka.common.compress.Compression kafka(Codec codec) {
    return org.apache.kafka.common.compress.Compression.of(CompressionType.forId(codec.id()))
        .build();
  }

  /** From a single byte to more than a block of any codec, some repetitive and some not. */
  private List<byte[]> values() {
    List<byte[]> values = new ArrayList<>();
    for (int size : new int[] {0, 1, 10, 1000, 40_000, 70_000, 200_000}) {
      byte[] value = new byte[size];
      if (size % 3 != 0) {
        random.nextBytes(value);
      }
      values.add(value);
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void kafkasBatchesAreReadRecordForRecord(Codec codec) {
    List<byte[]> values = values();
    SimpleRecord[] records =
        values.stream()
            .map(
                value ->
                    new SimpleRecord(
                        NOW + value.length,
                        value.length == 1
                            ? null
                            : ("key" + value.length).getBytes(StandardCharsets.UTF_8),
                        value.length == 10 ? null : value,
                        new Header[] {new RecordHeader("h", value)}))
            .toArray(SimpleRecord[]::new);
    ByteBuf bytes =
        Unpooled.wrappedBuffer(MemoryRecords.withRecords(kafka(codec), records).buffer());
    RecordBatch batch = new RecordBatch(bytes, 0);
    assertTrue(batch.crcMatches());
    assertEquals(Optional.of(codec), batch.codec());
    assertEquals(bytes.readableBytes(), batch.sizeInBytes());
    assertEquals(values.size(), batch.recordsCount());
    assertEquals(NOW + 200_000, batch.maxTimestamp());
    try (RecordReader reader = new RecordReader(batch)) {
      for (int i = 0; i < values.size(); i++) {
        assertTrue(reader.next());
        LogRecord record = reader.record();
        byte[] value = values.get(i);
        assertEquals(i, record.offset());
        assertEquals(NOW + value.length, record.timestampMs());
        assertEquals(value.length != 1, record.key().isPresent());
        assertEquals(
            value.length == 10 ? Optional.empty() : Optional.of(Unpooled.wrappedBuffer(value)),
            record.value());
      }
      assertFalse(reader.next());
    }
  }

  @ParameterizedTest
  @EnumSource
  void kafkaReadsWhatTheBuilderMakes(Codec codec) {
    List<byte[]> values = values();
    RecordBatchBuilder builder =
        new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT)
            .compression(Compression.of(codec))
            .producer(42, (short) 3, 17)
            .transactional();
    for (byte[] value : values) {
      builder.add(
          NOW - value.length,
          value.length == 1 ? Optional.empty() : Optional.of(Unpooled.copyInt(value.length)),
          value.length == 10 ? Optional.empty() : Optional.of(Unpooled.wrappedBuffer(value)));
    }
    ByteBuf bytes = builder.build();
    MutableRecordBatch batch = readByKafka(bytes);
    assertEquals(42, batch.producerId());
    assertEquals(3, batch.producerEpoch());
    assertEquals(17, batch.baseSequence());
    assertEquals(17 + values.size() - 1, batch.lastSequence());
    assertTrue(batch.isTransactional());
    assertEquals(NOW, batch.maxTimestamp());
    int i = 0;
    for (org.apache.kafka.common.record.internal.Record record : batch) {
      byte[] value = values.get(i++);
      assertEquals(NOW - value.length, record.timestamp());
      assertEquals(value.length != 1, record.hasKey());
      assertEquals(value.length == 10 ? null : ByteBuffer.wrap(value), record.value());
    }
    assertEquals(values.size(), i);
    bytes.release();
  }

  private static MutableRecordBatch readByKafka(ByteBuf bytes) {
    MemoryRecords records = MemoryRecords.readableRecords(bytes.nioBuffer());
    MutableRecordBatch batch = records.batches().iterator().next();
    batch.ensureValid();
    return batch;
  }

  @ParameterizedTest
  @EnumSource
  void recompressionKeepsRecordsAndProducer(Codec target) throws RecordsRefusedException {
    for (Codec source : Codec.values()) {
      SimpleRecord[] records =
          values().stream()
              .map(value -> new SimpleRecord(NOW, value, value))
              .toArray(SimpleRecord[]::new);
      MemoryRecords original =
          MemoryRecords.withIdempotentRecords(kafka(source), 9, (short) 1, 5, records);
      ByteBuf bytes = Unpooled.wrappedBuffer(original.buffer());
      ByteBuf recompressed =
          Recompressor.recompress(
              new RecordBatch(bytes, 0),
              Compression.of(target),
              Integer.MAX_VALUE,
              UnpooledByteBufAllocator.DEFAULT);
      MutableRecordBatch batch = readByKafka(recompressed);
      assertEquals(target.id(), batch.compressionType().id);
      assertEquals(9, batch.producerId());
      assertEquals(5, batch.baseSequence());
      int i = 0;
      for (org.apache.kafka.common.record.internal.Record record : batch) {
        assertEquals(ByteBuffer.wrap(records[i].value().array()), record.value());
        i++;
      }
      assertEquals(records.length, i);
      recompressed.release();
    }
  }

  @ParameterizedTest
  @EnumSource
  void logAppendTimeIsSeenByKafka(Codec codec) {
    ByteBuf bytes =
        Unpooled.copiedBuffer(
            MemoryRecords.withRecords(
                    kafka(codec),
                    new SimpleRecord(1, new byte[10]),
                    new SimpleRecord(2, new byte[9]))
                .buffer());
    RecordBatch batch = new RecordBatch(bytes, 0);
    batch.assign(1000, 7);
    batch.stampLogAppendTime(NOW);
    MutableRecordBatch read = readByKafka(bytes);
    assertEquals(1000, read.baseOffset());
    assertEquals(7, read.partitionLeaderEpoch());
    read.forEach(record -> assertEquals(NOW, record.timestamp()));
    try (RecordReader reader = new RecordReader(batch)) {
      assertTrue(reader.next());
      assertEquals(NOW, reader.timestampMs());
    }
  }

  @ParameterizedTest
  @EnumSource
  void checksumIsTheSameHoweverTheBytesLie(Codec codec) {
    byte[] bytes =
        ByteBufUtil.getBytes(
            Unpooled.wrappedBuffer(
                MemoryRecords.withRecords(kafka(codec), new SimpleRecord(NOW, new byte[5000]))
                    .buffer()));
    ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
    CompositeByteBuf composite = Unpooled.compositeBuffer();
    for (int at = 0; at < bytes.length; at += 13) {
      composite.addComponent(
          true, Unpooled.directBuffer().writeBytes(bytes, at, Math.min(13, bytes.length - at)));
    }
    assertTrue(new RecordBatch(Unpooled.wrappedBuffer(bytes), 0).crcMatches());
    assertTrue(new RecordBatch(direct, 0).crcMatches());
    assertTrue(new RecordBatch(composite, 0).crcMatches());
    assertTrue(new RecordBatch(composite.slice(0, bytes.length), 0).crcMatches());
    direct.release();
    composite.release();
  }
}
