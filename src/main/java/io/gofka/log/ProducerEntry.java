package io.gofka.log;

import io.gofka.record.RecordBatch;

/**
 * One producer in {@link ProducerState}, with its last batches, and its transaction if one is open.
 */
final class ProducerEntry {
  /** As many requests as a producer may have in flight at one broker. */
  static final int REMEMBERED_BATCHES = 5;

  /** More are not counted, so that sequences that wrap around cannot be confused. */
  static final int MAX_CONSECUTIVE = 1 << 30;

  static final int NO_COORDINATOR_EPOCH = -1;
  static final long NO_TRANSACTION = -1;

  /** One batch as it is remembered. */
  record Batch(int lastSequence, int offsetDelta, long lastOffset, long maxTimestampMs) {}

  short epoch = RecordBatch.NO_PRODUCER_EPOCH;

  /** Of the newest marker. */
  int coordinatorEpoch = NO_COORDINATOR_EPOCH;

  /** First offset of the open transaction. */
  long transactionFirstOffset = NO_TRANSACTION;

  /** Broker's wall clock. */
  long lastAppendMs;

  /** As the newest batch or marker says. */
  long lastTimestampMs = RecordBatch.NO_TIMESTAMP;

  private int batches;
  private int newest = -1;

  /** So many sequences up to the last one are in the log without a gap. */
  private int consecutive;

  private final int[] lastSequences = new int[REMEMBERED_BATCHES];
  private final int[] offsetDeltas = new int[REMEMBERED_BATCHES];
  private final long[] lastOffsets = new long[REMEMBERED_BATCHES];
  private final long[] timestamps = new long[REMEMBERED_BATCHES];

  boolean isInTransaction() {
    return transactionFirstOffset != NO_TRANSACTION;
  }

  /** A new epoch counts its sequences anew. */
  void enter(short newEpoch) {
    if (newEpoch != epoch) {
      epoch = newEpoch;
      batches = 0;
      consecutive = 0;
    }
  }

  int lastSequence() {
    return batches == 0 ? RecordBatch.NO_SEQUENCE : lastSequences[newest];
  }

  void remember(int lastSequence, int offsetDelta, long lastOffset, long maxTimestampMs) {
    boolean isNext = batches > 0 && distance(lastSequence(), lastSequence) == offsetDelta + 1;
    long before = isNext ? consecutive : 0;
    consecutive = (int) Math.min(before + offsetDelta + 1, MAX_CONSECUTIVE);
    newest = (newest + 1) % REMEMBERED_BATCHES;
    batches = Math.min(batches + 1, REMEMBERED_BATCHES);
    lastSequences[newest] = lastSequence;
    offsetDeltas[newest] = offsetDelta;
    lastOffsets[newest] = lastOffset;
    timestamps[newest] = maxTimestampMs;
  }

  int batches() {
    return batches;
  }

  int consecutive() {
    return consecutive;
  }

  /** As many as a snapshot says. */
  void restoreConsecutive(int count) {
    consecutive = count;
  }

  /**
   * Whether a batch lies before those that are remembered, and all of it is in the log: the records
   * from it on up to the last one are there without a gap.
   */
  boolean hasPassed(int lastSequence, int offsetDelta) {
    if (batches == 0) {
      return false;
    }
    Batch oldest = batch(batches - 1);
    int behind = distance(lastSequence, lastSequence());
    int remembered = distance(oldest.lastSequence(), lastSequence()) + oldest.offsetDelta() + 1;
    return behind >= remembered && (long) behind + offsetDelta + 1 <= consecutive;
  }

  /** How far {@code to} lies behind {@code from}; sequences go from 2³¹-1 on to 0. */
  private static int distance(int from, int to) {
    return (to - from) & Integer.MAX_VALUE;
  }

  /**
   * @param age 0 for the newest
   */
  Batch batch(int age) {
    int slot = slot(age);
    return new Batch(lastSequences[slot], offsetDeltas[slot], lastOffsets[slot], timestamps[slot]);
  }

  /** Age of the batch with this end, -1 when it is not among them. */
  int find(int lastSequence, int offsetDelta) {
    for (int age = 0; age < batches; age++) {
      int slot = slot(age);
      if (lastSequences[slot] == lastSequence && offsetDeltas[slot] == offsetDelta) {
        return age;
      }
    }
    return -1;
  }

  private int slot(int age) {
    return Math.floorMod(newest - age, REMEMBERED_BATCHES);
  }
}
