package io.gofka.node;

import io.netty.channel.EventLoop;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Which event loop each verticle lives on. Vert.x deals verticles out round robin; here it matters:
 * a log shard shares a loop with a part of the connections, so that their requests need no hop, and
 * what decides about other nodes never shares one with anything that writes to a disk.
 *
 * <p>{@code data} loops come first; {@code control} is another one.
 */
final class EventLoops {
  /** System property: how long one event may hold a loop before the log warns, in milliseconds. */
  static final String BLOCKED_MS = "gofka.event.loop.blocked.ms";

  private static final long DEFAULT_BLOCKED_MS = 2_000;

  private final VertxInternal vertx;
  private final List<EventLoop> data;
  private final EventLoop control;

  private EventLoops(VertxInternal vertx, List<EventLoop> data, EventLoop control) {
    this.vertx = vertx;
    this.data = List.copyOf(data);
    this.control = control;
    if (data.contains(control)) {
      throw new IllegalStateException("the control loop is a data loop: a disk could delay a vote");
    }
  }

  /**
   * How many data loops are worth having: one for two processors. Whatever goes from one loop to
   * another has to wake it, and most requests are for partitions of all of them: on two processors,
   * a second loop made a broker no faster and took a fifth more processor time. The other half is
   * left to the kernel, the workers and the compiler.
   */
  static int dataLoops(int processors) {
    return (processors + 1) / 2;
  }

  /** Options for a Vert.x instance with just the loops that are needed. */
  static VertxOptions options(int dataLoops) {
    long blockedMs = Long.getLong(BLOCKED_MS, DEFAULT_BLOCKED_MS);
    return new VertxOptions()
        .setEventLoopPoolSize(dataLoops + 1)
        .setPreferNativeTransport(true)
        .setMaxEventLoopExecuteTime(blockedMs)
        .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
        // Without the stack, a warning doesn't say whose fault it is.
        .setWarningExceptionTime(blockedMs)
        .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS)
        .setBlockedThreadCheckInterval(Math.max(1, blockedMs / 2))
        .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS);
  }

  /**
   * Divides the loops of an instance made with {@link #options}.
   *
   * @throws IllegalStateException when it hasn't that many
   */
  static EventLoops of(Vertx vertx, int dataLoops) {
    VertxInternal internal = (VertxInternal) vertx;
    int wanted = dataLoops + 1;
    Set<EventLoop> distinct = new LinkedHashSet<>();
    for (int i = 0; i < 2 * wanted && distinct.size() < wanted; i++) {
      distinct.add(internal.createEventLoopContext().nettyEventLoop());
    }
    if (distinct.size() < wanted) {
      throw new IllegalStateException(
          "Vert.x has " + distinct.size() + " event loops, needed are " + wanted);
    }
    List<EventLoop> loops = new ArrayList<>(distinct);
    return new EventLoops(internal, loops.subList(0, dataLoops), loops.get(dataLoops));
  }

  /** A verticle that runs, and how to stop it. */
  record Deployed(Deployable verticle, ContextInternal context) {
    Future<?> stop() {
      Promise<Object> stopped = Promise.promise();
      context.runOnContext(
          v -> {
            try {
              verticle.undeploy(context).onComplete(done -> stopped.handle(done.mapEmpty()));
            } catch (Exception failure) {
              stopped.fail(failure);
            }
          });
      return stopped.future();
    }
  }

  int dataLoops() {
    return data.size();
  }

  Future<Deployed> startOnDataLoop(int loop, Deployable verticle) {
    return start(data.get(loop), verticle);
  }

  /** Does something on a data loop. */
  <T> Future<T> callOnDataLoop(int loop, Supplier<Future<T>> action) {
    return call(data.get(loop), action);
  }

  /** Does something on the control loop. */
  <T> Future<T> callOnControlLoop(Supplier<Future<T>> action) {
    return call(control, action);
  }

  private <T> Future<T> call(EventLoop loop, Supplier<Future<T>> action) {
    ContextInternal context = vertx.contextBuilder().withEventLoop(loop).build();
    Promise<T> done = Promise.promise();
    context.runOnContext(v -> action.get().onComplete(done));
    return done.future();
  }

  Future<Deployed> startOnControlLoop(Deployable verticle) {
    return start(control, verticle);
  }

  private Future<Deployed> start(EventLoop loop, Deployable verticle) {
    ContextInternal context = vertx.contextBuilder().withEventLoop(loop).build();
    Promise<Deployed> started = Promise.promise();
    context.runOnContext(
        v -> {
          try {
            verticle
                .deploy(context)
                .onSuccess(done -> started.complete(new Deployed(verticle, context)))
                .onFailure(started::fail);
          } catch (Exception failure) {
            started.fail(failure);
          }
        });
    return started.future();
  }
}
