package io.gofka.simulation;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.SimulatedShard;
import io.gofka.log.SimulatedShard.Batch;
import io.gofka.record.RecordBatch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What has ever been committed in one partition, whoever said so, and what must hold of each
 * replica at every moment.
 */
final class CommittedRecords {
  private record Place(long baseOffset, int leaderEpoch) {}

  private record Sequence(long producerId, int producerEpoch) {}

  /** What a producer has written last. */
  private record Written(int nextSequence, long endOffset) {}

  /** How far a replica was when it was looked at last. */
  private static final class Seen {
    private int life;
    private final TreeMap<Long, Batch> log = new TreeMap<>();
    private long end;
    private long highWatermark;
    private int leadsInEpoch = -1;
  }

  private final String name;
  private final Listener listener;
  private final TreeMap<Long, Batch> history = new TreeMap<>();
  private final Map<Place, Batch> everywhere = new HashMap<>();
  private final Map<Sequence, Written> sequences = new HashMap<>();
  private final Map<Integer, String> acknowledging = new HashMap<>();
  private final Map<String, Seen> replicas = new HashMap<>();
  private final Set<Long> acknowledged = new HashSet<>();
  private long end;
  private long deletable;

  /** Hears of what is committed. */
  interface Listener {
    /** Somebody has committed a batch first, which nobody may change from now on. */
    void onCommitted(RecordBatch batch);
  }

  CommittedRecords(String name, Listener listener) {
    this.name = name;
    this.listener = listener;
  }

  /** First offset of which nobody has said that it is committed. */
  long end() {
    return end;
  }

  /** Somebody wants all records before this offset to be deleted. */
  void mayDelete(long before) {
    deletable = Math.max(deletable, before);
  }

  /** First offset that nobody has wanted to be deleted. */
  long deletable() {
    return deletable;
  }

  /** A replica may have changed. */
  void look(
      SimulatedBroker broker, SimulatedShard shard, TopicIdPartition partition, int newestEpoch) {
    Seen seen = replicas.computeIfAbsent(broker.name(), any -> new Seen());
    SimulatedShard.Standing standing = shard.standing(partition).orElse(null);
    if (standing == null) {
      replicas.put(broker.name(), new Seen()); // What it has next may be another log.
      return;
    }
    if (standing.logStartOffset() > deletable) {
      throw new Violation(
          "nothing is deleted that nobody wants to be",
          "%s: %s begins at %d, wanted was %d"
              .formatted(name, broker.name(), standing.logStartOffset(), deletable));
    }
    if (seen.life != broker.incarnation()) {
      seen.life = broker.incarnation();
      seen.end = 0;
      seen.log.clear();
      seen.highWatermark = 0;
      seen.leadsInEpoch = -1;
    }
    long logEnd = standing.logEndOffset();
    long highWatermark = standing.highWatermark();
    int leads = standing.leadsInEpoch();
    boolean sameEnd = logEnd == seen.end;
    if (sameEnd && highWatermark == seen.highWatermark && leads == seen.leadsInEpoch) {
      return;
    }
    if (highWatermark > logEnd) {
      throw new Violation(
          "the high watermark lies in the log",
          "%s: %s has %d of %d".formatted(name, broker.name(), highWatermark, logEnd));
    }
    if (logEnd < seen.end) {
      onTruncated(broker, shard, partition, seen.end);
      seen.end = logEnd;
    } else if (!sameEnd) {
      for (Batch batch : shard.batches(partition, seen.end)) {
        seen.log.put(batch.baseOffset(), batch);
        Batch other =
            everywhere.putIfAbsent(new Place(batch.baseOffset(), batch.leaderEpoch()), batch);
        if (other != null && !other.equals(batch)) {
          throw new Violation(
              "log matching",
              "%s: %s has %s, elsewhere it is %s".formatted(name, broker.name(), batch, other));
        }
      }
      seen.end = logEnd;
    }
    if (highWatermark > seen.highWatermark) {
      onCommitted(broker, shard, partition, seen.highWatermark, highWatermark);
    } else if (highWatermark < seen.highWatermark && leads >= 0 && leads == seen.leadsInEpoch) {
      throw new Violation(
          "a leader's high watermark never falls",
          "%s: %s from %d to %d".formatted(name, broker.name(), seen.highWatermark, highWatermark));
    }
    seen.highWatermark = highWatermark;
    if (leads != seen.leadsInEpoch) {
      seen.leadsInEpoch = leads;
      if (leads >= 0 && leads == newestEpoch) {
        requireWhole(broker, shard, partition, "leads in epoch " + leads);
      }
    }
  }

