package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.DescribeProducers.ActiveProducer;
import io.gofka.log.compact.LastRecord;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one log remembers of the producers that write to it: decides whether a batch is next in its
 * sequence, a repetition, or out of order; which transactions are open; and whether a marker may
 * end one. Of the last five batches it knows where they lie.
 *
 * <p>Confined to one thread, without I/O or clock. A producer that the log doesn't know, or whose
 * entry has expired, may begin with any sequence. Sequences go from 2³¹-1 on to 0. Source: KIP-98,
 * KIP-360, KIP-890, KIP-1228.
 */
final class ProducerState {
  /** The one silent for longest without an open transaction makes room for the next. */
  static final int MAX_PRODUCERS = 100_000;

  /** Open transactions of one log; nobody may begin another one. */
  static final int MAX_OPEN_TRANSACTIONS = 50_000;

  private final LinkedHashMap<Long, ProducerEntry> producers = new LinkedHashMap<>(0, 0.75f, true);
  private final UnstableTransactions transactions = new UnstableTransactions();

  /**
   * The batch was written before: where.
   *
   * @param baseOffset -1 when nobody remembers it any more: somewhere before
   * @param lastOffset once this is committed, all of the batch is
   */
  record Duplicate(long baseOffset, long lastOffset, long maxTimestampMs) {
    boolean isRemembered() {
      return baseOffset >= 0;
    }
  }

  int size() {
    return producers.size();
  }

  /** Whether it remembers anything of a producer. */
  boolean isKnown(long producerId) {
    return producers.containsKey(producerId);
  }

  // ---- before an append

  /**
   * Judges a batch of a producer before it is appended.
   *
   * @return where the batch lies already, when it is a repetition
   * @throws ApiException INVALID_PRODUCER_EPOCH when another instance has taken over the id,
   *     OUT_OF_ORDER_SEQUENCE_NUMBER when batches before it are missing, INVALID_TXN_STATE when it
   *     is not part of the producer's open transaction, POLICY_VIOLATION when too many are open
   */
  Optional<Duplicate> check(RecordBatch batch) {
    ProducerEntry producer = producers.get(batch.producerId());
    if (producer != null) {
      checkEpoch(producer, batch);
      Optional<Duplicate> duplicate = checkSequence(producer, batch);
      if (duplicate.isPresent()) {
        return duplicate;
      }
    }
    checkTransaction(producer, batch);
    return Optional.empty();
  }

  /**
   * The same for a batch that a coordinator writes in the name of a producer: offsets that are
   * committed with a transaction. It has no sequence.
   *
   * @throws ApiException INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, POLICY_VIOLATION
   */
  void checkWithoutSequence(RecordBatch batch) {
    ProducerEntry producer = producers.get(batch.producerId());
    if (producer != null) {
      checkEpoch(producer, batch);
    }
    checkTransaction(producer, batch);
  }

  private static void checkEpoch(ProducerEntry producer, RecordBatch batch) {
    if (batch.producerEpoch() < producer.epoch) {
      throw new ApiException(
          ErrorCode.INVALID_PRODUCER_EPOCH,
          "producer "
              + batch.producerId()
              + " writes with epoch "
              + batch.producerEpoch()
              + ", the log knows "
              + producer.epoch);
    }
  }

  private static Optional<Duplicate> checkSequence(ProducerEntry producer, RecordBatch batch) {
    int sequence = batch.baseSequence();
    if (batch.producerEpoch() > producer.epoch) {
      if (sequence != 0) {
        throw outOfOrder(batch, "a new epoch begins with 0");
      }
      return Optional.empty();
    }
    if (sequence == next(producer.lastSequence())) {
      return Optional.empty();
    }
    int age = producer.find(batch.lastSequence(), batch.lastOffsetDelta());
    if (age >= 0) {
      ProducerEntry.Batch known = producer.batch(age);
      return Optional.of(
          new Duplicate(
              known.lastOffset() - known.offsetDelta(),
              known.lastOffset(),
              known.maxTimestampMs()));
    }
    if (producer.hasPassed(batch.lastSequence(), batch.lastOffsetDelta())) {
      ProducerEntry.Batch oldest = producer.batch(producer.batches() - 1);
      return Optional.of(
          new Duplicate(
              -1, oldest.lastOffset() - oldest.offsetDelta() - 1, RecordBatch.NO_TIMESTAMP));
    }
    throw outOfOrder(batch, "the last one was " + producer.lastSequence());
  }

  /**
   * @param producer null when the log doesn't know it
   */
  private void checkTransaction(ProducerEntry producer, RecordBatch batch) {
    boolean open = producer != null && producer.isInTransaction();
    if (open && !batch.isTransactional()) {
      throw new ApiException(
          ErrorCode.INVALID_TXN_STATE,
          "producer "
              + batch.producerId()
              + " has a transaction open since offset "
              + producer.transactionFirstOffset
              + " and writes outside of it");
    }
    if (!open && batch.isTransactional() && transactions.openCount() >= MAX_OPEN_TRANSACTIONS) {
      throw new ApiException(
          ErrorCode.POLICY_VIOLATION,
          "no more than " + MAX_OPEN_TRANSACTIONS + " transactions can be open in a partition");
    }
  }

