package io.gofka.log;

import io.gofka.record.RecordBatchBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Idempotent producers, by their ids, each in its first epoch; and what sends without an id. */
final class RandomProducers {
  private static final int PRODUCERS = 3;

  private final Map<Long, Integer> nextSequences = new HashMap<>();

  /** Half of the batches have the id of one of them, and go on where that one is. */
  void maybeSign(RecordBatchBuilder builder, int recordCount, Random random) {
    if (random.nextBoolean()) {
      long producerId = random.nextInt(PRODUCERS);
      int sequence = nextSequences.getOrDefault(producerId, 0);
      builder.producer(producerId, (short) 0, sequence);
      nextSequences.put(producerId, sequence + recordCount);
    }
  }

  /** Some of what they sent is lost. */
  void goOnWith(Map<Long, Integer> sequences) {
    nextSequences.clear();
    nextSequences.putAll(sequences);
  }
}
