package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.group.GroupRecord.OffsetRecord;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Deletions on their way to the log, in as many writes as it takes; each takes effect when it is
 * committed. Part of {@link GroupCoordinator}.
 */
final class Tombstones {
  /** One write must fit into one batch. */
  static final int MAX_RECORDS_PER_WRITE = 1_000;

  private final PendingWrites writes;
  private final GroupOffsets offsets;

  Tombstones(PendingWrites writes, GroupOffsets offsets) {
    this.writes = writes;
    this.offsets = offsets;
  }

  /**
   * @param done told once the outcome of all of them is known: the first error, or NONE
   */
  void write(Step step, List<? extends GroupRecord> records, BiConsumer<Step, ErrorCode> done) {
    if (records.isEmpty()) {
      done.accept(step, ErrorCode.NONE);
      return;
    }
    int numWrites = (records.size() + MAX_RECORDS_PER_WRITE - 1) / MAX_RECORDS_PER_WRITE;
    Progress progress = new Progress(numWrites, done);
    for (int from = 0; from < records.size(); from += MAX_RECORDS_PER_WRITE) {
      int to = Math.min(records.size(), from + MAX_RECORDS_PER_WRITE);
      append(step, List.copyOf(records.subList(from, to)), progress);
    }
  }

  private void append(Step step, List<GroupRecord> records, Progress progress) {
    writes.append(
        step,
        records,
        new PendingWrites.Outcome() {
          @Override
          public void committed(Step later) {
            for (GroupRecord record : records) {
              // A deleted group was taken out when that was decided; by now another may stand
              // there.
              if (record instanceof OffsetRecord offset) {
                offsets.apply(offset, later.nowMs());
              }
            }
            progress.onOutcome(later, ErrorCode.NONE);
          }

          @Override
          public void refused(Step later, ErrorCode error) {
            progress.onOutcome(later, error);
          }
        });
  }

  private static final class Progress {
    private final BiConsumer<Step, ErrorCode> done;
    private int numOpen;
    private ErrorCode firstError = ErrorCode.NONE;

    Progress(int numOpen, BiConsumer<Step, ErrorCode> done) {
      this.numOpen = numOpen;
      this.done = done;
    }

    void onOutcome(Step step, ErrorCode error) {
      if (firstError == ErrorCode.NONE) {
        firstError = error;
      }
      numOpen--;
      if (numOpen == 0) {
        done.accept(step, firstError);
      }
    }
  }
}
