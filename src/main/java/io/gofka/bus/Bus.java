package io.gofka.bus;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.ContextInternal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event bus of this process with typed addresses. Messages are immutable and passed by
 * reference; nothing leaves the process.
 *
 * <p>A request whose owner lives on the caller's own event loop is a plain method call: no queue,
 * no wake-up. That is why a log shard shares its loop with a part of the connections.
 *
 * <p>A refused request fails with the {@link ApiException} that the owner threw or returned. {@link
 * ErrorCode#REQUEST_TIMED_OUT} means that no answer came in time, so what became of the request is
 * unknown; {@link ErrorCode#COORDINATOR_NOT_AVAILABLE} that nobody serves the address, so nothing
 * has happened.
 */
public class Bus {
  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

  /**
   * Longer than any wait a request may ask for itself, so that the owner's own deadline comes
   * first.
   */
  private static final long REPLY_TIMEOUT_MS = 600_000;

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions()
          .setCodecName(ByReferenceCodec.NAME)
          .setLocalOnly(true)
          .setSendTimeout(REPLY_TIMEOUT_MS);

  private final EventBus eventBus;
  private final Map<String, Local<?, ?>> owners = new ConcurrentHashMap<>();

  private record Local<Q, R>(
      ContextInternal context, Function<Q, Future<R>> handler, MessageConsumer<Q> consumer) {}

  /**
   * A bus over {@code vertx}; make one for each Vert.x instance, because the codec can be
   * registered only once.
   */
  public Bus(Vertx vertx) {
    this.eventBus = vertx.eventBus();
    eventBus.registerCodec(new ByReferenceCodec());
  }

  /** A bus that brings messages in another way, such as one without threads. */
  protected Bus() {
    this.eventBus = null; // Whoever extends it overrides everything that needs one.
  }

  /** Asks the owner of {@code address}. The future completes on the caller's context. */
  public <Q, R> Future<R> request(Address<Q, R> address, Q message) {
    Local<Q, R> owner = localOwner(address);
    if (owner != null && owner.context.nettyEventLoop().inEventLoop()) {
      return call(owner.handler, message);
    }
    return eventBus
        .<Reply<R>>request(address.name(), message, OPTIONS)
        .map(reply -> reply.body().value())
        .recover(cause -> Future.failedFuture(asApiException(address, cause)));
  }

  /**
   * Makes the current context the owner of {@code address}: {@code handler} is called on it, one
   * message after the other in the order of arrival.
   *
   * @throws IllegalStateException when the address has an owner already
   */
  public <Q, R> Future<Void> serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
    ContextInternal context = ContextInternal.current();
    if (context == null) {
      throw new IllegalStateException(address.name() + " must be served from a Vert.x context");
    }
    if (owners.containsKey(address.name())) {
      throw new IllegalStateException(address.name() + " is served already");
    }
    MessageConsumer<Q> consumer = eventBus.localConsumer(address.name());
    owners.put(address.name(), new Local<>(context, handler, consumer));
    consumer.handler(message -> answer(message, handler));
    return consumer.completion();
  }

  /** Ends what {@link #serve} began; later requests find nobody. */
  public Future<Void> withdraw(Address<?, ?> address) {
    Local<?, ?> owner = owners.remove(address.name());
    return owner == null ? Future.succeededFuture() : owner.consumer.unregister();
  }

  /** Tells every listener, each on its own context. */
  public <T> void announce(Announcement<T> announcement, T event) {
    eventBus.publish(announcement.name(), event, OPTIONS);
  }

  /** Calls {@code listener} on the current context for each event announced from now on. */
  public <T> Future<Void> listen(Announcement<T> announcement, Consumer<T> listener) {
    return eventBus
        .<T>localConsumer(announcement.name(), message -> listener.accept(message.body()))
        .completion();
  }

  @SuppressWarnings(
      "unchecked") // The address's type parameters are those with which it was served.
  private <Q, R> Local<Q, R> localOwner(Address<Q, R> address) {
    return (Local<Q, R>) owners.get(address.name());
  }

  private static <Q, R> Future<R> call(Function<Q, Future<R>> handler, Q message) {
    try {
      return handler.apply(message);
    } catch (RuntimeException
        | Error refused) { // Whatever it is, the asker must not wait for ever.
      return Future.failedFuture(refused);
    }
  }

  private static <Q, R> void answer(Message<Q> message, Function<Q, Future<R>> handler) {
    call(handler, message.body())
        .onComplete(
            value -> message.reply(new Reply<>(value), OPTIONS), cause -> fail(message, cause));
  }

  private static void fail(Message<?> message, Throwable cause) {
    if (cause instanceof ApiException refused) {
      message.fail(refused.errorCode().code(), refused.getMessage());
      return;
    }
    LOG.error("Request to {} failed by a bug", message.address(), cause);
    message.fail(ErrorCode.UNKNOWN_SERVER_ERROR.code(), cause.toString());
  }

  private static ApiException asApiException(Address<?, ?> address, Throwable cause) {
    if (cause instanceof ReplyException failure) {
      if (failure.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
        return new ApiException(ErrorCode.of((short) failure.failureCode()), failure.getMessage());
      }
      if (failure.failureType() == ReplyFailure.TIMEOUT) {
        return new ApiException(
            ErrorCode.REQUEST_TIMED_OUT, address.name() + " has not answered in time");
      }
      return new ApiException(
          ErrorCode.COORDINATOR_NOT_AVAILABLE, "nobody serves " + address.name());
    }
    return new ApiException(ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(cause));
  }

  /** Wraps a reply, which may be nothing, so that the codec always has something to carry. */
  private record Reply<R>(R value) {}
}