  private void onTruncated(
      SimulatedBroker broker, SimulatedShard shard, TopicIdPartition partition, long before) {
    long logEnd = shard.logEndOffset(partition);
    Seen seen = replicas.get(broker.name());
    for (Batch cut : seen.log.tailMap(logEnd, true).values()) {
      if (cut.equals(history.get(cut.baseOffset()))) {
        throw new Violation(
            "what is committed is truncated by nobody",
            "%s: %s goes from %d back to %d, committed up to %d"
                .formatted(name, broker.name(), before, logEnd, end));
      }
    }
    seen.log.tailMap(logEnd, true).clear();
  }

  private void onCommitted(
      SimulatedBroker broker,
      SimulatedShard shard,
      TopicIdPartition partition,
      long from,
      long to) {
    for (RecordBatch raw : shard.rawBatches(partition, from)) {
      Batch batch = Batch.of(raw);
      if (batch.nextOffset() > to) {
        return; // A high watermark of a follower may stand in the midst of a batch.
      }
      Batch known = history.get(batch.baseOffset());
      if (known != null) {
        if (!known.equals(batch)) {
          throw new Violation(
              "equal records below the high watermark",
              "%s: %s has %s, committed was %s".formatted(name, broker.name(), batch, known));
        }
      } else if (batch.baseOffset() != end) {
        throw new Violation(
            "equal records below the high watermark",
            "%s: %s commits %s where %d was committed".formatted(name, broker.name(), batch, end));
      } else {
        history.put(batch.baseOffset(), batch);
        end = batch.nextOffset();
        onFirstCommitted(batch);
        listener.onCommitted(raw);
      }
    }
  }

  private void onFirstCommitted(Batch batch) {
    if (batch.producerId() < 0) {
      return;
    }
    int count = (int) (batch.nextOffset() - batch.baseOffset());
    Written before =
        sequences.put(
            new Sequence(batch.producerId(), batch.producerEpoch()),
            new Written(batch.baseSequence() + count, batch.nextOffset()));
    int expected = before == null ? 0 : before.nextSequence();
    // A replica that began behind a producer's last record knows nothing of it, as in Kafka: who
    // deletes records that their producers may yet repeat has them twice.
    boolean isForgotten = before != null && before.endOffset() <= deletable;
    if (expected != batch.baseSequence() && !isForgotten) {
      throw new Violation(
          "no duplicate and no gap of an idempotent producer",
          "%s: %s where sequence %d belongs".formatted(name, batch, expected));
    }
  }

  /** Its log holds everything that was ever committed. */
  void requireWhole(
      SimulatedBroker broker, SimulatedShard shard, TopicIdPartition partition, String when) {
    if (history.isEmpty()) {
      return;
    }
    long logEnd = shard.logEndOffset(partition);
    Batch last = history.lastEntry().getValue();
    boolean whole =
        logEnd >= end
            && (last.nextOffset() <= deletable
                || shard.batches(partition, last.baseOffset()).stream().anyMatch(last::equals));
    if (!whole) {
      throw new Violation(
          "nothing that is committed is lost",
          "%s: %s %s and has %d, committed up to %d, last is %s"
              .formatted(name, broker.name(), when, logEnd, end, last));
    }
  }

  /** Somebody was told that a batch is committed. */
  void acknowledged(SimulatedBroker broker, long baseOffset) {
    Batch batch = history.get(baseOffset);
    if (batch == null) {
      throw new Violation(
          "acknowledged means committed",
          "%s: %s acknowledges %d, committed up to %d"
              .formatted(name, broker.name(), baseOffset, end));
    }
    if (acknowledged.add(baseOffset)) {
      String other = acknowledging.putIfAbsent(batch.leaderEpoch(), broker.name());
      if (other != null && !other.equals(broker.name()) && leadsNow(broker, batch)) {
        throw new Violation(
            "one leader acknowledges in an epoch",
            "%s: %s and %s in epoch %d".formatted(name, other, broker.name(), batch.leaderEpoch()));
      }
    }
  }

  /** A later leader may acknowledge again what was committed in an earlier epoch. */
  private boolean leadsNow(SimulatedBroker broker, Batch batch) {
    return replicas.get(broker.name()).leadsInEpoch == batch.leaderEpoch();
  }

  /** A consumer was given a batch. */
  void read(String who, Batch batch) {
    Batch known = history.get(batch.baseOffset());
    if (known == null || !known.equals(batch)) {
      throw new Violation(
          "consumers see what is committed",
          "%s: %s was given %s, committed is %s up to %d".formatted(name, who, batch, known, end));
    }
  }

  /** At the end: it has nothing but what is committed, and all of that. */
  void requireEqual(SimulatedBroker broker, SimulatedShard shard, TopicIdPartition partition) {
    List<Batch> batches = shard.batches(partition, 0);
    long from = batches.isEmpty() ? deletable : batches.get(0).baseOffset();
    if (from > deletable || !batches.equals(List.copyOf(history.tailMap(from).values()))) {
      throw new Violation(
          "equal logs at the end",
          "%s: %s has %s, committed is %s"
              .formatted(name, broker.name(), batches, history.values()));
    }
  }
}