  /**
   * Judges a marker before it is appended. One that repeats what is done already is accepted: its
   * coordinator may not have heard the first answer.
   *
   * @param batch header of the marker's batch
   * @param epochBumped whether the transaction's protocol gives each marker an epoch above that of
   *     its records (KIP-890); otherwise it is the same
   * @throws ApiException INVALID_PRODUCER_EPOCH when it would end another transaction than the one
   *     it was written for, TRANSACTION_COORDINATOR_FENCED when a newer coordinator has written
   *     already
   */
  void checkMarker(RecordBatch batch, EndTxnMarker marker, boolean epochBumped) {
    ProducerEntry producer = producers.get(batch.producerId());
    if (producer == null) {
      return;
    }
    short epoch = batch.producerEpoch();
    boolean late =
        epoch < producer.epoch
            || (epoch == producer.epoch && epochBumped && producer.isInTransaction());
    if (late) {
      throw new ApiException(
          ErrorCode.INVALID_PRODUCER_EPOCH,
          "a marker of epoch "
              + epoch
              + " comes too late, producer "
              + batch.producerId()
              + " has epoch "
              + producer.epoch);
    }
    if (marker.coordinatorEpoch() < producer.coordinatorEpoch) {
      throw new ApiException(
          ErrorCode.TRANSACTION_COORDINATOR_FENCED,
          "a marker of coordinator epoch "
              + marker.coordinatorEpoch()
              + " comes after one of "
              + producer.coordinatorEpoch);
    }
  }

  // ---- after an append

  /**
   * The batch is in the log now; batches without a producer id leave no trace.
   *
   * @param batch its header; a control batch readable as a whole
   * @param timestampMs wall clock
   * @return the transaction that it has aborted
   */
  Optional<AbortedTransaction> appended(RecordBatch batch, long timestampMs) {
    if (!batch.hasProducerId()) {
      return Optional.empty();
    }
    if (batch.isControl()) {
      return EndTxnMarker.in(batch).flatMap(marker -> ended(batch, marker, timestampMs));
    }
    ProducerEntry producer = enter(batch, timestampMs);
    producer.remember(
        batch.lastSequence(), batch.lastOffsetDelta(), batch.lastOffset(), batch.maxTimestamp());
    // What compaction has left without records is of a transaction that was decided long ago.
    if (batch.isTransactional() && !producer.isInTransaction() && batch.recordsCount() > 0) {
      producer.transactionFirstOffset = batch.baseOffset();
      transactions.began(batch.baseOffset(), batch.producerId());
    }
    return Optional.empty();
  }

  private Optional<AbortedTransaction> ended(
      RecordBatch batch, EndTxnMarker marker, long timestampMs) {
    ProducerEntry producer = enter(batch, timestampMs);
    producer.coordinatorEpoch = Math.max(producer.coordinatorEpoch, marker.coordinatorEpoch());
    if (!producer.isInTransaction()) {
      return Optional.empty(); // The marker was repeated, or there was nothing to end here.
    }
    long firstOffset = producer.transactionFirstOffset;
    producer.transactionFirstOffset = ProducerEntry.NO_TRANSACTION;
    long lastStableOffset = transactions.ended(firstOffset, batch.lastOffset());
    return marker.type() == EndTxnMarker.Type.ABORT
        ? Optional.of(
            new AbortedTransaction(
                batch.producerId(), firstOffset, batch.lastOffset(), lastStableOffset))
        : Optional.empty();
  }

  private ProducerEntry enter(RecordBatch batch, long timestampMs) {
    ProducerEntry producer = producers.get(batch.producerId());
    if (producer == null) {
      makeRoom();
      producer = new ProducerEntry();
      producers.put(batch.producerId(), producer);
    }
    producer.enter(batch.producerEpoch());
    producer.lastAppendMs = timestampMs;
    producer.lastTimestampMs = batch.maxTimestamp();
    return producer;
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
                    producer.batches() == 0 ? LastRecord.NO_DATA : producer.batch(0).lastOffset(),
                    producer.epoch)));
    return last;
  }

  private void makeRoom() {
    int kept = 0;
    while (producers.size() >= MAX_PRODUCERS && kept < producers.size()) {
      Map.Entry<Long, ProducerEntry> oldest = producers.entrySet().iterator().next();
      if (oldest.getValue().isInTransaction()) {
        producers.get(oldest.getKey()); // Moves it behind all others, so that nobody looks again.
        kept++;
      } else {
        producers.remove(oldest.getKey());
      }
    }
  }

  // ---- transactions

  /** Everything below {@code highWatermark} is committed, also the markers. */
  void onCommitted(long highWatermark) {
    transactions.onCommitted(highWatermark);
  }

  /** Where the first transaction begins that is open or whose end isn't committed. */
  OptionalLong firstUnstableOffset() {
    return transactions.firstOffset();
  }

  /** All producers that it knows. */
  List<ActiveProducer> describe() {
    return producers.entrySet().stream()
        .map(
            entry -> {
              ProducerEntry producer = entry.getValue();
              return new ActiveProducer(
                  entry.getKey(),
                  producer.epoch,
                  producer.lastSequence(),
                  producer.lastTimestampMs,
                  producer.coordinatorEpoch,
                  producer.transactionFirstOffset);
            })
        .toList();
  }

  /** Forgets who has been silent for too long, unless it has a transaction open. */
  void expire(long nowMs, long expirationMs) {
    producers
        .values()
        .removeIf(
            producer ->
                nowMs - producer.lastAppendMs >= expirationMs && !producer.isInTransaction());
  }

  // ---- snapshots

  /** Content of a snapshot file, see {@link ProducerSnapshot}. */
  byte[] encode() {
    return ProducerSnapshot.encode(producers, transactions);
  }

  /**
   * State from a snapshot; empty when it is damaged.
   *
   * @param nowMs wall clock: nobody can have appended later, whatever the clock was then
   */
  static Optional<ProducerState> decode(byte[] content, long nowMs) {
    ProducerState state = new ProducerState();
    return ProducerSnapshot.decode(content, nowMs, state.producers, state.transactions)
        ? Optional.of(state)
        : Optional.empty();
  }

  private static int next(int sequence) {
    return sequence == Integer.MAX_VALUE ? 0 : sequence + 1;
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
