package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Records that were handed out to be appended, and what happens once it is known what became of
 * them. The log keeps their order, so their outcomes come in that order, too.
 *
 * <p>There is no third outcome: where it isn't known whether records are in the log, the whole
 * coordinator is given up and loaded anew from the log, which is then the truth.
 */
final class PendingWrites {
  /** What a write is waited for with. */
  interface Outcome {
    /** The records are committed: they survive whatever this broker does next. */
    void committed(Step step);

    /** The records are not in the log and never will be. */
    void refused(Step step, ErrorCode error);
  }

  private record Write(long writeId, Outcome outcome) {}

  private final Deque<Write> writes = new ArrayDeque<>();
  private long nextWriteId;

  int size() {
    return writes.size();
  }

  void append(Step step, List<? extends GroupRecord> records, Outcome outcome) {
    long writeId = nextWriteId++;
    writes.add(new Write(writeId, outcome));
    step.add(new Effect.Append(writeId, List.copyOf(records)));
  }

  void onAppended(Step step, long writeId) {
    take(writeId).committed(step);
  }

  void onRefused(Step step, long writeId, ErrorCode error) {
    take(writeId).refused(step, error);
  }

  private Outcome take(long writeId) {
    Write first = writes.pollFirst();
    if (first == null || first.writeId != writeId) {
      throw new IllegalStateException(
          "the outcome of write " + writeId + " came out of order, " + first + " is first");
    }
    return first.outcome;
  }
}
