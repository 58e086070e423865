package io.gofka.log;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The transactions of one log that hold its last stable offset back: those that are open, and those
 * whose end isn't committed yet, because its marker may still be lost. Source: KIP-98.
 */
final class UnstableTransactions {
  /** A transaction that has ended, from its first record to its marker. */
  record Ended(long firstOffset, long lastOffset) {}

  // Producer ids by the first offsets of their transactions.
  private final TreeMap<Long, Long> open = new TreeMap<>();
  // Last offsets by first offsets.
  private final TreeMap<Long, Long> ended = new TreeMap<>();

  /** A producer has begun a transaction. */
  void began(long firstOffset, long producerId) {
    open.put(firstOffset, producerId);
  }

  /**
   * The transaction that began at {@code firstOffset} has its marker at {@code lastOffset}.
   *
   * @return the last stable offset that follows from it, as if the marker were committed
   */
  long ended(long firstOffset, long lastOffset) {
    open.remove(firstOffset);
    ended.put(firstOffset, lastOffset);
    return open.isEmpty() ? lastOffset + 1 : open.firstKey();
  }

  /** Everything below {@code highWatermark} is committed. */
  void onCommitted(long highWatermark) {
    if (!ended.isEmpty()) {
      ended.values().removeIf(lastOffset -> lastOffset < highWatermark);
    }
  }

  /** Where the first of them begins. */
  OptionalLong firstOffset() {
    if (open.isEmpty() && ended.isEmpty()) {
      return OptionalLong.empty();
    }
    long firstOpen = open.isEmpty() ? Long.MAX_VALUE : open.firstKey();
    long firstEnded = ended.isEmpty() ? Long.MAX_VALUE : ended.firstKey();
    return OptionalLong.of(Math.min(firstOpen, firstEnded));
  }

  int openCount() {
    return open.size();
  }

  /** Those whose end isn't committed, by their first offsets. */
  List<Ended> awaitingCommit() {
    List<Ended> awaiting = new ArrayList<>(ended.size());
    ended.forEach((first, last) -> awaiting.add(new Ended(first, last)));
    return awaiting;
  }

  void restore(Ended transaction) {
    ended.put(transaction.firstOffset(), transaction.lastOffset());
  }
}
