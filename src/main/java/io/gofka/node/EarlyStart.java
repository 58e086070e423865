package io.gofka.node;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Makes Vert.x while the configuration is still being read: it takes a third of the whole start and
 * needs nothing of it. Good for one start; a process that doesn't come to it ends all the same.
 */
public final class EarlyStart implements NodeStarter {
  private final FutureTask<Vertx> vertx = new FutureTask<>(GofkaNode::makeVertx);

  private EarlyStart() {}

  /** Begins on a thread of its own. */
  public static EarlyStart begin() {
    EarlyStart early = new EarlyStart();
    Thread thread = new Thread(early.vertx, "early-start");
    thread.setDaemon(true);
    thread.start();
    return early;
  }

  @Override
  public Future<GofkaNode> start(NodeConfig config) {
    return GofkaNode.start(config, this::vertx);
  }

  private Vertx vertx() {
    try {
      return vertx.get();
    } catch (ExecutionException failed) {
      throw new IllegalStateException("Vert.x can't be used", failed.getCause());
    } catch (InterruptedException stopped) {
      throw new IllegalStateException("the start was interrupted", stopped);
    }
  }
}
