package io.gofka.log;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the number of segment files that a shard holds open within a bound: when one more is
 * opened, one that has not been used for a while is closed. Who has retained a file, a send in
 * progress or a worker, keeps it open. One thread, but for what says otherwise.
 *
 * <p>The order is that of a clock with one hand: a file used since the hand has passed is passed
 * once more. So a use costs no more than a store.
 */
final class OpenFiles {
  /** For all shards of a node together; the rest of the usual 4,096 is for connections. */
  static final int MAX_PER_NODE = 2_048;

  /**
   * So many files beyond the limit may be held by work that waits for a worker, or for what a
   * worker has opened to be taken over; of each shard.
   */
  static final int MAX_LENT = 128;

  private final AtomicInteger lent = new AtomicInteger();
  private final int limit;
  private final ArrayDeque<Segment> clock = new ArrayDeque<>();

  OpenFiles(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("a shard needs at least one open file, not " + limit);
    }
    this.limit = limit;
  }

  /** The part of one of {@code shards} shards. */
  static OpenFiles ofShard(int shards) {
    return new OpenFiles(Math.max(1, MAX_PER_NODE / shards));
  }

  /** The segment has opened its file and is not known here. */
  void add(Segment segment) {
    while (clock.size() >= limit) {
      Segment next = clock.remove();
      if (!next.giveUpFile()) {
        clock.add(next);
      }
    }
    clock.add(segment);
  }

  /** Whether one more may be held; any thread. If so, {@link #giveBack} follows. */
  boolean lend() {
    if (lent.incrementAndGet() <= MAX_LENT) {
      return true;
    }
    lent.decrementAndGet();
    return false;
  }

  void giveBack() {
    lent.decrementAndGet();
  }

  int count() {
    return clock.size();
  }
}
