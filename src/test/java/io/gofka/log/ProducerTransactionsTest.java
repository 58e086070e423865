package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a log knows of transactions: who may write in one, who may end it, and where it begins. */
class ProducerTransactionsTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final boolean SAME_EPOCH = false;
  private static final boolean BUMPED_EPOCH = true;

  private ProducerState state = new ProducerState();
  private long nextOffset = 100;

  private static RecordBatch heap(ByteBuf bytes) {
    RecordBatch batch = new RecordBatch(Unpooled.copiedBuffer(bytes), 0);
    bytes.release();
    return batch;
  }

  private static RecordBatch data(long producer, int epoch, int sequence) {
    return heap(Batches.transactional(producer, epoch, sequence, NOW, "v"));
  }

  private static RecordBatch plain(long producer, int epoch, int sequence) {
    return heap(Batches.produced(producer, epoch, sequence, NOW, "v"));
  }

  private Optional<AbortedTransaction> put(RecordBatch batch) {
    batch.assign(nextOffset, 0);
    nextOffset = batch.nextOffset();
    return state.appended(batch, NOW);
  }

  private void append(RecordBatch batch) {
    assertEquals(Optional.empty(), state.check(batch));
    assertEquals(Optional.empty(), put(batch));
  }

  private static RecordBatch marker(EndTxnMarker.Type type, long producer, int epoch, int by) {
    return heap(Batches.marker(type, producer, epoch, by, NOW));
  }

  private Optional<AbortedTransaction> end(RecordBatch marker, boolean bumped) {
    state.checkMarker(marker, EndTxnMarker.in(marker).orElseThrow(), bumped);
    return put(marker);
  }

  private Optional<AbortedTransaction> abort(long producer, int epoch) {
    return end(marker(EndTxnMarker.Type.ABORT, producer, epoch, 0), SAME_EPOCH);
  }

  private Optional<AbortedTransaction> commit(long producer, int epoch) {
    return end(marker(EndTxnMarker.Type.COMMIT, producer, epoch, 0), SAME_EPOCH);
  }

  private ErrorCode refusal(RecordBatch batch) {
    return assertThrows(ApiException.class, () -> state.check(batch)).errorCode();
  }

  private ErrorCode markerRefusal(int epoch, int coordinatorEpoch, boolean bumped) {
    RecordBatch marker = marker(EndTxnMarker.Type.COMMIT, 7, epoch, coordinatorEpoch);
    return assertThrows(ApiException.class, () -> end(marker, bumped)).errorCode();
  }

  @Test
  void firstUnstableOffsetIsWhereTheOldestOpenTransactionBegins() {
    assertEquals(OptionalLong.empty(), state.firstUnstableOffset());
    append(data(1, 0, 0)); // 100
    append(data(2, 0, 0)); // 101
    append(data(1, 0, 1)); // 102
    assertEquals(OptionalLong.of(100), state.firstUnstableOffset());
    commit(1, 0); // 103
    state.onCommitted(104);
    assertEquals(OptionalLong.of(101), state.firstUnstableOffset());
    commit(2, 0); // 104
    state.onCommitted(105);
    assertEquals(OptionalLong.empty(), state.firstUnstableOffset());
  }

  @Test
  void transactionIsUndecidedUntilItsMarkerIsCommitted() {
    append(data(1, 0, 0)); // 100
    commit(1, 0); // 101
    state.onCommitted(101);
    assertEquals(OptionalLong.of(100), state.firstUnstableOffset());
    state.onCommitted(102);
    assertEquals(OptionalLong.empty(), state.firstUnstableOffset());
  }

  @Test
  void abortTellsWhereItBeganAndWhatIsDecidedByThen() {
    append(data(1, 0, 0)); // 100
    append(data(2, 0, 0)); // 101
    append(data(2, 0, 1)); // 102
    assertEquals(Optional.of(new AbortedTransaction(2, 101, 103, 100)), abort(2, 0));
    assertEquals(Optional.of(new AbortedTransaction(1, 100, 104, 105)), abort(1, 0));
    append(data(1, 0, 1)); // 105
    assertEquals(Optional.empty(), commit(1, 0));
  }

  @Test
  void nothingIsWrittenOutsideOfAnOpenTransaction() {
    append(data(7, 0, 0));
    assertEquals(ErrorCode.INVALID_TXN_STATE, refusal(plain(7, 0, 1)));
    commit(7, 0);
    append(plain(7, 0, 1));
    append(data(7, 0, 2));
  }

  @Test
  void coordinatorWritesWithoutSequenceButNotWithAnOldEpoch() {
    append(data(7, 3, 0));
    RecordBatch offsets = data(7, 3, RecordBatch.NO_SEQUENCE);
    state.checkWithoutSequence(offsets);
    put(offsets);
    assertEquals(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        assertThrows(
                ApiException.class,
                () -> state.checkWithoutSequence(data(7, 2, RecordBatch.NO_SEQUENCE)))
            .errorCode());
    assertEquals(
        ErrorCode.INVALID_TXN_STATE,
        assertThrows(
                ApiException.class,
                () -> state.checkWithoutSequence(plain(7, 3, RecordBatch.NO_SEQUENCE)))
            .errorCode());
  }

  @Test
  void markerOfAnOlderEpochIsFenced() {
    append(data(7, 3, 0));
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, markerRefusal(2, 0, SAME_EPOCH));
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, markerRefusal(2, 0, BUMPED_EPOCH));
    commit(7, 3);
  }

  @Test
  void markerThatMustHaveTheNextEpochEndsNoTransactionOfItsOwn() { // KIP-890
    append(data(7, 3, 0));
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, markerRefusal(3, 0, BUMPED_EPOCH));
    RecordBatch first = marker(EndTxnMarker.Type.ABORT, 7, 4, 0);
    assertTrue(end(first, BUMPED_EPOCH).isPresent());
    // The next transaction is of the epoch that the marker has brought, and a late repetition of
    // that marker must not end it.
    append(data(7, 4, 0));
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, markerRefusal(4, 0, BUMPED_EPOCH));
  }

  @Test
  void repeatedMarkerChangesNothing() { // KAFKA-19999
    append(data(7, 3, 0));
    end(marker(EndTxnMarker.Type.ABORT, 7, 4, 0), BUMPED_EPOCH);
    assertEquals(Optional.empty(), end(marker(EndTxnMarker.Type.ABORT, 7, 4, 0), BUMPED_EPOCH));
    append(data(7, 4, 0));
  }

  @Test
  void bumpedMarkerFencesTheTransactionsOwnEpoch() {
    append(data(7, 3, 0));
    end(marker(EndTxnMarker.Type.COMMIT, 7, 4, 0), BUMPED_EPOCH);
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, refusal(data(7, 3, 1)));
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(data(7, 4, 1)));
  }

  @Test
  void sequencesGoOnBehindAMarkerOfTheSameEpoch() {
    append(data(7, 3, 0));
    commit(7, 3);
    append(data(7, 3, 1));
  }

  @Test
  void olderCoordinatorIsFenced() {
    append(data(7, 0, 0));
    end(marker(EndTxnMarker.Type.COMMIT, 7, 0, 5), SAME_EPOCH);
    append(data(7, 0, 1));
    assertEquals(ErrorCode.TRANSACTION_COORDINATOR_FENCED, markerRefusal(0, 4, SAME_EPOCH));
    assertEquals(ErrorCode.TRANSACTION_COORDINATOR_FENCED, markerRefusal(1, 4, BUMPED_EPOCH));
    end(marker(EndTxnMarker.Type.COMMIT, 7, 1, 6), BUMPED_EPOCH);
  }

  @Test
  void markerOfAProducerThatNobodyKnowsIsWritten() {
    assertEquals(Optional.empty(), end(marker(EndTxnMarker.Type.ABORT, 99, 12, 3), BUMPED_EPOCH));
    assertEquals(OptionalLong.empty(), state.firstUnstableOffset());
  }

  @Test
  void openTransactionKeepsItsProducerFromBeingForgotten() {
    append(data(7, 0, 0));
    append(plain(8, 0, 0));
    state.expire(NOW + 1_000_000, 1000);
    assertEquals(1, state.size());
    commit(7, 0);
    state.expire(NOW + 1_000_000, 1000);
    assertEquals(0, state.size());
  }

  @Test
  void openTransactionKeepsItsProducerFromMakingRoom() {
    append(data(7, 0, 0));
    RecordBatch other = plain(0, 0, 0);
    for (int i = 0; i < ProducerState.MAX_PRODUCERS; i++) {
      other.bytes().setLong(RecordBatch.PRODUCER_ID_AT, 1000 + i);
      put(other);
    }
    assertEquals(ProducerState.MAX_PRODUCERS, state.size());
    assertEquals(OptionalLong.of(100), state.firstUnstableOffset());
    assertTrue(abort(7, 0).isPresent());
  }

  @Test
  void snapshotKeepsTransactions() {
    append(data(7, 3, 0)); // 100
    append(data(8, 0, 0)); // 101
    end(marker(EndTxnMarker.Type.ABORT, 7, 4, 9), BUMPED_EPOCH); // 102
    state = ProducerState.decode(state.encode(), NOW).orElseThrow();
    assertEquals(OptionalLong.of(100), state.firstUnstableOffset());
    state.onCommitted(103);
    assertEquals(OptionalLong.of(101), state.firstUnstableOffset());
    assertEquals(ErrorCode.TRANSACTION_COORDINATOR_FENCED, markerRefusal(4, 8, SAME_EPOCH));
    assertEquals(Optional.of(new AbortedTransaction(8, 101, 103, 104)), abort(8, 0));
  }

  @Test
  void producersAreDescribed() {
    append(data(7, 3, 0)); // 100
    append(plain(8, 1, 0)); // 101
    end(marker(EndTxnMarker.Type.ABORT, 9, 4, 6), BUMPED_EPOCH); // 102
    assertEquals(
        List.of(
            new DescribeProducers.ActiveProducer(7, (short) 3, 0, NOW, -1, 100),
            new DescribeProducers.ActiveProducer(8, (short) 1, 0, NOW, -1, -1),
            new DescribeProducers.ActiveProducer(9, (short) 4, -1, NOW, 6, -1)),
        state.describe());
  }

  @Test
  void emptyBatchThatCompactionHasLeftOpensNoTransaction() {
    RecordBatch batch = data(7, 0, 0);
    batch.bytes().setInt(RecordBatch.RECORDS_COUNT_AT, 0);
    put(batch);
    assertEquals(OptionalLong.empty(), state.firstUnstableOffset());
  }
}
