package io.gofka.node;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs on a node, in stages: the verticles of a stage don't need each other, but those of the
 * stages before. They stop in the reverse order.
 */
final class Stages {
  private static final Logger LOG = LoggerFactory.getLogger(Stages.class);

  private final EventLoops loops;
  private final Deque<List<EventLoops.Deployed>> stages = new ConcurrentLinkedDeque<>();

  Stages(EventLoops loops) {
    this.loops = loops;
  }

  EventLoops loops() {
    return loops;
  }

  /** A stage of one verticle on the control loop. */
  Future<Void> control(Deployable verticle) {
    return loops
        .startOnControlLoop(verticle)
        .map(
            deployed -> {
              stages.push(List.of(deployed));
              return null;
            });
  }

  /** A stage of so many verticles, which go round the data loops. */
  Future<Void> data(int count, IntFunction<Deployable> verticles) {
    List<EventLoops.Deployed> stage = begin();
    List<Future<?>> started = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int loop = i % loops.dataLoops();
      started.add(loops.startOnDataLoop(loop, verticles.apply(i)).onSuccess(stage::add));
    }
    return Future.join(started).mapEmpty();
  }

  /** A stage that its owner fills. */
  List<EventLoops.Deployed> begin() {
    List<EventLoops.Deployed> stage = new CopyOnWriteArrayList<>();
    stages.push(stage);
    return stage;
  }

  /**
   * Stops all: what a stage needs is still there while it finishes. Never fails; completes with
   * whether everything stopped cleanly.
   */
  Future<Boolean> stop() {
    return stop(true);
  }

  private Future<Boolean> stop(boolean cleanSoFar) {
    List<EventLoops.Deployed> stage = stages.poll();
    if (stage == null) {
      return Future.succeededFuture(cleanSoFar);
    }
    List<Future<?>> stopped = new ArrayList<>();
    for (EventLoops.Deployed deployed : stage) {
      stopped.add(
          deployed
              .stop()
              .onFailure(
                  cause -> LOG.error("{} did not stop cleanly", deployed.verticle(), cause)));
    }
    return Future.join(stopped).transform(done -> stop(cleanSoFar && done.succeeded()));
  }
}
