package io.gofka.log;

import java.io.IOException;

/**
 * Work on the disk that a log leaves to a worker. Chores of one log are done one after the other,
 * in the order in which the log gave them out.
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
}
