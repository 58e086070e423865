package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.RecordBatch;
import java.util.Optional;

/**
 * An append that lies in the leader's log and is answered when it is committed.
 *
 * @param lastOffset that has to be
 * @param logAppendTimeMs wall clock that it was stamped with, -1 when it was not
 * @param first what it repeats, if it does
 * @param stamped whether the first one was stamped
 */
record Parked(
    QueuedAppend append,
    long lastOffset,
    long logAppendTimeMs,
    Optional<Duplicate> first,
    boolean stamped) {
  static Parked written(QueuedAppend append, long logAppendTimeMs) {
    return new Parked(
        append, append.lastBatch().lastOffset(), logAppendTimeMs, Optional.empty(), false);
  }

  static Parked repeated(QueuedAppend append, Duplicate first, boolean stamped) {
    return new Parked(
        append, first.lastOffset(), RecordBatch.NO_TIMESTAMP, Optional.of(first), stamped);
  }

  void succeed(long logStartOffset) {
    if (first.isPresent()) {
      append.succeedAs(first.get(), stamped, logStartOffset);
    } else {
      append.succeed(logAppendTimeMs, logStartOffset);
    }
  }

  void refuse(ErrorCode error, String message) {
    append.refuse(error, message);
  }
}
