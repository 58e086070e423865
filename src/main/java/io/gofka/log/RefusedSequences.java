package io.gofka.log;

import io.gofka.record.RecordBatch;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The producers of one partition a batch of which was refused with an error after which they send
 * it again. A producer that the log doesn't know may begin with any sequence, since its first
 * batches may have been deleted long ago (KIP-360); but not with one that comes behind a refused
 * batch: of several batches in flight the second would get in before the first.
 *
 * <p>Kafka lets it in. A client that is told OUT_OF_ORDER_SEQUENCE_NUMBER for a batch that is not
 * its next one sends all of them again, in order. On the shard's thread.
 */
final class RefusedSequences {
  /** So many producers are remembered; the one refused first is forgotten first. */
  static final int MAX_PRODUCERS = 100;

  /** After so many later batches, nobody seems to send the refused one again. */
  static final int MAX_TURNED_AWAY = 30;

  private Map<Long, Refused> byProducer = Map.of();

  private static final class Refused {
    private final short epoch;
    private final int sequence;
    private int turnedAway;

    Refused(short epoch, int sequence) {
      this.epoch = epoch;
      this.sequence = sequence;
    }
  }

  /** The batch was refused, and will be sent again. */
  void refused(RecordBatch batch) {
    Refused before = byProducer.get(batch.producerId());
    if (before != null
        && before.epoch == batch.producerEpoch()
        && before.sequence < batch.baseSequence()) {
      return; // The first one is the one to wait for.
    }
    if (byProducer.isEmpty()) {
      byProducer = new LinkedHashMap<>(2);
    }
    byProducer.put(batch.producerId(), new Refused(batch.producerEpoch(), batch.baseSequence()));
    if (byProducer.size() > MAX_PRODUCERS) {
      byProducer.remove(byProducer.keySet().iterator().next());
    }
  }

  /** Whether a batch of a producer that the log doesn't know comes behind a refused one. */
  boolean mustWait(RecordBatch batch) {
    Refused refused = byProducer.get(batch.producerId());
    if (refused == null
        || refused.epoch != batch.producerEpoch()
        || batch.baseSequence() <= refused.sequence) {
      return false;
    }
    if (refused.turnedAway == MAX_TURNED_AWAY) {
      forget(batch);
      return false;
    }
    refused.turnedAway++;
    return true;
  }

  /** The log knows the producer now. */
  void forget(RecordBatch batch) {
    if (!byProducer.isEmpty()) {
      byProducer.remove(batch.producerId());
      if (byProducer.isEmpty()) {
        byProducer = Map.of();
      }
    }
  }
}
