package io.gofka.simulation;

import io.gofka.bus.Address;
import io.gofka.bus.Announcement;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The bus of one life of a simulated process, all of whose verticles live on one event loop: a
 * request is a call, an announcement is heard in a later turn.
 */
final class SimulatedBus extends Bus {
  private final SimulatedProcess process;
  private final Map<String, Function<?, ?>> owners = new HashMap<>();
  private final Map<String, List<Consumer<?>>> listeners = new HashMap<>();

  SimulatedBus(SimulatedProcess process) {
    this.process = process;
  }

  @Override
  @SuppressWarnings("unchecked") // An address is served with its own types.
  public <Q, R> Future<R> request(Address<Q, R> address, Q message) {
    var owner = (Function<Q, Future<R>>) owners.get(address.name());
    if (owner == null) {
      return Future.failedFuture(
          new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE, "nobody serves " + address.name()));
    }
    try {
      return owner.apply(message);
    } catch (ApiException refused) {
      return Future.failedFuture(refused);
    }
  }

  @Override
  public <Q, R> Future<Void> serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
    if (owners.putIfAbsent(address.name(), handler) != null) {
      throw new IllegalStateException(address.name() + " is served already");
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> withdraw(Address<?, ?> address) {
    owners.remove(address.name());
    return Future.succeededFuture();
  }

  @Override
  @SuppressWarnings("unchecked") // An announcement is listened to with its own type.
  public <T> void announce(Announcement<T> announcement, T event) {
    for (Consumer<?> listener : listeners.getOrDefault(announcement.name(), List.of())) {
      process.afterwards(0, () -> ((Consumer<T>) listener).accept(event));
    }
  }

  @Override
  public <T> Future<Void> listen(Announcement<T> announcement, Consumer<T> listener) {
    listeners.computeIfAbsent(announcement.name(), name -> new ArrayList<>()).add(listener);
    return Future.succeededFuture();
  }
}
