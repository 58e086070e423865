package io.gofka.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusTest {
  private static final Address<String, Thread> WHO = new Address<>("test.who");

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context owner = newLoop();

  private Context newLoop() {
    return ((VertxInternal) vertx).createEventLoopContext();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static <T> T on(Context context, Callable<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    context.runOnContext(
        v -> {
          try {
            action.call().onComplete(done);
          } catch (Exception failure) {
            done.fail(failure);
          }
        });
    return await(done.future());
  }

  @Test
  void requestIsAnsweredOnTheOwnersThread() throws Exception {
    Thread ownersThread =
        on(
            owner,
            () ->
                bus.serve(WHO, any -> Future.succeededFuture(Thread.currentThread()))
                    .map(v -> Thread.currentThread()));
    Context other = newLoop();

    assertSame(ownersThread, on(other, () -> bus.request(WHO, "")));
    assertNotSame(ownersThread, on(other, () -> Future.succeededFuture(Thread.currentThread())));
  }

  @Test
  void requestOnTheOwnersLoopIsACallInTheSameTurn() throws Exception {
    boolean answeredAtOnce =
        on(
            owner,
            () ->
                bus.serve(WHO, any -> Future.succeededFuture(Thread.currentThread()))
                    .map(v -> bus.request(WHO, "").isComplete()));
    assertEquals(true, answeredAtOnce);
  }

  @Test
  void refusalArrivesWithItsErrorCode() throws Exception {
    on(
        owner,
        () ->
            bus.serve(
                WHO,
                any -> {
                  throw new ApiException(ErrorCode.FENCED_LEADER_EPOCH, "epoch 3, not 2");
                }));
    assertRefused(ErrorCode.FENCED_LEADER_EPOCH, "epoch 3, not 2");
  }

  @Test
  void addressWithoutOwnerIsNotATimeout() throws Exception {
    assertRefused(ErrorCode.COORDINATOR_NOT_AVAILABLE, "nobody serves test.who");
  }

  @Test
  void addressHasOneOwner() throws Exception {
    on(owner, () -> bus.serve(WHO, any -> Future.succeededFuture()));
    assertThrows(
        ExecutionException.class,
        () -> on(owner, () -> bus.serve(WHO, any -> Future.succeededFuture())));
  }

  private void assertRefused(ErrorCode error, String message) {
    ExecutionException thrown =
        assertThrows(ExecutionException.class, () -> await(bus.request(WHO, "")));
    ApiException refused = assertInstanceOf(ApiException.class, thrown.getCause());
    assertEquals(error, refused.errorCode());
    assertEquals(message, refused.getMessage());
  }
}
