package io.gofka.simulation;

import io.gofka.bus.Address;
import io.gofka.bus.Announcement;
import io.gofka.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The bus of a simulated process for verticles on another event loop than the one that all others
 * share: what they ask, and what they are told, takes its time, in order.
 */
final class FarBus extends Bus {
  /** Mean time from one loop to the other. */
  private static final long HOP_MICROS = 50;

  private final SimulatedBus near;
  private final SimulatedProcess process;
  private long lastOut;
  private long lastIn;

  FarBus(SimulatedBus near, SimulatedProcess process) {
    this.near = near;
    this.process = process;
  }

  private long hop() {
    World world = process.world();
    return world.nowMicros() + world.about(world.chance(0.02) ? 100 * HOP_MICROS : HOP_MICROS);
  }

  private void out(Runnable action) {
    lastOut = Math.max(lastOut, hop());
    process.afterwards(lastOut - process.world().nowMicros(), action);
  }

  private void in(Runnable action) {
    lastIn = Math.max(lastIn, hop());
    process.afterwards(lastIn - process.world().nowMicros(), action);
  }

  @Override
  public <Q, R> Future<R> request(Address<Q, R> address, Q message) {
    Promise<R> answer = Promise.promise();
    out(
        () ->
            near.request(address, message)
                .onComplete(
                    reply -> in(() -> answer.tryComplete(reply)),
                    cause -> in(() -> answer.tryFail(cause))));
    return answer.future();
  }

  /** Whoever asks has waited already. */
  @Override
  public <Q, R> Future<Void> serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
    return near.serve(address, handler);
  }

  @Override
  public Future<Void> withdraw(Address<?, ?> address) {
    return near.withdraw(address);
  }

  @Override
  public <T> void announce(Announcement<T> announcement, T event) {
    out(() -> near.announce(announcement, event));
  }

  @Override
  public <T> Future<Void> listen(Announcement<T> announcement, Consumer<T> listener) {
    return near.listen(announcement, event -> in(() -> listener.accept(event)));
  }
}
