package io.gofka.log;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The thread on which files are removed, one for all shards of a node: it may take as long as it
 * likes. Closing lets what is under way come to its end, and leaves all else to the next start.
 * Used by one loop.
 */
final class FileRemovalShell {
  /** Many files of a large log take longer; the process ends in the midst of them then. */
  static final long MAX_CLOSING_MS = 5_000;

  private static final boolean UNORDERED = false;

  private final WorkerExecutor worker;
  private final Promise<Void> idle = Promise.promise();
  private int outstanding;
  private volatile boolean closing;

  FileRemovalShell(Vertx vertx, long maxWorkMinutes) {
    this.worker =
        vertx.createSharedWorkerExecutor("log-removal", 1, maxWorkMinutes, TimeUnit.MINUTES);
  }

  /**
   * @return what has come of it; empty when it is left to the next start
   */
  <T> Future<Optional<T>> remove(Callable<T> work) {
    outstanding++;
    return worker
        .executeBlocking(() -> closing ? Optional.<T>empty() : Optional.of(work.call()), UNORDERED)
        .onComplete(
            done -> {
              outstanding--;
              completeClosing();
            });
  }

  private void completeClosing() {
    if (closing && outstanding == 0) {
      idle.tryComplete();
    }
  }

  Future<Void> close() {
    closing = true;
    completeClosing();
    return idle.future()
        .timeout(MAX_CLOSING_MS, TimeUnit.MILLISECONDS)
        .transform(done -> worker.close());
  }
}
