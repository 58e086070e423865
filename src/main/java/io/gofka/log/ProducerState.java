package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.compact.LastRecord;
import io.gofka.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What one log remembers of the producers that write to it: decides whether a batch is next in its
 * sequence, a repetition of one of the last five, or out of order.
 *
 * <p>Confined to one thread, without I/O or clock. A producer that the log doesn't know, or whose
 * entry has expired, may begin with any sequence. Sequences go from 2³¹-1 on to 0. Source: KIP-98,
 * KIP-360.
 */
final class ProducerState {
  /** As many requests as a producer may have in flight, so that any of them can be repeated. */
  static final int REMEMBERED_BATCHES = 5;

  /** The one silent for longest makes room for the next. */
  static final int MAX_PRODUCERS = 100_000;

  private static final int MAGIC = 0x47505331; // "GPS1"
  private static final int HEADER_BYTES = 8;
  private static final int ENTRY_BYTES = 8 + 2 + 8 + 1;
  private static final int BATCH_BYTES = 4 + 4 + 8 + 8;
  private static final int CRC_BYTES = 4;

  private final LinkedHashMap<Long, Producer> producers = new LinkedHashMap<>(0, 0.75f, true);

  /** The batch was written before: where. */
  record Duplicate(long baseOffset, long lastOffset, long maxTimestampMs) {}

  /** A producer with its last batches, the newest at {@code newest}. */
  private static final class Producer {
    private short epoch;
    private long lastAppendMs;
    private int batches;
    private int newest = -1;
    private final int[] lastSequences = new int[REMEMBERED_BATCHES];
    private final int[] offsetDeltas = new int[REMEMBERED_BATCHES];
    private final long[] lastOffsets = new long[REMEMBERED_BATCHES];
    private final long[] timestamps = new long[REMEMBERED_BATCHES];

    int lastSequence() {
      return batches == 0 ? RecordBatch.NO_SEQUENCE : lastSequences[newest];
    }

    void remember(int lastSequence, int offsetDelta, long lastOffset, long timestampMs) {
      newest = (newest + 1) % REMEMBERED_BATCHES;
      batches = Math.min(batches + 1, REMEMBERED_BATCHES);
      lastSequences[newest] = lastSequence;
      offsetDeltas[newest] = offsetDelta;
      lastOffsets[newest] = lastOffset;
      timestamps[newest] = timestampMs;
    }

    int slot(int age) {
      return Math.floorMod(newest - age, REMEMBERED_BATCHES);
    }
  }

  int size() {
    return producers.size();
  }

  /**
   * Judges a batch of an idempotent producer before it is appended.
   *
   * @return where the batch lies already, when it is a repetition
   * @throws ApiException INVALID_PRODUCER_EPOCH when another instance has taken over the id,
   *     OUT_OF_ORDER_SEQUENCE_NUMBER when batches before it are missing
   */
  Optional<Duplicate> check(RecordBatch batch) {
    Producer producer = producers.get(batch.producerId());
    if (producer == null) {
      return Optional.empty();
    }
    short epoch = batch.producerEpoch();
    int sequence = batch.baseSequence();
    if (epoch < producer.epoch) {
      throw new ApiException(
          ErrorCode.INVALID_PRODUCER_EPOCH,
          "producer "
              + batch.producerId()
              + " writes with epoch "
              + epoch
              + ", the log knows "
              + producer.epoch);
    }
    if (epoch > producer.epoch) {
      if (sequence != 0) {
        throw outOfOrder(batch, "a new epoch begins with 0");
      }
      return Optional.empty();
    }
    Optional<Duplicate> duplicate = duplicateOf(producer, batch);
    if (duplicate.isPresent()) {
      return duplicate;
    }
    if (sequence != next(producer.lastSequence())) {
      throw outOfOrder(batch, "the last one was " + producer.lastSequence());
    }
    return Optional.empty();
  }

