package io.gofka.log;

import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Batches as a producer would send them. */
final class Batches {
  private Batches() {}

  static RecordBatchBuilder of(long timestampMs, String... values) {
    RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
    for (String value : values) {
      builder.add(timestampMs, Optional.of(utf8("key-" + value)), Optional.of(utf8(value)));
    }
    return builder;
  }

  static ByteBuf plain(long timestampMs, String... values) {
    return of(timestampMs, values).build();
  }

  static ByteBuf compressed(Codec codec, long timestampMs, String... values) {
    return of(timestampMs, values).compression(Compression.of(codec)).build();
  }

  static ByteBuf produced(
      long producerId, int epoch, int sequence, long timestampMs, String... values) {
    return of(timestampMs, values).producer(producerId, (short) epoch, sequence).build();
  }

  static ByteBuf transactional(
      long producerId, int epoch, int sequence, long timestampMs, String... values) {
    return of(timestampMs, values)
        .producer(producerId, (short) epoch, sequence)
        .transactional()
        .build();
  }

  static ByteBuf marker(
      EndTxnMarker.Type type, long producerId, int epoch, int coordinatorEpoch, long timestampMs) {
    return new EndTxnMarker(type, coordinatorEpoch)
        .batch(UnpooledByteBufAllocator.DEFAULT, producerId, (short) epoch, timestampMs);
  }

  static List<RecordBatch> view(ByteBuf batch) {
    return List.of(new RecordBatch(batch, batch.readerIndex()));
  }

  static ByteBuf utf8(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }
}
