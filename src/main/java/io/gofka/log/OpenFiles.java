package io.gofka.log;

import java.util.ArrayDeque;

/**
 * Keeps the number of segment files that a shard holds open within a bound: when one more is
 * opened, one that has not been used for a while is closed. Who has retained a file, a send in
 * progress or a worker, keeps it open. One thread.
 *
 * <p>The order is that of a clock with one hand: a file used since the hand has passed is passed
 * once more. So a use costs no more than a store.
 */
final class OpenFiles {
  /** For all shards of a node together; the rest of the usual 4,096 is for connections. */
  static final int MAX_PER_NODE = 2_048;

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

  int count() {
    return clock.size();
  }
}
