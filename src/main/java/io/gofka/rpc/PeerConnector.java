package io.gofka.rpc;

import io.gofka.common.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection to one node, once somebody has wanted it.
 *
 * <p>Idle → connecting → connected; when that fails or breaks, connecting again: a few times at
 * once, so that a process that is gone is told from a connection that broke, then after pauses that
 * grow. Closed for good at the end.
 */
final class PeerConnector {
  private static final Logger LOG = LoggerFactory.getLogger(PeerConnector.class);

  /**
   * Pauses of the first tries after a connection broke, in ms: a process that is being killed may
   * take a connection that it will never serve.
   */
  private static final int[] QUICK_TRIES_MS = {0, 20, 50};

  /** A connection that broke sooner was of no use: the next try waits as if there had been none. */
  private static final long USEFUL_MS = 1_000;

  /** What becomes of the connection. */
  interface Listener {
    /** There is one now. */
    default void onConnected(NodeConnection connection) {}

    /** It broke. */
    default void onBroken() {}

    /** It broke, and the machine says that no process listens any more. */
    default void onRefused() {}
  }

  private enum State {
    IDLE,
    CONNECTING,
    CONNECTED,
    WAITING,
    CLOSED
  }

  private final NodeDialer dialer;
  private final String nodeId;
  private final HostPort address;
  private final Listener listener;
  private final Backoff backoff;
  private State state = State.IDLE;
  private Promise<NodeConnection> next = Promise.promise();
  private NodeConnection current;
  private long timer = -1;
  private int quickTries = QUICK_TRIES_MS.length;
  private boolean refusalTold;
  private boolean dialNow;
  private long connectedMs;

  PeerConnector(NodeDialer dialer, String nodeId, HostPort address, Listener listener) {
    this.dialer = dialer;
    this.nodeId = nodeId;
    this.address = address;
    this.listener = listener;
    this.backoff = dialer.backoff();
  }

  HostPort address() {
    return address;
  }

  /**
   * The connection, as soon as the present try has brought one; fails when it didn't, or when the
   * last one failed and the next one isn't due yet.
   */
  Future<NodeConnection> connection() {
    switch (state) {
      case CONNECTED -> {
        return Future.succeededFuture(current);
      }
      case WAITING, CLOSED -> {
        return Future.failedFuture(new NoConnection(nodeId + " at " + address));
      }
      case IDLE -> dial();
      case CONNECTING -> {}
    }
    return next.future();
  }

  /** Whether somebody has wanted a connection and there may be one soon. */
  boolean isConnecting() {
    return state == State.CONNECTING;
  }

  /** The other side is there: it has connected to this one. */
  void onSignOfLife() {
    if (state == State.WAITING) {
      dialer.vertx().cancelTimer(timer);
      backoff.reset();
      dial();
    } else if (state == State.CONNECTING) {
      dialNow = true; // The present try may be one to the process that was there before.
    }
  }

  void close() {
    dialer.vertx().cancelTimer(timer);
    state = State.CLOSED;
    if (current != null) {
      current.close();
    }
    next.tryFail(new NoConnection(nodeId + " is no longer dialled"));
  }

  private void dial() {
    state = State.CONNECTING;
    dialNow = false;
    dialer.dial(address, nodeId).onComplete(this::onConnected, this::onFailed);
  }

  private void onConnected(NodeConnection connection) {
    if (state != State.CONNECTING) {
      connection.close();
      return;
    }
    if (backoff.tries() > dialer.maxReconnectionRetries()) {
      LOG.info("{} at {} is back", nodeId, address);
    }
    state = State.CONNECTED;
    current = connection;
    connectedMs = nowMs();
    refusalTold = false;
    connection.closed().onComplete(v -> onBroken(connection));
    Promise<NodeConnection> waiting = next;
    next = Promise.promise();
    listener.onConnected(connection);
    waiting.tryComplete(connection);
  }

  private void onBroken(NodeConnection connection) {
    if (current != connection) {
      return;
    }
    current = null;
    if (state != State.CONNECTED) {
      return;
    }
    LOG.info("The connection to {} at {} broke", nodeId, address);
    if (nowMs() - connectedMs >= USEFUL_MS) {
      backoff.reset();
      quickTries = 0;
    }
    listener.onBroken();
    retry();
  }

  private void onFailed(Throwable cause) {
    if (state != State.CONNECTING) {
      return;
    }
    if (NodeConnection.isRefusal(cause) && !refusalTold) {
      refusalTold = true;
      quickTries = QUICK_TRIES_MS.length;
      listener.onRefused();
    }
    if (backoff.tries() == 0) {
      LOG.info("{} can't be reached: {}", nodeId, cause.getMessage());
    } else if (backoff.tries() == dialer.maxReconnectionRetries()) {
      LOG.warn(
          "{} is gone: it could not be reached {} times: {}",
          nodeId,
          backoff.tries(),
          cause.getMessage());
    }
    Promise<NodeConnection> waiting = next;
    next = Promise.promise();
    if (state == State.CONNECTING) {
      retry();
    }
    waiting.tryFail(cause);
  }

  private void retry() {
    long pauseMs =
        dialNow
            ? 0
            : quickTries < QUICK_TRIES_MS.length ? QUICK_TRIES_MS[quickTries++] : backoff.nextMs();
    if (pauseMs == 0) {
      dial();
      return;
    }
    state = State.WAITING;
    timer =
        dialer
            .vertx()
            .setTimer(
                pauseMs,
                due -> {
                  if (state == State.WAITING) {
                    dial();
                  }
                });
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }

  /** There is no connection at the moment, and nothing was sent. */
  static final class NoConnection extends Exception {
    private static final long serialVersionUID = 1L;

    NoConnection(String what) {
      super("no connection to " + what, null, false, false);
    }
  }
}
