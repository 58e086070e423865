package io.gofka.simulation;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.impl.future.PromiseImpl;
import io.vertx.core.internal.ContextInternal;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * The event loop of one life of a simulated process, for verticles as they are: what they ask of
 * Vert.x (timers, turns, work that blocks) happens in virtual time. Anything else that they ask
 * fails.
 */
final class SimulatedLoop {
  /** How long blocking work takes on a worker. */
  private static final long WORK_MICROS = 2 * World.MILLIS;

  private final SimulatedProcess process;
  private final long leastPeriodMs;
  private final Set<Long> timers = new HashSet<>();
  private final Vertx vertx = proxy(Vertx.class, this::onVertx);
  private final ContextInternal context = proxy(ContextInternal.class, this::onContext);
  private long nextTimer;

  /** What a call comes to. */
  private interface Calls {
    Object on(String method, Object[] arguments);
  }

  /**
   * @param leastPeriodMs what is done at shorter intervals is done at these: a run of hours
   *     consists of little else otherwise
   */
  SimulatedLoop(SimulatedProcess process, long leastPeriodMs) {
    this.process = process;
    this.leastPeriodMs = leastPeriodMs;
  }

  /** Starts a verticle. A bug in what it does at once breaks the run. */
  Future<?> start(VerticleBase verticle) {
    verticle.init(vertx, context);
    try {
      return verticle.start();
    } catch (Violation found) {
      throw found;
    } catch (Exception thrown) {
      throw new Violation("verticles start", process.name() + ": " + thrown, thrown);
    }
  }

  @SuppressWarnings("unchecked") // It has just been made for this interface.
  private static <T> T proxy(Class<T> kind, Calls calls) {
    return (T)
        Proxy.newProxyInstance(
            SimulatedLoop.class.getClassLoader(),
            new Class<?>[] {kind},
            (self, method, arguments) -> calls.on(nameOf(method), arguments));
  }

  private static String nameOf(Method method) {
    return method.getName();
  }

  @SuppressWarnings("unchecked") // The arguments are those of the methods named.
  private Object onVertx(String method, Object[] arguments) {
    return switch (method) {
      case "setTimer" -> setTimer((long) arguments[0], (Handler<Long>) arguments[1]);
      case "setPeriodic" -> setPeriodic((long) arguments[0], (Handler<Long>) arguments[1]);
      case "cancelTimer" -> timers.remove((long) arguments[0]);
      case "runOnContext" -> runOnContext((Handler<Void>) arguments[0]);
      case "executeBlocking" -> executeBlocking((Callable<Object>) arguments[0]);
      case "hashCode" -> System.identityHashCode(this);
      case "toString" -> "simulated";
      default -> throw new UnsupportedOperationException(method);
    };
  }

  @SuppressWarnings("unchecked") // As above.
  private Object onContext(String method, Object[] arguments) {
    return switch (method) {
      case "runOnContext" -> runOnContext((Handler<Void>) arguments[0]);
      case "promise" -> new PromiseImpl<>();
      case "owner" -> vertx;
      case "toString" -> "simulated";
      default -> throw new UnsupportedOperationException(method);
    };
  }

  private long setTimer(long delayMs, Handler<Long> handler) {
    long id = nextTimer++;
    timers.add(id);
    process.afterMs(
        delayMs,
        () -> {
          if (timers.remove(id)) {
            handler.handle(id);
          }
        });
    return id;
  }

  private long setPeriodic(long periodMs, Handler<Long> handler) {
    long id = nextTimer++;
    timers.add(id);
    again(id, Math.max(periodMs, leastPeriodMs), handler);
    return id;
  }

  private void again(long id, long periodMs, Handler<Long> handler) {
    process.afterMs(
        periodMs,
        () -> {
          if (timers.contains(id)) {
            handler.handle(id);
            again(id, periodMs, handler);
          }
        });
  }

  private Object runOnContext(Handler<Void> handler) {
    process.afterwards(0, () -> handler.handle(null));
    return null;
  }

  private Future<Object> executeBlocking(Callable<Object> work) {
    Promise<Object> done = Promise.promise();
    process.afterwards(
        process.world().about(WORK_MICROS),
        () -> {
          Object result;
          try {
            result = work.call();
          } catch (Exception failed) {
            done.fail(failed);
            return;
          }
          done.complete(result);
        });
    return done.future();
  }
}
