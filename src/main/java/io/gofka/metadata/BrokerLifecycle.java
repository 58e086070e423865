package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerLease;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The life of a broker as the broker sees it: it registers, catches up with the metadata, is
 * unfenced when it can serve, and stops when nobody needs it any more.
 *
 * <pre>
 * REGISTERING → FENCED    it is registered
 * FENCED      → ACTIVE    the controller has unfenced it: it has caught up, and is ready to serve
 * ACTIVE      → FENCED    the controller has fenced it, or may have: no heartbeat was answered for
 *                         three fifths of the session timeout, counted from when the last answered
 *                         one was sent
 * FENCED, ACTIVE → REGISTERING   the controller doesn't know it, or knows a later registration
 * any         → STOPPING  its owner wants it to stop
 * STOPPING    → STOPPED   the controller lets it go, doesn't do so in time, has not answered for
 *                         that time (so it is fenced anyway, or soon), or doesn't know it
 * REGISTERING → FAILED    it is refused for good, or was never accepted in time
 * </pre>
 *
 * <p>Confined to one thread, without I/O or clock; {@code nowMs} is monotonic. One registration and
 * one heartbeat are on their way at most; each ends with one of the calls for its outcome.
 */
public final class BrokerLifecycle {
  /** Where the broker is in its life. */
  public enum State {
    REGISTERING,
    FENCED,
    ACTIVE,
    STOPPING,
    STOPPED,
    FAILED
  }

  /** What is to be done. */
  sealed interface Effect {}

  /** Ask for a registration. */
  record Register() implements Effect {}

  /**
   * Send a heartbeat.
   *
   * @param number comes back with its outcome
   */
  record Beat(long number, BrokerHeartbeat heartbeat) implements Effect {}

  /** The state has become another one. */
  record StateChanged(State state) implements Effect {}

  /** The broker can't take part; comes with the state FAILED. */
  record Refused(ApiException why) implements Effect {}

  /**
   * @param heartbeatIntervalMs {@code broker.heartbeat_interval}
   * @param sessionTimeoutMs {@code kraft.timeout}
   * @param registrationTimeoutMs the first registration must succeed within this time
   * @param shutdownTimeoutMs the controller is asked for so long whether the broker may stop
   */
  public record Settings(
      long heartbeatIntervalMs,
      long sessionTimeoutMs,
      long registrationTimeoutMs,
      long shutdownTimeoutMs) {}

  /** Time until what comes to nothing is tried again; twice as long each time. */
  static final long FIRST_RETRY_MS = 50;

  static final long LAST_RETRY_MS = 1_000;

  /** Nothing that is tried again changes these answers. */
  private static final Set<ErrorCode> FINAL =
      Set.of(
          ErrorCode.INVALID_REGISTRATION,
          ErrorCode.INCONSISTENT_CLUSTER_ID,
          ErrorCode.UNSUPPORTED_VERSION);

  private static final long NEVER = Long.MAX_VALUE;

  private final Settings settings;
  private final RandomGenerator random;
  private final long startedMs;
  private State state = State.REGISTERING;
  private Optional<Registration> registration = Optional.empty();
  private boolean everRegistered;
  private boolean ready;
  private boolean registering;
  private boolean registerAgain;
  private long metadataOffset = -1;
  private Optional<Boolean> fencedInImage = Optional.empty();
  private boolean toldSinceBeat;
  private long nextMs;
  private long beatNumber;
  private long beatSentMs = NEVER;
  private long answeredSentMs;
  private boolean leads;
  private long stopAtMs = NEVER;
  private long patientUntilMs = NEVER;
  private int failures;

  BrokerLifecycle(Settings settings, RandomGenerator random, long nowMs) {
    this.settings = settings;
    this.random = random;
    this.startedMs = nowMs;
    this.nextMs = nowMs;
  }

  State state() {
    return state;
  }

  /** The latest one; stays while another one is asked for. */
  Optional<Registration> registration() {
    return registration;
  }

  /** When {@link #onTick} is to be called at the latest. */
  long nextDeadlineMs() {
    long deadlineMs = Math.min(nextMs, stopAtMs);
    return Math.min(deadlineMs, state == State.ACTIVE ? leaseEndMs() : patientUntilMs);
  }

