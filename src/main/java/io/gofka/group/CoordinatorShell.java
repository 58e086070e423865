package io.gofka.group;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.Effect.Answer;
import io.gofka.group.Effect.Append;
import io.gofka.group.Effect.Report;
import io.gofka.record.RecordBatchBuilder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One led partition of {@code __consumer_offsets}: loads the log into a {@link GroupCoordinator},
 * then carries out its effects. Part of {@link GroupCoordinatorVerticle}, on its context.
 *
 * <p>LOADING → ACTIVE → CLOSED, or LOADING → UNREADABLE → CLOSED when the log can't be read. It is
 * used once: when leadership is gained again, or when the outcome of an append isn't known, the
 * owner makes another one, which loads what the log really has.
 *
 * <p>One append is under way at a time. What comes meanwhile goes out together in the next one, so
 * that a busy partition pays for one append, and the flush that may come with it, per round trip.
 */
final class CoordinatorShell {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorShell.class);

  /** A batch that has grown to this takes no further write: encoding it must not take long. */
  private static final int MAX_GATHERED_BYTES = 64 * 1024;

  /** Time until a load is tried again: doubled with each failure, up to {@link #LOAD_RETRY_MS}. */
  private static final int FIRST_LOAD_RETRY_MS = 10;

  private static final int LOAD_RETRY_MS = 100;
  private static final int FAILED_LOADS_PER_WARNING = 50;

  private enum State {
    LOADING,
    ACTIVE,
    UNREADABLE,
    CLOSED
  }

  /** An event for the core. */
  interface Event {
    List<Effect> apply(GroupCoordinator coordinator, long requestId, Moment moment);
  }

  private final Vertx vertx;
  private final Supplier<Moment> clock;
  private final ClassicMembership.MemberIds memberIds;
  private final OffsetsLogShell log;
  private final GroupSettings settings;
  private final Runnable onUnknownOutcome;
  private GroupCoordinator coordinator;
  private int numFailedLoads;
  private State state = State.LOADING;
  private final Map<Long, Promise<Object>> parked = new HashMap<>();
  private long nextRequestId;
  private final Deque<Append> queue = new ArrayDeque<>();
  private int maxGatheredWrites = Integer.MAX_VALUE;
  private boolean appendInFlight;
  private long timerId = -1;
  private long timerDueMs;

  /**
   * @param onUnknownOutcome called once, when nobody knows what the log has: this one is closed
   *     then
   */
  CoordinatorShell(
      Vertx vertx,
      Supplier<Moment> clock,
      ClassicMembership.MemberIds memberIds,
      OffsetsLogShell log,
      GroupSettings settings,
      Runnable onUnknownOutcome) {
    this.vertx = vertx;
    this.clock = clock;
    this.memberIds = memberIds;
    this.log = log;
    this.settings = settings;
    this.onUnknownOutcome = onUnknownOutcome;
  }

  // ---- loading

  void load() {
    GroupCoordinator fresh = new GroupCoordinator(settings, memberIds);
    long beganMs = now().nowMs();
    log.load(fresh::replay)
        .onComplete(
            numRecords -> {
              if (state == State.LOADING) {
                coordinator = fresh;
                state = State.ACTIVE;
                logLoaded(numRecords, now().nowMs() - beganMs);
                perform(active -> active.onLoaded(now()));
              }
            },
            cause -> {
              if (state == State.LOADING) {
                onLoadFailed(cause);
              }
            });
  }

  /** The log shard may hear of the leadership after us, so the first failures mean nothing. */
  private void onLoadFailed(Throwable cause) {
    if (cause instanceof UnreadableLogException) {
      state = State.UNREADABLE;
      LOG.error(
          "Coordinator of {} cannot be loaded, its groups are not served: {}",
          log,
          cause.getMessage());
      return;
    }
    long retryMs =
        Math.min(LOAD_RETRY_MS, (long) FIRST_LOAD_RETRY_MS << Math.min(numFailedLoads, 4));
    numFailedLoads++;
    if (numFailedLoads % FAILED_LOADS_PER_WARNING == 0) {
      LOG.warn("Coordinator of {} cannot be loaded: {}", log, cause.getMessage());
    }
    vertx.setTimer(retryMs, id -> retryLoad());
  }

  private void logLoaded(long numRecords, long tookMs) {
    String line = "Coordinator of {} loaded {} records in {} ms";
    if (numRecords > 0) {
      LOG.info(line, log, numRecords, tookMs);
    } else {
      LOG.debug(line, log, numRecords, tookMs); // Fifty such lines tell a new user nothing.
    }
  }

  private void retryLoad() {
    if (state == State.LOADING) {
      load();
    }
  }

  boolean loading() {
    return state == State.LOADING;
  }

  /** Every request that waits here has to look for the new coordinator. */
  void close(ErrorCode error) {
    state = State.CLOSED;
    if (timerId >= 0) {
      vertx.cancelTimer(timerId);
    }
    queue.clear();
    List<Promise<Object>> waiting = new ArrayList<>(parked.values());
    parked.clear();
    ApiException refused = new ApiException(error, "the coordinator of " + log + " is closed");
    waiting.forEach(promise -> promise.fail(refused));
  }

  // ---- serving

  /** Completes when the core answers. */
  @SuppressWarnings("unchecked") // The core answers each request with the type of its address.
  <R> Future<R> request(Event event) {
    ensureActive();
    long requestId = nextRequestId++;
    Promise<Object> promise = Promise.promise();
    parked.put(requestId, promise);
    perform(active -> event.apply(active, requestId, now()));
    return (Future<R>) promise.future();
  }

  /** What the core knows; changes nothing. */
  <R> R ask(Function<GroupCoordinator, R> question) {
    ensureActive();
    return question.apply(coordinator);
  }

  /** Something that nobody waits for. */
  void tell(Function<GroupCoordinator, List<Effect>> event) {
    if (state == State.ACTIVE) {
      perform(event);
    }
  }

  private void ensureActive() {
    if (state != State.ACTIVE) {
      throw new ApiException(
          switch (state) {
            case LOADING -> ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
            case UNREADABLE -> ErrorCode.COORDINATOR_NOT_AVAILABLE;
            default -> ErrorCode.NOT_COORDINATOR;
          },
          "the coordinator of " + log + " is " + state);
    }
  }

  private void perform(Function<GroupCoordinator, List<Effect>> event) {
    try {
      List<Effect> effects = event.apply(coordinator);
      // Whoever gets an answer may come with the next request at once: by then the appends of this
      // event must have their place.
      effects.stream().filter(Append.class::isInstance).forEach(this::perform);
      effects.stream().filter(effect -> !(effect instanceof Append)).forEach(this::perform);
      flush();
      armTimer();
    } catch (RuntimeException bug) {
      // What is half done in memory must not go on; the log has a state that is whole.
      LOG.error("Coordinator of {} is thrown away because of a bug", log, bug);
      giveUp(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
  }

  private void perform(Effect effect) {
    if (effect instanceof Answer answer) {
      parked.remove(answer.requestId()).complete(answer.reply());
    } else if (effect instanceof Append append) {
      queue.add(append);
    } else if (effect instanceof Report report) {
      LOG.info("{}", report.line());
    } else {
      throw new IllegalStateException("nobody carries out " + effect);
    }
  }

  private void giveUp(ErrorCode told) {
    if (state != State.CLOSED) {
      close(told);
      onUnknownOutcome.run();
    }
  }

  // ---- writing

  private void flush() {
    if (appendInFlight || queue.isEmpty() || state != State.ACTIVE) {
      return;
    }
    long timestampMs = now().timestampMs();
    RecordBatchBuilder batch = log.newBatch();
    List<Append> writes = new ArrayList<>();
    try {
      do {
        Append write = queue.poll();
        writes.add(write);
        OffsetsLogShell.add(batch, write, timestampMs);
      } while (!queue.isEmpty()
          && writes.size() < maxGatheredWrites
          && batch.sizeInBytes() < MAX_GATHERED_BYTES);
    } catch (RuntimeException bug) {
      batch.release();
      throw bug;
    }
    appendInFlight = true;
    log.append(batch).onSuccess(error -> onAppended(writes, error));
  }

  private void onAppended(List<Append> writes, ErrorCode error) {
    if (state != State.ACTIVE) {
      return; // Whoever waited has been told to look for the new coordinator.
    }
    AppendOutcome outcome = AppendOutcome.of(error);
    if (error != ErrorCode.NONE) {
      LOG.warn("Coordinator of {}: {} writes ended with {}", log, writes.size(), error);
    }
    switch (outcome.fate()) {
      case COMMITTED ->
          writes.forEach(write -> tell(active -> active.onAppended(write.writeId(), now())));
      case REFUSED -> {
        if (outcome.told() == ErrorCode.MESSAGE_TOO_LARGE && writes.size() > 1) {
          // Each may fit; together they don't, so the topic allows smaller batches than we thought.
          maxGatheredWrites = writes.size() / 2;
          for (int i = writes.size() - 1; i >= 0; i--) {
            queue.addFirst(writes.get(i));
          }
        } else {
          writes.forEach(
              write ->
                  tell(active -> active.onAppendRefused(write.writeId(), outcome.told(), now())));
        }
      }
      case UNKNOWN -> giveUp(outcome.told());
    }
    // Only now, so that all that these outcomes lead to goes out together.
    appendInFlight = false;
    tell(active -> List.of());
  }

  // ---- time

  private void armTimer() {
    if (state != State.ACTIVE) {
      return;
    }
    OptionalLong next = coordinator.nextDeadlineMs();
    if (next.isEmpty() || (timerId >= 0 && timerDueMs <= next.getAsLong())) {
      return; // A timer that comes too early costs less than a new one with each heartbeat.
    }
    if (timerId >= 0) {
      vertx.cancelTimer(timerId);
    }
    timerDueMs = next.getAsLong();
    long delayMs = Math.max(1, timerDueMs - now().nowMs());
    timerId = vertx.setTimer(delayMs, id -> onTimer());
  }

  private void onTimer() {
    timerId = -1;
    tell(active -> active.onTick(now()));
  }

  private Moment now() {
    return clock.get();
  }
}
