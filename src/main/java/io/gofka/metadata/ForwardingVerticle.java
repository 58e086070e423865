package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Brings the commands of this node to the active controller, wherever that is. */
public final class ForwardingVerticle extends VerticleBase {
  private final Bus bus;

  public ForwardingVerticle(Bus bus) {
    this.bus = bus;
  }

  /**
   * Asks the active controller, and waits until this node's image shows what it has done.
   *
   * @param principal in whose name, such as {@code User:alice}
   */
  public static <R> Future<R> request(Bus bus, Command<R> command, String principal) {
    return bus.request(
            Addresses.METADATA_COMMAND,
            new CommandRequest<>(command, principal, command.timeoutMs()))
        .map(
            result -> {
              @SuppressWarnings("unchecked") // A command is answered with what its type says.
              R reply = (R) result.reply();
              return reply;
            });
  }

  @Override
  public Future<?> start() {
    return bus.serve(
        Addresses.METADATA_COMMAND, asked -> bus.request(Addresses.CONTROLLER_COMMAND, asked));
  }

  @Override
  public Future<?> stop() {
    return bus.withdraw(Addresses.METADATA_COMMAND);
  }
}
