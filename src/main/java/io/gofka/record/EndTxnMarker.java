package io.gofka.record;

import io.gofka.common.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/**
 * The control record that ends a transaction in one partition: the only record of a control batch,
 * written by the partition's leader on behalf of the transaction's coordinator.
 *
 * <pre>
 * key    version int16 (0), type int16 (0 abort, 1 commit)
 * value  version int16 (0), coordinatorEpoch int32
 * </pre>
 *
 * <p>Later versions may only add fields, so that any version from 0 on is read as this one. Source:
 * KIP-98.
 *
 * @param coordinatorEpoch leader epoch of the coordinator's partition: an older coordinator is
 *     fenced by it
 */
public record EndTxnMarker(Type type, int coordinatorEpoch) {
  private static final int KEY_BYTES = 4;
  private static final int VALUE_BYTES = 6;

  /** How a transaction has ended. */
  public enum Type {
    ABORT((short) 0),
    COMMIT((short) 1);

    private final short id;

    Type(short id) {
      this.id = id;
    }
  }

  /**
   * The marker in a control batch; empty when compaction has left no record of it, or it is none
   * that ends a transaction.
   *
   * @param batch readable as a whole
   */
  public static Optional<EndTxnMarker> in(RecordBatch batch) {
    if (!batch.isControl()) {
      throw new IllegalArgumentException(batch + " is no control batch");
    }
    try (RecordReader reader = new RecordReader(batch)) {
      if (!reader.next()) {
        return Optional.empty();
      }
      LogRecord record = reader.record();
      Optional<ByteBuf> key = record.key().filter(bytes -> bytes.readableBytes() >= KEY_BYTES);
      Optional<ByteBuf> value =
          record.value().filter(bytes -> bytes.readableBytes() >= VALUE_BYTES);
      if (key.isEmpty() || value.isEmpty() || key.get().getShort(0) < 0) {
        return Optional.empty();
      }
      short id = key.get().getShort(2);
      for (Type type : Type.values()) {
        if (type.id == id) {
          return Optional.of(new EndTxnMarker(type, value.get().getInt(2)));
        }
      }
      return Optional.empty();
    } catch (ApiException unreadable) {
      return Optional.empty();
    }
  }

  /**
   * The batch that a leader appends.
   *
   * @param timestampMs wall clock
   * @return from reader index to writer index; the caller owns it
   */
  public ByteBuf batch(
      ByteBufAllocator allocator, long producerId, short producerEpoch, long timestampMs) {
    ByteBuf key = Unpooled.buffer(KEY_BYTES).writeShort(0).writeShort(type.id);
    ByteBuf value = Unpooled.buffer(VALUE_BYTES).writeShort(0).writeInt(coordinatorEpoch);
    return new RecordBatchBuilder(allocator)
        .producer(producerId, producerEpoch, RecordBatch.NO_SEQUENCE)
        .transactional()
        .control()
        .add(timestampMs, Optional.of(key), Optional.of(value))
        .build();
  }
}