  List<Effect> onTick(long nowMs) {
    List<Effect> effects = new ArrayList<>();
    if (nowMs >= stopAtMs || nowMs >= patientUntilMs) {
      become(State.STOPPED, effects);
      return effects;
    }
    if (state == State.ACTIVE && nowMs >= leaseEndMs()) {
      become(State.FENCED, effects);
    }
    if (nowMs < nextMs) {
      return effects;
    }
    if (state == State.REGISTERING) {
      register(effects);
    } else if (state == State.FENCED || state == State.ACTIVE || state == State.STOPPING) {
      beat(nowMs, effects); // Instead of one that has not been answered, if there is one.
    }
    return effects;
  }

  /** How long it may still act as the leader of what it leads. */
  BrokerLease lease() {
    return leads ? new BrokerLease(leaseEndMs()) : BrokerLease.NONE;
  }

  /**
   * The controller waits as long at least, from when the heartbeat came in: that is later. And so
   * does one that becomes active after the heartbeat was answered.
   */
  private long leaseEndMs() {
    return answeredSentMs + leaseMs();
  }

  private long leaseMs() {
    return BrokerLiveness.leaseMs(settings.sessionTimeoutMs());
  }

  // ---- Registration.

  private void register(List<Effect> effects) {
    registering = true;
    registerAgain = false;
    nextMs = NEVER;
    effects.add(new Register());
  }

  List<Effect> onRegistered(Registration accepted, long nowMs) {
    List<Effect> effects = new ArrayList<>();
    registering = false;
    if (state != State.REGISTERING) {
      if (state == State.STOPPING) {
        registration = Optional.of(accepted);
        beat(nowMs, effects);
      }
      return effects;
    }
    registration = Optional.of(accepted);
    everRegistered = true;
    failures = 0;
    answeredSentMs = nowMs;
    if (registerAgain) {
      register(effects);
      return effects;
    }
    become(State.FENCED, effects);
    beat(nowMs, effects);
    return effects;
  }

  List<Effect> onRegistrationFailed(ApiException cause, long nowMs) {
    List<Effect> effects = new ArrayList<>();
    registering = false;
    if (state == State.STOPPING) {
      become(State.STOPPED, effects);
      return effects;
    }
    if (state != State.REGISTERING) {
      return effects;
    }
    boolean tooLate = !everRegistered && nowMs - startedMs >= settings.registrationTimeoutMs();
    if (tooLate || FINAL.contains(cause.errorCode())) {
      become(State.FAILED, effects);
      effects.add(new Refused(cause));
      return effects;
    }
    nextMs = nowMs + retryMs();
    return effects;
  }

  /** What is told at registration has changed. */
  List<Effect> onChanged(long nowMs) {
    List<Effect> effects = new ArrayList<>();
    if (state == State.REGISTERING && registering) {
      registerAgain = true;
    } else if (state == State.FENCED || state == State.ACTIVE) {
      beatSentMs = NEVER;
      become(State.REGISTERING, effects);
      register(effects);
    }
    return effects;
  }

  // ---- Heartbeats.

  /** The broker can serve from now on. */
  List<Effect> onReady(long nowMs) {
    ready = true;
    List<Effect> effects = new ArrayList<>();
    if (state == State.FENCED) {
      beat(nowMs, effects);
    }
    return effects;
  }

  /**
   * This node has an image.
   *
   * @param fenced how the broker stands in it with its present registration; empty when it doesn't
   */
  List<Effect> onImage(long offset, Optional<Boolean> fenced, long nowMs) {
    List<Effect> effects = new ArrayList<>();
    boolean caughtUp = hasOwnRegistration();
    metadataOffset = Math.max(metadataOffset, offset);
    boolean changed = fenced.isPresent() && !fenced.equals(fencedInImage);
    fencedInImage = fenced;
    if (state == State.STOPPING && changed && fenced.get()) {
      leads = false;
    }
    if (state != State.FENCED && state != State.ACTIVE) {
      return effects;
    }
    if (changed && nowMs < leaseEndMs()) { // What it said before may be older than an answer.
      toldSinceBeat = true;
      become(fenced.get() ? State.FENCED : State.ACTIVE, effects);
    }
    if (state == State.FENCED && !caughtUp && hasOwnRegistration()) {
      beat(nowMs, effects); // Nothing but this keeps it fenced, perhaps.
    }
    return effects;
  }

  private boolean hasOwnRegistration() {
    return registration.filter(own -> metadataOffset >= own.brokerEpoch()).isPresent();
  }

