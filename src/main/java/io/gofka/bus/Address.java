package io.gofka.bus;

import java.util.Objects;

/**
 * Where one kind of request is answered. The types are the message's and its reply's, so that
 * sending something else doesn't compile. All addresses of the node stand in {@link Addresses}.
 *
 * @param <Q> message
 * @param <R> reply
 */
public record Address<Q, R>(String name) {
  public Address {
    Objects.requireNonNull(name, "name");
  }

  /** The same kind of request answered by one of several owners, for example by one log shard. */
  public Address<Q, R> at(int owner) {
    return new Address<>(name + "." + owner);
  }
}
