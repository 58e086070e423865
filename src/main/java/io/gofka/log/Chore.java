package io.gofka.log;

import java.io.IOException;

/**
 * Work on the disk that a log leaves to a worker. Chores of one log are done one after the other,
 * in the order in which the log gave them out. When one fails, it and those behind it are run
 * (again) once the log is repaired; in between the process may die, so that they never are.
 */
interface Chore {
  /** Does the work; on the worker, so it touches nothing that the log's owner changes. */
  void run() throws IOException;

  /** Tells the log that it is done; on the owner's thread. */
  default void done() {}

  /** How long it has to wait before it is run; then the order doesn't matter. */
  default long delayMs() {
    return 0;
  }

  /** Whether it may be run again, from its beginning, after it has failed at any point. */
  default boolean isRepeatable() {
    return true;
  }

  /** It will not be run, or not again: gives back what it holds. On the owner's thread. */
  default void discard() {}
}