  private void beat(long nowMs, List<Effect> effects) {
    Registration own = registration.orElseThrow();
    boolean stopping = state == State.STOPPING;
    beatSentMs = nowMs;
    toldSinceBeat = false;
    nextMs = nowMs + Math.max(settings.heartbeatIntervalMs(), settings.sessionTimeoutMs() / 4);
    effects.add(
        new Beat(
            ++beatNumber,
            new BrokerHeartbeat(
                own.brokerId(), own.brokerEpoch(), metadataOffset, !ready && !stopping, stopping)));
  }

  List<Effect> onAnswer(long number, BrokerHeartbeat.Reply reply, long nowMs) {
    List<Effect> effects = new ArrayList<>();
    if (!isAwaited(number)) {
      return effects;
    }
    failures = 0;
    nextMs = Math.max(nowMs, beatSentMs + settings.heartbeatIntervalMs());
    if (!reply.fenced()) {
      // Who is fenced is promised nothing: an image that says otherwise may be older than that.
      answeredSentMs = beatSentMs;
    }
    if (state == State.STOPPING) {
      leads &= !reply.fenced();
      patientUntilMs = beatSentMs + leaseMs();
    }
    beatSentMs = NEVER;
    if (state == State.STOPPING) {
      if (reply.shouldShutDown()) {
        become(State.STOPPED, effects);
      } else {
        nextMs = nowMs + Math.min(FIRST_RETRY_MS, settings.heartbeatIntervalMs());
      }
      return effects;
    }
    if (!toldSinceBeat && (reply.fenced() || nowMs < leaseEndMs())) {
      become(reply.fenced() ? State.FENCED : State.ACTIVE, effects);
    }
    if (state == State.FENCED && ready && hasOwnRegistration()) {
      nextMs = nowMs + Math.min(FIRST_RETRY_MS, settings.heartbeatIntervalMs());
    }
    return effects;
  }

  List<Effect> onNoAnswer(long number, ErrorCode code, long nowMs) {
    List<Effect> effects = new ArrayList<>();
    if (!isAwaited(number)) {
      return effects;
    }
    beatSentMs = NEVER;
    boolean unknown =
        code == ErrorCode.STALE_BROKER_EPOCH || code == ErrorCode.BROKER_ID_NOT_REGISTERED;
    if (unknown && state == State.STOPPING) {
      become(State.STOPPED, effects); // Nobody counts on it.
    } else if (unknown) {
      become(State.REGISTERING, effects);
      register(effects);
    } else {
      nextMs = nowMs + Math.min(retryMs(), settings.heartbeatIntervalMs());
    }
    return effects;
  }

  private boolean isAwaited(long number) {
    return number == beatNumber && beatSentMs != NEVER;
  }

  // ---- The end.

  /** The broker wants to stop, as soon as what it leads is led by others. */
  List<Effect> onShutdown(long nowMs) {
    List<Effect> effects = new ArrayList<>();
    switch (state) {
      case STOPPING, STOPPED, FAILED -> {}
      case REGISTERING -> {
        if (registration.isEmpty() && !registering) {
          become(State.STOPPED, effects);
        } else {
          stopWithin(nowMs, effects);
          if (!registering) {
            beat(nowMs, effects);
          }
        }
      }
      case FENCED, ACTIVE -> {
        stopWithin(nowMs, effects);
        beat(nowMs, effects);
      }
    }
    return effects;
  }

  private void stopWithin(long nowMs, List<Effect> effects) {
    stopAtMs = nowMs + settings.shutdownTimeoutMs();
    patientUntilMs = nowMs + leaseMs(); // It gets a whole session to answer.
    nextMs = NEVER;
    become(State.STOPPING, effects);
  }

  private void become(State next, List<Effect> effects) {
    if (state != next) {
      state = next;
      leads = next == State.ACTIVE || (leads && next == State.STOPPING);
      effects.add(new StateChanged(next));
      if (next == State.STOPPED || next == State.FAILED) {
        nextMs = NEVER;
        stopAtMs = NEVER;
        patientUntilMs = NEVER;
        beatSentMs = NEVER;
      }
    }
  }

  private long retryMs() {
    long fullMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS << Math.min(failures++, 10));
    return fullMs - random.nextLong(fullMs / 2 + 1);
  }
}
