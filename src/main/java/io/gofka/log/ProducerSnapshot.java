package io.gofka.log;

import io.gofka.log.UnstableTransactions.Ended;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A snapshot of {@link ProducerState} as a file of our own:
 *
 * <pre>
 *  0 magic               int32  "GPS3"
 *  4 producers           int32  count
 *  8 ended transactions  int32  count of those whose end wasn't committed
 * 12 producers           each: int64 producerId, int16 epoch, int32 coordinatorEpoch, int64
 *                        transactionFirstOffset (-1: none open), int64 lastAppendMs, int64
 *                        lastTimestampMs, int32 consecutive sequences, int8 count of batches,
 *                        and for each of them, oldest first: int32 lastSequence, int32
 *                        offsetDelta, int64 lastOffset, int64 maxTimestampMs
 *    ended transactions  each: int64 firstOffset, int64 lastOffset
 *    crc                 int32  CRC-32C of all that stands before
 * </pre>
 */
final class ProducerSnapshot {
  private static final int MAGIC = 0x47505333;
  private static final int HEADER_BYTES = 12;
  private static final int PRODUCER_BYTES = 8 + 2 + 4 + 8 + 8 + 8 + 4 + 1;
  private static final int BATCH_BYTES = 4 + 4 + 8 + 8;
  private static final int ENDED_BYTES = 8 + 8;
  private static final int CRC_BYTES = 4;

  private ProducerSnapshot() {}

  static byte[] encode(Map<Long, ProducerEntry> producers, UnstableTransactions transactions) {
    var ended = transactions.awaitingCommit();
    int size = HEADER_BYTES + ended.size() * ENDED_BYTES + CRC_BYTES;
    for (ProducerEntry producer : producers.values()) {
      size += PRODUCER_BYTES + producer.batches() * BATCH_BYTES;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.putInt(MAGIC).putInt(producers.size()).putInt(ended.size());
    producers.forEach((id, producer) -> write(out, id, producer));
    for (Ended transaction : ended) {
      out.putLong(transaction.firstOffset()).putLong(transaction.lastOffset());
    }
    out.putInt(crc(out.array(), size - CRC_BYTES));
    return out.array();
  }

  private static void write(ByteBuffer out, long producerId, ProducerEntry producer) {
    out.putLong(producerId)
        .putShort(producer.epoch)
        .putInt(producer.coordinatorEpoch)
        .putLong(producer.transactionFirstOffset)
        .putLong(producer.lastAppendMs)
        .putLong(producer.lastTimestampMs)
        .putInt(producer.consecutive())
        .put((byte) producer.batches());
    for (int age = producer.batches() - 1; age >= 0; age--) {
      ProducerEntry.Batch batch = producer.batch(age);
      out.putInt(batch.lastSequence())
          .putInt(batch.offsetDelta())
          .putLong(batch.lastOffset())
          .putLong(batch.maxTimestampMs());
    }
  }

  /**
   * Puts what the file says into {@code producers} and {@code transactions}, both empty.
   *
   * @param nowMs wall clock: nobody can have appended later, whatever the clock was then
   * @return false when it is damaged, and then nothing can be said of the two
   */
  static boolean decode(
      byte[] content,
      long nowMs,
      Map<Long, ProducerEntry> producers,
      UnstableTransactions transactions) {
    int end = content.length - CRC_BYTES;
    if (end < HEADER_BYTES) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(content);
    if (in.getInt(end) != crc(content, end) || in.getInt() != MAGIC) {
      return false;
    }
    in.limit(end);
    int producerCount = in.getInt();
    int endedCount = in.getInt();
    for (int i = 0; i < producerCount; i++) {
      Optional<Long> id = read(in, nowMs, producers);
      if (id.isEmpty()) {
        return false;
      }
      ProducerEntry producer = producers.get(id.get());
      if (producer.isInTransaction()) {
        transactions.began(producer.transactionFirstOffset, id.get());
      }
    }
    if (in.remaining() != (long) endedCount * ENDED_BYTES) {
      return false;
    }
    for (int i = 0; i < endedCount; i++) {
      transactions.restore(new Ended(in.getLong(), in.getLong()));
    }
    return true;
  }

  private static Optional<Long> read(
      ByteBuffer in, long nowMs, Map<Long, ProducerEntry> producers) {
    if (in.remaining() < PRODUCER_BYTES) {
      return Optional.empty();
    }
    long producerId = in.getLong();
    ProducerEntry producer = new ProducerEntry();
    producer.epoch = in.getShort();
    producer.coordinatorEpoch = in.getInt();
    producer.transactionFirstOffset = in.getLong();
    producer.lastAppendMs = Math.min(in.getLong(), nowMs);
    producer.lastTimestampMs = in.getLong();
    int consecutive = in.getInt();
    int batches = in.get();
    if (batches < 0
        || batches > ProducerEntry.REMEMBERED_BATCHES
        || in.remaining() < batches * BATCH_BYTES) {
      return Optional.empty();
    }
    for (int batch = 0; batch < batches; batch++) {
      producer.remember(in.getInt(), in.getInt(), in.getLong(), in.getLong());
    }
    producer.restoreConsecutive(consecutive);
    producers.put(producerId, producer);
    return Optional.of(producerId);
  }

  private static int crc(byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }
}
