package io.gofka.metadata;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Brings the commands of this node to the active controller, on this node or another, and answers
 * when this node's image shows what they have done: who is told that a topic exists finds it here.
 *
 * <p>What was certainly not done is tried again until the asker's time is over: nobody is the
 * active controller for a moment after one has died. What may have been done isn't.
 */
public final class ForwardingVerticle extends VerticleBase {
  /** Pause before the first further try; it doubles with each. */
  static final long FIRST_BACKOFF_MS = 10;

  static final long MAX_BACKOFF_MS = 250;

  private final Bus bus;
  private final LongSupplier clockMs;
  private final List<Address<?, ?>> served = new ArrayList<>();

  /** One command on its way. */
  private static final class Journey<R> {
    private final CommandRequest<R> request;
    private final long deadlineMs;
    private final Promise<CommandResult<R>> answer = Promise.promise();
    private long backoffMs = FIRST_BACKOFF_MS;
    private String lastRefusal = "no active controller was found";

    Journey(CommandRequest<R> request, long nowMs) {
      this.request = request;
      this.deadlineMs = nowMs + Math.max(1, request.timeoutMs());
    }
  }

  public ForwardingVerticle(Bus bus) {
    this(bus, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
  }

  /**
   * @param clockMs monotonic
   */
  public ForwardingVerticle(Bus bus, LongSupplier clockMs) {
    this.bus = bus;
    this.clockMs = clockMs;
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
    return Future.all(
        List.of(
            serve(Addresses.CREATE_TOPICS),
            serve(Addresses.DELETE_TOPICS),
            serve(Addresses.CREATE_PARTITIONS),
            serve(Addresses.ALTER_CONFIGS),
            serve(Addresses.ALTER_PARTITION_REASSIGNMENTS),
            serve(Addresses.ELECT_LEADERS),
            serve(Addresses.UNREGISTER_BROKER),
            serve(Addresses.UPDATE_FEATURES),
            serve(Addresses.ADD_RAFT_VOTER),
            serve(Addresses.REMOVE_RAFT_VOTER),
            serve(Addresses.DESCRIBE_QUORUM),
            serve(Addresses.ALLOCATE_PRODUCER_IDS),
            serve(Addresses.REGISTER_BROKER),
            serveAny(),
            serveOthers()));
  }

  @Override
  public Future<?> stop() {
    return Future.all(served.stream().map(bus::withdraw).toList());
  }

  private <C extends Command<R>, R> Future<Void> serve(Address<C, R> address) {
    served.add(address);
    return bus.serve(
        address, command -> bring(CommandRequest.of(command)).map(CommandResult::reply));
  }

  private Future<Void> serveAny() {
    served.add(Addresses.METADATA_COMMAND);
    return bus.serve(Addresses.METADATA_COMMAND, request -> bring(request).map(result -> result));
  }

  /** What other nodes bring here, because they take this one for the active controller's. */
  private Future<Void> serveOthers() {
    served.add(Addresses.FORWARDED_COMMAND);
    return bus.serve(
        Addresses.FORWARDED_COMMAND,
        encoded ->
            decide(
                new CommandRequest<>(
                    CommandCodec.decode(encoded.bytes()),
                    encoded.principal(),
                    encoded.timeoutMs())));
  }

  private <R> Future<EncodedReply> decide(CommandRequest<R> request) {
    return askHere(request)
        .map(
            result ->
                new EncodedReply(
                    CommandCodec.encodeReply(request.command(), result.reply()),
                    result.metadataOffset()));
  }

  private <R> Future<CommandResult<R>> bring(CommandRequest<R> request) {
    Journey<R> journey = new Journey<>(request, nowMs());
    long timer =
        vertx.setTimer(
            Math.max(1, request.timeoutMs()),
            id ->
                journey.answer.tryFail(
                    new ApiException(
                        ErrorCode.REQUEST_TIMED_OUT,
                        "not answered within %d ms: %s"
                            .formatted(request.timeoutMs(), journey.lastRefusal))));
    attempt(journey);
    return journey.answer.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private <R> void attempt(Journey<R> journey) {
    askHere(journey.request)
        .recover(
            cause -> {
              if (!isElsewhere(cause)) {
                return Future.failedFuture(cause);
              }
              if (((ApiException) cause).errorCode() == ErrorCode.NOT_CONTROLLER) {
                journey.lastRefusal = cause.getMessage(); // The way to another one may take long.
              }
              return askThere(journey);
            })
        .onComplete(
            result -> showHere(journey, result),
            cause -> {
              if (isElsewhere(cause)) {
                tryAgain(journey, cause);
              } else {
                journey.answer.tryFail(cause);
              }
            });
  }

  private <R> Future<CommandResult<R>> askHere(CommandRequest<R> request) {
    return bus.request(Addresses.CONTROLLER_COMMAND, request).map(ForwardingVerticle::typed);
  }

  @SuppressWarnings("unchecked") // A command is answered with what its type says.
  private static <R> CommandResult<R> typed(CommandResult<?> result) {
    return (CommandResult<R>) result;
  }

  private <R> Future<CommandResult<R>> askThere(Journey<R> journey) {
    CommandRequest<R> request = journey.request;
    long leftMs = journey.deadlineMs - nowMs();
    if (leftMs <= 0) {
      return Future.failedFuture(
          new ApiException(ErrorCode.REQUEST_TIMED_OUT, journey.lastRefusal));
    }
    EncodedCommand encoded =
        new EncodedCommand(
            CommandCodec.encode(request.command()), request.principal(), (int) leftMs);
    return bus.request(Addresses.FORWARD_COMMAND, encoded)
        .map(
            reply ->
                new CommandResult<>(
                    CommandCodec.decodeReply(request.command(), reply.bytes()),
                    reply.metadataOffset()));
  }

  /** Nobody has done anything: no controller here, or not the active one. */
  private static boolean isElsewhere(Throwable cause) {
    return cause instanceof ApiException refused
        && (refused.errorCode() == ErrorCode.NOT_CONTROLLER
            || refused.errorCode() == ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }

  private <R> void tryAgain(Journey<R> journey, Throwable refusal) {
    journey.lastRefusal = refusal.getMessage();
    long pauseMs = journey.backoffMs;
    journey.backoffMs = Math.min(MAX_BACKOFF_MS, 2 * journey.backoffMs);
    vertx.setTimer(
        pauseMs,
        id -> {
          if (!journey.answer.future().isComplete()) {
            attempt(journey);
          }
        });
  }

  private <R> void showHere(Journey<R> journey, CommandResult<R> result) {
    journey.lastRefusal = "it is done, and this node has not heard of it yet";
    int leftMs = (int) Math.max(1, journey.deadlineMs - nowMs());
    bus.request(Addresses.METADATA_AWAIT, new AwaitMetadata(result.metadataOffset(), leftMs))
        .onComplete(image -> journey.answer.tryComplete(result), journey.answer::tryFail);
  }

  private long nowMs() {
    return clockMs.getAsLong();
  }
}
