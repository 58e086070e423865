package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProducerStateTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final long PRODUCER = 7;

  private ProducerState state = new ProducerState();
  private long nextOffset = 100;

  private static RecordBatch batch(int epoch, int sequence, int count) {
    String[] values = new String[count];
    java.util.Arrays.fill(values, "v");
    ByteBuf bytes = Batches.produced(PRODUCER, epoch, sequence, NOW, values);
    RecordBatch batch = Batches.view(Unpooled.copiedBuffer(bytes)).get(0);
    bytes.release();
    return batch;
  }

  private long append(int epoch, int sequence, int count) {
    RecordBatch batch = batch(epoch, sequence, count);
    assertEquals(Optional.empty(), state.check(batch));
    batch.assign(nextOffset, 0);
    state.appended(batch, NOW);
    nextOffset += count;
    return batch.baseOffset();
  }

  private ErrorCode refusal(int epoch, int sequence, int count) {
    return assertThrows(ApiException.class, () -> state.check(batch(epoch, sequence, count)))
        .errorCode();
  }

  private Optional<Long> duplicate(int epoch, int sequence, int count) {
    return state.check(batch(epoch, sequence, count)).map(Duplicate::baseOffset);
  }

  @Test
  void lastFiveBatchesAreKnownWhenTheyAreRepeated() {
    long[] offsets = new long[7];
    for (int i = 0; i < 7; i++) {
      offsets[i] = append(0, 3 * i, 3);
    }
    for (int i = 2; i < 7; i++) {
      assertEquals(Optional.of(offsets[i]), duplicate(0, 3 * i, 3));
    }
  }

  private void assertPassed(int sequence, int count, long committedUpTo) {
    Duplicate duplicate = state.check(batch(0, sequence, count)).orElseThrow();
    assertFalse(duplicate.isRemembered());
    assertEquals(committedUpTo, duplicate.lastOffset());
  }

  /** Its leader had moved when it was answered, and six were in flight: five at the next one. */
  @Test
  void earlierBatchIsKnownToBeThereWhenItIsRepeated() {
    for (int i = 0; i < 7; i++) {
      append(0, 3 * i, 3);
    }
    assertPassed(3, 3, 105);
    assertPassed(0, 3, 105);
    assertPassed(1, 2, 105); // However it is cut.
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 3, 4)); // It isn't remembered.
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, Integer.MAX_VALUE, 1));
  }

  @Test
  void whatIsKnownOfEarlierBatchesOutlivesASnapshot() {
    for (int i = 0; i < 7; i++) {
      append(0, 3 * i, 3);
    }
    state = ProducerState.decode(state.encode(), NOW).orElseThrow();
    assertPassed(0, 3, 105);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, Integer.MAX_VALUE, 1));
  }

  /** The log doesn't know whether it ever had what comes before the producer's first batch. */
  @Test
  void batchFromBeforeTheFirstKnownOneIsOutOfOrder() {
    for (int i = 0; i < 7; i++) {
      append(0, 50 + i, 1);
    }
    assertPassed(50, 1, 101);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 49, 1));
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 49, 2));
  }

  /** As a compacted log has them. */
  @Test
  void batchFromBeforeAGapIsOutOfOrder() {
    append(0, 0, 5);
    RecordBatch afterTheGap = batch(0, 10, 1);
    afterTheGap.assign(200, 0);
    state.appended(afterTheGap, NOW);
    for (int i = 0; i < 5; i++) {
      append(0, 11 + i, 1);
    }
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 3, 2));
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 7, 2));
    assertTrue(state.check(batch(0, 10, 1)).isPresent());
  }

  @Test
  void earlierBatchesAcrossTheWrapAreKnown() {
    for (int i = 0; i < 4; i++) {
      append(0, Integer.MAX_VALUE - 3 + i, 1);
    }
    for (int i = 0; i < 6; i++) {
      append(0, i, 1);
    }
    assertPassed(Integer.MAX_VALUE - 3, 2, 104);
    assertPassed(0, 1, 104);
  }

  @Test
  void batchesOfAnEarlierEpochCountNoMore() {
    for (int i = 0; i < 7; i++) {
      append(0, i, 1);
    }
    append(1, 0, 1);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(1, Integer.MAX_VALUE, 1));
  }

  @Test
  void gapIsOutOfOrder() {
    append(0, 0, 2);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 3, 1));
    append(0, 2, 1);
  }

  @Test
  void batchThatOnlyOverlapsAnOldOneIsOutOfOrder() {
    append(0, 0, 4);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 2, 2));
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(0, 0, 3));
  }

  @Test
  void sequencesGoOnWithZeroAfterTheLargest() {
    append(0, Integer.MAX_VALUE - 1, 1);
    append(0, Integer.MAX_VALUE, 1);
    append(0, 0, 1);
  }

  @Test
  void batchMayReachAcrossTheWrap() {
    long offset = append(0, Integer.MAX_VALUE - 1, 4);
    assertEquals(Optional.of(offset), duplicate(0, Integer.MAX_VALUE - 1, 4));
    append(0, 2, 1);
  }

  @Test
  void producerThatNobodyKnowsMayBeginAnywhere() { // KIP-360
    append(3, 12_345, 1);
  }

  @Test
  void newEpochBeginsWithZeroAndFencesTheOldOne() {
    append(0, 0, 5);
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refusal(1, 5, 1));
    append(1, 0, 1);
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, refusal(0, 5, 1));
  }

  @Test
  void batchOfAnOlderEpochIsNoDuplicate() {
    append(0, 0, 2);
    append(1, 0, 2);
    assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, refusal(0, 0, 2));
  }

  @Test
  void snapshotKeepsAllFiveBatches() {
    long[] offsets = new long[6];
    for (int i = 0; i < 6; i++) {
      offsets[i] = append(0, i, 1);
    }
    state = ProducerState.decode(state.encode(), NOW).orElseThrow();
    for (int i = 1; i < 6; i++) {
      assertEquals(Optional.of(offsets[i]), duplicate(0, i, 1));
    }
    append(0, 6, 1);
  }

  @Test
  void everyDamagedSnapshotIsRefused() {
    append(0, 0, 1);
    append(0, 1, 1);
    byte[] content = state.encode();
    for (int at = 0; at < content.length; at++) {
      byte[] damaged = content.clone();
      damaged[at] ^= 4;
      assertEquals(Optional.empty(), ProducerState.decode(damaged, NOW), "byte " + at);
      byte[] cut = java.util.Arrays.copyOf(content, at);
      assertEquals(Optional.empty(), ProducerState.decode(cut, NOW), "length " + at);
    }
  }

  @Test
  void silentProducerIsForgotten() {
    append(0, 0, 1);
    state.expire(NOW + 999, 1000);
    assertEquals(1, state.size());
    state.expire(NOW + 1000, 1000);
    assertEquals(0, state.size());
    append(0, 55, 1);
  }

  @Test
  void snapshotFromAClockThatWasAheadStillExpires() {
    append(0, 0, 1);
    state = ProducerState.decode(state.encode(), NOW - 50_000).orElseThrow();
    state.expire(NOW - 50_000 + 1000, 1000);
    assertEquals(0, state.size());
  }
}
