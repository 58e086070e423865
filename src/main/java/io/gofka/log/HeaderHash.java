package io.gofka.log;

import io.gofka.record.RecordBatch;

/**
 * A running hash over what a batch's own CRC leaves out: base offset, length and leader epoch. An
 * index holds it from place to place, so that a flipped bit there is found as well.
 *
 * <p>All factors are odd: they can be inverted modulo 2³², so that no change of a single bit can
 * vanish.
 */
final class HeaderHash {
  static final int INITIAL = 0;

  private static final int STEP = 0x9e3779b1;
  private static final int OFFSET = 0x85ebca6b;
  private static final int EPOCH = 0xc2b2ae35;
  private static final int SIZE = 0x27d4eb2f;

  private HeaderHash() {}

  static int next(int hash, RecordBatch batch) {
    return hash * STEP
        + Long.hashCode(batch.baseOffset()) * OFFSET
        + batch.partitionLeaderEpoch() * EPOCH
        + batch.sizeInBytes() * SIZE
        + 1;
  }
}
