package io.gofka.log;

import java.util.Optional;

/** What goes into one log with one write and, where that is asked for, one sync. */
interface LogWrite {
  /** The log for which it was made; the partition may have another one when it is written. */
  PartitionLog log();

  /** What is to be written; none when only a sync is waited for. */
  Optional<LogAppend> append();

  /** Wall clock at which it is appended. */
  long timestampMs();

  /** Whether nobody may hear of it before a sync. */
  boolean mustSync();

  /** It is part of the log, and as durable as it has to be. */
  void onWritten();

  /** The disk has failed: it is no part of the log. */
  void onFailed();

  /** The partition was deleted meanwhile. */
  void onGone();
}
