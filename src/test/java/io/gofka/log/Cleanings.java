package io.gofka.log;

import io.gofka.log.LogCleaning.Cleaned;
import io.gofka.log.LogCleaning.Plan;
import io.gofka.log.compact.CleaningScope;
import io.gofka.log.compact.SegmentShape;
import io.gofka.log.compact.Throttle;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Compacts a log step by step on the caller's thread. */
final class Cleanings {
  static final CleanerLimits UNLIMITED = limits(1 << 20);

  private Cleanings() {}

  /** What a round has done. */
  record Round(Plan plan, long endOffset, int swaps) {
    /** Where the last segment ends that was written anew. */
    long rewrittenEnd() {
      return plan.segments().stream()
          .filter(each -> each.baseOffset() < endOffset)
          .mapToLong(SegmentShape::endOffset)
          .max()
          .orElse(0);
    }
  }

  static CleanerLimits limits(long keyBytes) {
    return new CleanerLimits(1, keyBytes, 0.9, 4096, new Throttle(Double.MAX_VALUE, 0));
  }

  /** Something to look at the log. */
  interface Look {
    void at() throws IOException;
  }

  /** One round, if there is anything to clean. */
  static Optional<Round> clean(PartitionLog log, long timestampMs, CleanerLimits limits)
      throws IOException {
    return clean(log, timestampMs, limits, () -> {});
  }

  /**
   * The same.
   *
   * @param swapped called after each replacement of a segment
   */
  static Optional<Round> clean(
      PartitionLog log, long timestampMs, CleanerLimits limits, Look swapped) throws IOException {
    Optional<CleaningScope> scope =
        log.compaction().scope(timestampMs).filter(each -> each.dirtyBytes() > 0);
    if (scope.isEmpty()) {
      return Optional.empty();
    }
    Plan plan = log.compaction().plan(scope.get(), timestampMs);
    LogCleaning cleaning = new LogCleaning(plan, limits, new UUID(3, 4), new ManualShardHost());
    int swaps = 0;
    try {
      for (List<SegmentShape> group : cleaning.readKeys()) {
        SegmentShape last = group.get(group.size() - 1);
        Cleaned cleaned = cleaning.clean(group, log.compaction().nextBaseOffset(last));
        if (cleaned.changed()) {
          log.compaction().replace(cleaned);
          runChores(log);
          swaps++;
          swapped.at();
        } else {
          cleaned.release();
        }
      }
    } finally {
      cleaning.release();
    }
    Chore checkpoint = log.compaction().cleanedUpTo(cleaning.endOffset());
    checkpoint.run();
    return Optional.of(new Round(plan, cleaning.endOffset(), swaps));
  }

  static void runChores(PartitionLog log) throws IOException {
    for (List<Chore> chores = log.takeChores(); !chores.isEmpty(); chores = log.takeChores()) {
      for (Chore chore : chores) {
        chore.run();
        chore.done();
      }
    }
  }
}
