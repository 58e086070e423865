package io.gofka.rpc;

import io.vertx.grpc.server.GrpcServerRequest;

/**
 * A call of another node, until it has been answered or broken off. Whoever answers later than that
 * answers nobody: Vert.x 5.0.12 throws at what is written to a stream that is over.
 *
 * @param <Q> what the other node sends
 * @param <R> what it is sent
 */
final class IncomingCall<Q, R> {
  private final NodeServer server;
  private final GrpcServerRequest<Q, R> stream;
  private final Runnable onOver;
  private final Runnable onClosed = this::over;
  private boolean over;

  /**
   * @param onOver told once that nothing can be sent any more, for whatever reason; possibly before
   *     this returns
   */
  IncomingCall(NodeServer server, GrpcServerRequest<Q, R> stream, Runnable onOver) {
    this.server = server;
    this.stream = stream;
    this.onOver = onOver;
    stream.exceptionHandler(broken -> over());
    stream.errorHandler(reset -> over());
    stream.response().exceptionHandler(broken -> over());
    server.onClosed(stream, onClosed);
  }

  IncomingCall(NodeServer server, GrpcServerRequest<Q, R> stream) {
    this(server, stream, () -> {});
  }

  boolean isOver() {
    return over;
  }

  boolean isFull() {
    return stream.response().writeQueueFull();
  }

  void write(R message) {
    if (!over) {
      stream.response().write(message);
    }
  }

  /** Sends the last message. */
  void end(R message) {
    last(() -> stream.response().end(message));
  }

  void end() {
    last(() -> stream.response().end());
  }

  void fail(Throwable cause) {
    last(() -> stream.response().fail(cause));
  }

  private void last(Runnable sending) {
    if (!over) {
      try {
        sending.run();
      } finally {
        over();
      }
    }
  }

  private void over() {
    if (!over) {
      over = true;
      server.forget(stream, onClosed);
      onOver.run();
    }
  }
}
