package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FileRemovalShellTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final FileRemovalShell removals = call(() -> Future.succeededFuture(worker()));

  private FileRemovalShell worker() {
    return new FileRemovalShell(vertx, 1);
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  /** Does something on the loop. */
  private <T> Future<T> later(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    vertx.runOnContext(v -> action.get().onComplete(done));
    return done.future();
  }

  private <T> T call(Supplier<Future<T>> action) {
    return await(later(action));
  }

  @Test
  void closingWaitsForWhatIsUnderWayAndLeavesTheRest() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Future<Optional<String>> underWay =
        later(
            () ->
                removals.remove(
                    () -> {
                      begun.countDown();
                      goOn.await();
                      return "removed";
                    }));
    begun.await(20, TimeUnit.SECONDS);
    Future<Optional<String>> next = later(() -> removals.remove(() -> "too late"));
    Future<Void> closed = later(removals::close);
    call(Future::<Void>succeededFuture);
    assertFalse(closed.isComplete());
    goOn.countDown();
    await(closed);
    assertEquals(Optional.of("removed"), await(underWay));
    assertEquals(Optional.empty(), await(next));
  }

  @Test
  void closingWithNothingToDoIsOverAtOnce() {
    assertEquals(Optional.of(1), call(() -> removals.remove(() -> 1)));
    call(removals::close);
  }
}
