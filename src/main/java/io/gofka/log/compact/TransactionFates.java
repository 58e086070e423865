package io.gofka.log.compact;

import io.gofka.record.RawRecords;
import io.gofka.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows the batches of a log in order and says of each whether its transaction was aborted, and
 * of each marker whether anything of its transaction is left in the log.
 */
public final class TransactionFates {
  private static final short ABORT = 0;
  private static final short COMMIT = 1;
  private static final int TYPE_AT = 2;
  private static final int TYPE_END = 4;

  private final Deque<Aborted> toCome;
  private final Map<Long, Ongoing> aborted = new HashMap<>();
  private final Set<Long> committed = new HashSet<>();
  private List<Aborted> stillThere = new ArrayList<>();

  private static final class Ongoing {
    private final Aborted transaction;
    private boolean seen;

    Ongoing(Aborted transaction) {
      this.transaction = transaction;
    }
  }

  /**
   * @param aborted those that end at or after the first batch
   */
  public TransactionFates(List<Aborted> aborted) {
    toCome =
        new ArrayDeque<>(
            aborted.stream().sorted(Comparator.comparingLong(Aborted::firstOffset)).toList());
  }

  /** Whether a batch of records belongs to an aborted transaction. */
  public boolean isAborted(RecordBatch batch) {
    advance(batch.lastOffset());
    if (!batch.isTransactional()) {
      return false;
    }
    // A batch that compaction has left without records says nothing that needs its marker.
    boolean hasRecords = batch.recordsCount() > 0;
    Ongoing ongoing = aborted.get(batch.producerId());
    if (ongoing == null) {
      if (hasRecords) {
        committed.add(batch.producerId());
      }
      return false;
    }
    ongoing.seen |= hasRecords;
    return true;
  }

  /** Whether a batch of control records has outlived all that it speaks of. */
  public boolean isUnneeded(RecordBatch control) {
    advance(control.lastOffset());
    if (control.recordsCount() == 0) {
      return true; // Compaction has emptied it before.
    }
    return switch (type(control)) {
      case ABORT -> endAborted(control.producerId());
      case COMMIT -> !committed.remove(control.producerId());
      default -> false;
    };
  }

  private boolean endAborted(long producerId) {
    Ongoing ended = aborted.remove(producerId);
    if (ended == null || !ended.seen) {
      return true;
    }
    stillThere.add(ended.transaction);
    return false;
  }

  /** The aborted transactions whose markers have come since the last call and had records left. */
  public List<Aborted> takeStillThere() {
    List<Aborted> taken = stillThere;
    stillThere = new ArrayList<>();
    return taken;
  }

  private void advance(long offset) {
    while (!toCome.isEmpty() && toCome.peek().firstOffset() <= offset) {
      Aborted next = toCome.poll();
      aborted.put(next.producerId(), new Ongoing(next));
    }
  }

  private static short type(RecordBatch control) {
    try (RawRecords records = new RawRecords(control)) {
      if (!records.next() || records.keyLength() < TYPE_END) {
        return -1;
      }
      int at = records.keyAt() + TYPE_AT;
      return (short) ((records.bytes()[at] & 0xff) << 8 | (records.bytes()[at + 1] & 0xff));
    }
  }
}
