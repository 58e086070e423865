package io.gofka.log;

import java.util.Optional;

/**
 * Batches that a leader has written, on their way into a follower's log.
 *
 * @param timestampMs wall clock
 * @param written follows when they are in the log
 * @param failed follows when they are not, and won't be
 */
record CopyWrite(
    PartitionLog log, LogAppend copies, long timestampMs, Runnable written, Runnable failed)
    implements LogWrite {
  @Override
  public Optional<LogAppend> append() {
    return Optional.of(copies);
  }

  @Override
  public boolean mustSync() {
    return log.durability().mustSync(copies.endOffset());
  }

  @Override
  public void onWritten() {
    written.run();
  }

  @Override
  public void onFailed() {
    copies.close();
    failed.run();
  }

  @Override
  public void onGone() {
    onFailed();
  }
}
