package io.gofka.network;

import io.gofka.api.ApiHandler;
import io.gofka.api.FetchHandler;
import io.gofka.api.LogLimiter;
import io.gofka.api.Reply;
import io.gofka.api.RequestContext.Connection;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.FileRegion;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: requests come in as frames, responses go out in the order of their
 * requests.
 *
 * <p>Reading pauses while the client doesn't read its responses ({@link #MAX_UNSENT_BYTES}), while
 * it has {@link #MAX_PENDING} requests unanswered, and while the loop's {@link RequestMemory} is
 * used up. Confined to its loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write closes the channel: see onClosed.
final class ClientConnection implements RequestMemory.Reader, FrameDecoder.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /**
   * Responses that were handed to the socket and that the client has not taken yet, bytes of files
   * included.
   */
  static final long MAX_UNSENT_BYTES = 4 * 1024 * 1024;

  /**
   * Requests of one connection that wait or run, or whose response the client has not taken yet:
   * small responses cost more memory than their bytes.
   */
  static final int MAX_PENDING = 256;

  private final Connection identity;
  private final ChannelHandlerContext channel;
  private final RequestReader requests;
  private final RequestMemory memory;
  private final FrameDecoder decoder;
  private final Iterable<ApiHandler<?>> handlers;
  private final LogLimiter closings;
  private final Consumer<ClientConnection> onClosed;
  private final LongSupplier clockMs;

  private final Deque<PendingRequest> running = new ArrayDeque<>();
  private final Deque<PendingRequest> waiting = new ArrayDeque<>();
  private long unsentBytes;
  private int unsentResponses;
  private long lastActivityMs;
  private boolean pausedForMemory;
  private boolean reading = true;
  private boolean flushScheduled;
  private boolean draining;
  private boolean closed;

  ClientConnection(
      Connection identity,
      ChannelHandlerContext channel,
      RequestReader requests,
      RequestMemory memory,
      int maxRequestBytes,
      Iterable<ApiHandler<?>> handlers,
      LogLimiter closings,
      Consumer<ClientConnection> onClosed,
      LongSupplier clockMs) {
    this.identity = identity;
    this.channel = channel;
    this.requests = requests;
    this.memory = memory;
    this.decoder = new FrameDecoder(maxRequestBytes, this);
    this.handlers = handlers;
    this.closings = closings;
    this.onClosed = onClosed;
    this.clockMs = clockMs;
    this.lastActivityMs = clockMs.getAsLong();
  }

  Connection identity() {
    return identity;
  }

  /** What cuts the frames for {@link #onFrame}. */
  FrameDecoder decoder() {
    return decoder;
  }

  /** A frame has arrived; the reference to it is taken over. */
  void onFrame(ByteBuf frame) {
    lastActivityMs = clockMs.getAsLong();
    if (closed) {
      frame.release();
      return;
    }
    int frameBytes = frame.readableBytes();
    memory.changed(this, frameBytes);
    PendingRequest pending;
    try {
      pending = requests.read(frame, identity);
    } catch (RequestReader.RefusedException refused) {
      frame.release();
      memory.changed(this, -frameBytes);
      close(refused.getMessage());
      return;
    }
    if (mayStart(pending)) {
      start(pending);
    } else {
      waiting.add(pending);
    }
    updateReading();
  }

  private boolean mayStart(PendingRequest next) {
    return running.isEmpty() || (waiting.isEmpty() && next.mayOverlap(running.peekLast()));
  }

  private void start(PendingRequest pending) {
    running.add(pending);
    Future<Reply> reply;
    try {
      reply = pending.handler.handle(pending.request, pending.context);
    } catch (RuntimeException | Error failure) {
      reply = Future.failedFuture(failure);
    }
    if (pending.handler.releasesEarly()) {
      memory.changed(this, -pending.releaseFrame());
    }
    reply.onComplete(
        answer -> onLoop(() -> onAnswer(pending, answer)),
        failure -> onLoop(() -> onFailure(pending, failure)));
  }

  private void onLoop(Runnable action) {
    if (channel.executor().inEventLoop()) {
      action.run();
    } else {
      channel.executor().execute(action);
    }
  }

  private void onFailure(PendingRequest pending, Throwable failure) {
    ApiException error;
    if (failure instanceof ApiException refused) {
      error = refused;
    } else {
      LOG.error("{} of {} failed by a bug", pending, identity.remote(), failure);
      error = new ApiException(ErrorCode.UNKNOWN_SERVER_ERROR, failure.toString());
    }
    onAnswer(pending, Reply.of(pending.handler.errorResponse(pending.request, error)));
  }

  private void onAnswer(PendingRequest pending, Reply reply) {
    pending.answer(reply);
    memory.changed(this, -pending.releaseFrame());
    if (closed) {
      running.remove(pending);
      discard(reply);
      return;
    }
    while (!closed && !running.isEmpty() && running.peekFirst().answered()) {
      send(running.pollFirst());
    }
    while (!closed && !waiting.isEmpty() && mayStartWaiting()) {
      start(waiting.pollFirst());
    }
    updateReading();
    closeIfDrained();
  }

  private boolean mayStartWaiting() {
    return running.isEmpty() || waiting.peekFirst().mayOverlap(running.peekLast());
  }

  private void send(PendingRequest answered) {
    if (answered.reply() instanceof Reply.Response response) {
      write(answered, response.message());
    } else if (answered.reply() instanceof Reply.Close close) {
      close(close.reason());
    }
  }

  private void write(PendingRequest answered, ApiMessage message) {
    List<Object> parts;
    try {
      parts = frame(answered, message);
    } catch (RuntimeException bug) {
      LOG.error("The response to {} of {} cannot be written", answered, identity.remote(), bug);
      close("its response cannot be written");
      return;
    }
    long bytes = bytes(parts);
    unsentBytes += bytes;
    unsentResponses++;
    int last = parts.size() - 1;
    for (int i = 0; i < last; i++) {
      channel.write(parts.get(i), channel.voidPromise());
    }
    channel
        .write(parts.get(last))
        .addListener(
            (ChannelFutureListener)
                written -> {
                  unsentBytes -= bytes;
                  unsentResponses--;
                  if (written.isSuccess()) {
                    updateReading();
                  }
                  closeIfDrained();
                });
    scheduleFlush();
  }

  private List<Object> frame(PendingRequest answered, ApiMessage message) {
    short version = answered.context.apiVersion();
    try {
      return Wire.frame(
          channel.alloc(),
          new ResponseHeader().correlationId(answered.correlationId),
          answered.key.responseHeaderVersion(version),
          message,
          version);
    } catch (WireException nothingTakenOver) {
      release(message);
      throw nothingTakenOver;
    }
  }

  private static long bytes(List<Object> parts) {
    long bytes = 0;
    for (Object part : parts) {
      bytes +=
          part instanceof ByteBuf buffer ? buffer.readableBytes() : ((FileRegion) part).count();
    }
    return bytes;
  }

  /** One flush for all responses that become ready in this turn of the loop. */
  private void scheduleFlush() {
    if (!flushScheduled) {
      flushScheduled = true;
      channel
          .executor()
          .execute(
              () -> {
                flushScheduled = false;
                channel.flush();
              });
    }
  }

  private void updateReading() {
    boolean mayRead =
        !closed
            && !draining
            && !pausedForMemory
            && unsentBytes <= MAX_UNSENT_BYTES
            && running.size() + waiting.size() + unsentResponses < MAX_PENDING;
    if (mayRead != reading) {
      reading = mayRead;
      if (mayRead) {
        decoder.resume();
      } else {
        decoder.hold();
      }
    }
  }

  @Override
  public void pauseForMemory() {
    pausedForMemory = true;
    updateReading();
  }

  @Override
  public void resumeFromMemory() {
    pausedForMemory = false;
    lastActivityMs = clockMs.getAsLong(); // It was we who were silent.
    updateReading();
  }

  @Override
  public boolean midFrame() {
    return decoder.midFrame();
  }

  @Override
  public void onArrived() {
    lastActivityMs = clockMs.getAsLong();
  }

  @Override
  public void onBuffered(long bytes) {
    memory.changed(this, bytes);
  }

  @Override
  public long roomBytes() {
    return memory.roomBytes(this);
  }

  /** A frame has begun, and it is not for us that the rest of it isn't there. */
  boolean waitsForRestOfFrame() {
    return midFrame() && !pausedForMemory && running.isEmpty() && waiting.isEmpty();
  }

  /** Nothing waits, runs or is on its way to the client. */
  boolean idle() {
    return running.isEmpty() && waiting.isEmpty() && unsentBytes == 0;
  }

  long lastActivityMs() {
    return lastActivityMs;
  }

  /** Reads no more requests, and closes once those that were read are answered. */
  void drain() {
    draining = true;
    updateReading();
    closeIfDrained();
  }

  private void closeIfDrained() {
    if (draining && idle()) {
      Channel socket = channel.channel();
      socket.eventLoop().execute(() -> socket.flush().close());
    }
  }

  void close(String reason) {
    if (!closed) {
      closings.info(lastActivityMs, "Closing the connection of {}: {}", identity.remote(), reason);
      channel.close();
    }
  }

  /** The socket is broken, or what came through it can't be cut into frames. */
  void onException(Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("The connection of {} broke", identity.remote(), cause); // Clients come and go.
      channel.close();
    } else {
      close(cause.getMessage());
    }
  }

  /** The socket is closed, by whomever. */
  void onClosed() {
    if (closed) {
      return;
    }
    closed = true;
    for (PendingRequest pending : waiting) {
      memory.changed(this, -pending.releaseFrame());
    }
    waiting.clear();
    for (PendingRequest pending : running) {
      if (pending.answered()) {
        discard(pending.reply());
      }
    }
    running.removeIf(PendingRequest::answered);
    memory.forget(this);
    for (ApiHandler<?> handler : handlers) {
      handler.connectionClosed(identity.id());
    }
    onClosed.accept(this);
  }

  private static void discard(Reply reply) {
    if (reply instanceof Reply.Response response) {
      release(response.message());
    }
  }

  /** Gives back the payloads of a message that isn't sent. */
  private static void release(ApiMessage message) {
    if (message instanceof FetchResponse fetched) {
      FetchHandler.release(fetched);
    }
  }
}
