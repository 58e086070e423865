package io.gofka.testing;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** An event loop for what a test wants to happen on one; the test waits until it has happened. */
public final class TestLoop {
  private static final int PATIENCE_SECONDS = 60;

  private final ContextInternal context;

  public TestLoop(Vertx vertx) {
    context = ((VertxInternal) vertx).createEventLoopContext();
  }

  /** Whoever completes it: what follows happens on this loop. */
  public <T> Promise<T> promise() {
    return context.promise();
  }

  /** What comes of it, or the exception it fails with. */
  public <T> T run(Callable<Future<T>> action) throws Exception {
    return await(begin(action));
  }

  /** Doesn't wait. */
  public <T> Future<T> begin(Callable<Future<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(
        v -> {
          try {
            action.call().onComplete(done);
          } catch (Exception failure) {
            done.fail(failure);
          }
        });
    return done.future();
  }

  public static <T> T await(Future<T> future) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw (Exception) failed.getCause();
    }
  }
}
