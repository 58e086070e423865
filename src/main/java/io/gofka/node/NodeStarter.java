package io.gofka.node;

import io.vertx.core.Future;

/** Starts the node that a configuration describes. */
@FunctionalInterface
public interface NodeStarter {
  /** Completes when the node serves clients; fails with {@link StartException} when it can't. */
  Future<? extends RunningNode> start(NodeConfig config);
}