  /**
   * The batch is in the log now; batches without a producer id leave no trace.
   *
   * @param timestampMs wall clock
   */
  void appended(RecordBatch batch, long timestampMs) {
    if (!batch.hasProducerId()) {
      return;
    }
    Producer producer = producers.computeIfAbsent(batch.producerId(), id -> new Producer());
    if (batch.producerEpoch() != producer.epoch) {
      producer.epoch = batch.producerEpoch();
      producer.batches = 0;
    }
    producer.lastAppendMs = timestampMs;
    if (!batch.isControl()) {
      producer.remember(
          batch.lastSequence(), batch.lastOffsetDelta(), batch.lastOffset(), batch.maxTimestamp());
    }
    if (producers.size() > MAX_PRODUCERS) {
      Iterator<?> oldest = producers.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Forgets who has been silent for too long. */
  void expire(long nowMs, long expirationMs) {
    producers.values().removeIf(producer -> nowMs - producer.lastAppendMs >= expirationMs);
  }

  /**
   * What must stay in the log of each producer so that a scan brings back its epoch and sequence.
   */
  Map<Long, LastRecord> lastRecords() {
    Map<Long, LastRecord> last = new HashMap<>();
    producers.forEach(
        (id, producer) ->
            last.put(
                id,
                new LastRecord(
                    producer.batches == 0
                        ? LastRecord.NO_DATA
                        : producer.lastOffsets[producer.newest],
                    producer.epoch)));
    return last;
  }

  /** Content of a snapshot file: it ends with a CRC-32C of what stands before. */
  byte[] encode() {
    int size = HEADER_BYTES + CRC_BYTES;
    for (Producer producer : producers.values()) {
      size += ENTRY_BYTES + producer.batches * BATCH_BYTES;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.putInt(MAGIC).putInt(producers.size());
    for (Map.Entry<Long, Producer> entry : producers.entrySet()) {
      Producer producer = entry.getValue();
      out.putLong(entry.getKey()).putShort(producer.epoch).putLong(producer.lastAppendMs);
      out.put((byte) producer.batches);
      for (int age = producer.batches - 1; age >= 0; age--) {
        int slot = producer.slot(age);
        out.putInt(producer.lastSequences[slot])
            .putInt(producer.offsetDeltas[slot])
            .putLong(producer.lastOffsets[slot])
            .putLong(producer.timestamps[slot]);
      }
    }
    out.putInt(crc(out.array(), size - CRC_BYTES));
    return out.array();
  }

  /**
   * State from a snapshot; empty when it is damaged.
   *
   * @param nowMs wall clock: nobody can have appended later, whatever the clock was then
   */
  static Optional<ProducerState> decode(byte[] content, long nowMs) {
    int end = content.length - CRC_BYTES;
    if (end < HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(content);
    if (in.getInt(end) != crc(content, end) || in.getInt() != MAGIC) {
      return Optional.empty();
    }
    ProducerState state = new ProducerState();
    int count = in.getInt();
    for (int i = 0; i < count; i++) {
      if (in.remaining() < ENTRY_BYTES + CRC_BYTES) {
        return Optional.empty();
      }
      Producer producer = new Producer();
      long producerId = in.getLong();
      producer.epoch = in.getShort();
      producer.lastAppendMs = Math.min(in.getLong(), nowMs);
      int batches = in.get();
      if (batches < 0
          || batches > REMEMBERED_BATCHES
          || in.remaining() < batches * BATCH_BYTES + CRC_BYTES) {
        return Optional.empty();
      }
      for (int batch = 0; batch < batches; batch++) {
        producer.remember(in.getInt(), in.getInt(), in.getLong(), in.getLong());
      }
      state.producers.put(producerId, producer);
    }
    return Optional.of(state);
  }

  private static Optional<Duplicate> duplicateOf(Producer producer, RecordBatch batch) {
    int lastSequence = batch.lastSequence();
    int offsetDelta = batch.lastOffsetDelta();
    for (int age = 0; age < producer.batches; age++) {
      int slot = producer.slot(age);
      if (producer.lastSequences[slot] == lastSequence
          && producer.offsetDeltas[slot] == offsetDelta) {
        long lastOffset = producer.lastOffsets[slot];
        return Optional.of(
            new Duplicate(lastOffset - offsetDelta, lastOffset, producer.timestamps[slot]));
      }
    }
    return Optional.empty();
  }

  private static int next(int sequence) {
    return sequence == Integer.MAX_VALUE ? 0 : sequence + 1;
  }

  private static int crc(byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }

  private static ApiException outOfOrder(RecordBatch batch, String expected) {
    return new ApiException(
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        "producer "
            + batch.producerId()
            + " epoch "
            + batch.producerEpoch()
            + " sends sequence "
            + batch.baseSequence()
            + ", "
            + expected);
  }
}
