package io.gofka.node;

import io.vertx.core.Future;
import java.util.List;

/** A node that serves. */
public interface RunningNode {
  /** Whether it keeps partitions; one that doesn't serves Kafka's tools for controllers. */
  boolean isBroker();

  /** Where they can connect to, at least one {@code host:port}. */
  List<String> bootstrapAddresses();

  /** Completes with a sentence for people when the node can't go on and should be stopped. */
  Future<String> broken();

  /** Stops serving, finishes what is in flight, and leaves the data in a clean state. */
  Future<Void> stop();
}
