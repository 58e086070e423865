package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StagesTest {
  private static final int DATA_LOOPS = 2;

  private final List<String> stopped = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private Stages stages;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx(EventLoops.options(DATA_LOOPS));
    stages = new Stages(EventLoops.of(vertx, DATA_LOOPS));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private VerticleBase part(String name, boolean stopsCleanly) {
    return new VerticleBase() {
      @Override
      public Future<?> stop() {
        stopped.add(name);
        return stopsCleanly ? Future.succeededFuture() : Future.failedFuture(name + " can't flush");
      }
    };
  }

  @Test
  void stagesStopInTheReverseOrderAndCleanly() throws Exception {
    await(stages.control(part("first", true)));
    await(stages.data(DATA_LOOPS + 1, shard -> part("second", true)));
    await(stages.control(part("third", true)));
    assertEquals(true, await(stages.stop()));
    assertEquals(List.of("third", "second", "second", "second", "first"), stopped);
  }

  @Test
  void oneThatFailsToStopIsToldAndKeepsNobodyElseFromStopping() throws Exception {
    await(stages.control(part("first", true)));
    await(stages.data(2, shard -> part("second", shard == 0)));
    await(stages.control(part("third", true)));
    assertEquals(false, await(stages.stop()));
    assertEquals(List.of("third", "second", "second", "first"), stopped);
  }
}
