package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.BrokerLifecycle.Beat;
import io.gofka.metadata.BrokerLifecycle.Effect;
import io.gofka.metadata.BrokerLifecycle.Refused;
import io.gofka.metadata.BrokerLifecycle.Register;
import io.gofka.metadata.BrokerLifecycle.State;
import io.gofka.metadata.BrokerLifecycle.StateChanged;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers this broker, sends its heartbeats and takes its leave. Shell of {@link
 * BrokerLifecycle}, on the control loop.
 *
 * <p>Heartbeats go to this node's own controller when that is the active one, to the node of the
 * active one otherwise.
 */
public final class BrokerLifecycleVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycleVerticle.class);

  private final Bus bus;
  private final BrokerLifecycle.Settings settings;
  private final RandomGenerator random;
  private final LongSupplier clockMs;
  private final Promise<Registration> registered = Promise.promise();
  private final Promise<Void> active = Promise.promise();
  private final Promise<OptionalLong> stopped = Promise.promise();
  private final Promise<ApiException> refused = Promise.promise();
  private RegisterBroker command;
  private BrokerLifecycle lifecycle;
  private BrokerLease announcedLease = BrokerLease.ENDLESS;

  /** The last image in which another process is this broker; empty when there is none any more. */
  private Optional<ClusterImage> before = Optional.empty();

  /** Why the last heartbeat was not answered; empty when it was. */
  private String silence = "";

  private boolean letGo;
  private boolean over;
  private long timer = -1;
  private long timerDueMs = Long.MAX_VALUE;

  /**
   * @param command what is told at registration, with an incarnation id
   */
  public BrokerLifecycleVerticle(
      Bus bus, RegisterBroker command, BrokerLifecycle.Settings settings) {
    this(bus, command, settings, new SplittableRandom(), () -> System.nanoTime() / 1_000_000);
  }

  /**
   * @param clockMs monotonic
   */
  public BrokerLifecycleVerticle(
      Bus bus,
      RegisterBroker command,
      BrokerLifecycle.Settings settings,
      RandomGenerator random,
      LongSupplier clockMs) {
    this.bus = bus;
    this.command = command;
    this.settings = settings;
    this.random = random;
    this.clockMs = clockMs;
  }

  /**
   * Completes when the broker is registered, and fails when it is refused: with the code of the
   * registration's answer.
   */
  @Override
  public Future<?> start() {
    lifecycle = new BrokerLifecycle(settings, random, nowMs());
    return bus.listen(Addresses.METADATA_CHANGED, change -> onImage(change.image()))
        .compose(listening -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .compose(
            image -> {
              onImage(image);
              perform(lifecycle.onTick(nowMs()));
              return registered.future();
            });
  }

  /** No heartbeat is sent from now on. */
  @Override
  public Future<?> stop() {
    over = true;
    vertx.cancelTimer(timer);
    return Future.succeededFuture();
  }

  /** Where it is in its life. */
  public BrokerLifecycle.State state() {
    return lifecycle.state();
  }

  /** As which it takes part; known when it has started. */
  public Registration registration() {
    return registered.future().result();
  }

  /**
   * The broker serves clients at these endpoints; completes when the controller has unfenced it.
   * Called when it has started.
   */
  public Future<Void> serve(List<Endpoint> endpoints) {
    return onLoop(
        () -> {
          if (!command.endpoints().equals(endpoints)) {
            command = with(command, endpoints, command.previousBrokerEpoch());
            perform(lifecycle.onChanged(nowMs()));
          }
          perform(lifecycle.onReady(nowMs()));
          return active.future();
        });
  }

  /** Completes when the cluster refuses this broker for good, at its start or later. */
  public Future<ApiException> refused() {
    return refused.future();
  }

  /**
   * Waits until others lead what this broker leads, within bounds. Completes with the epoch of its
   * registration when the controller has let it go, and with nothing when it hasn't.
   */
  public Future<OptionalLong> shutDown() {
    return onLoop(
        () -> {
          perform(lifecycle.onShutdown(nowMs()));
          return stopped.future();
        });
  }

  private <T> Future<T> onLoop(Callable<Future<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(
        v -> {
          try {
            action.call().onComplete(done);
          } catch (Exception bug) {
            done.fail(bug);
          }
        });
    return done.future();
  }

  private void onImage(ClusterImage image) {
    lookForLosses(image);
    Optional<Boolean> fenced =
        lifecycle
            .registration()
            .flatMap(
                own ->
                    Optional.ofNullable(image.brokers().get(own.brokerId()))
                        .filter(broker -> broker.epoch() == own.brokerEpoch()))
            .map(BrokerImage::fenced);
    perform(lifecycle.onImage(image.metadataOffset(), fenced, nowMs()));
  }

  /**
   * Says, when this process has taken the place of the one before, what that one had and this one
   * hasn't. The controller says it in any case; this node may hear of the one before too late.
   */
  private void lookForLosses(ClusterImage image) {
    Optional<BrokerImage> known = known(image);
    boolean own =
        known.map(BrokerImage::incarnationId).equals(command.incarnationId()) && known.isPresent();
    if (own && before.isPresent()) {
      known(before.get())
          .flatMap(former -> LostLogs.of(before.get(), former, command.logDirs()))
          .ifPresent(lost -> LOG.atLevel(lost.level()).log("{}", lost));
      before = Optional.empty();
    } else if (!own && known.isPresent()) {
      before = Optional.of(image);
    }
  }

  private Optional<BrokerImage> known(ClusterImage image) {
    OptionalInt id = image.numericId(command.nodeId());
    return id.isPresent() ? image.broker(id.getAsInt()) : Optional.empty();
  }

  private void perform(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof Register) {
        register();
      } else if (effect instanceof Beat beat) {
        send(beat);
      } else if (effect instanceof StateChanged changed) {
        onState(changed.state());
      } else if (effect instanceof Refused refusal) {
        registered.tryFail(refusal.why());
        active.tryFail(refusal.why());
        refused.tryComplete(refusal.why());
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
    announceLease();
    armTimer();
  }

  private void announceLease() {
    BrokerLease lease = lifecycle.lease();
    if (!lease.equals(announcedLease)) {
      announcedLease = lease;
      bus.announce(Addresses.BROKER_LEASE, lease);
    }
  }

  private void onState(State state) {
    String who =
        lifecycle
            .registration()
            .map(own -> "%d (%s)".formatted(own.brokerId(), command.nodeId()))
            .orElse(command.nodeId());
    if (state == State.FENCED && !silence.isEmpty()) {
      LOG.warn("Broker {} leads nothing until an active controller answers: {}", who, silence);
    } else {
      LOG.info("Broker {} is {}", who, state.name().toLowerCase(Locale.ROOT));
    }
    if (state == State.ACTIVE) {
      active.tryComplete();
    } else if (state == State.STOPPED) {
      OptionalLong epoch =
          letGo
              ? OptionalLong.of(lifecycle.registration().orElseThrow().brokerEpoch())
              : OptionalLong.empty();
      stopped.tryComplete(epoch);
    } else if (state == State.FAILED) {
      stopped.tryComplete(OptionalLong.empty());
    }
  }

  private void register() {
    bus.request(Addresses.REGISTER_BROKER, command)
        .compose(this::checkCluster)
        .onComplete(
            registration ->
                unlessOver(
                    () -> {
                      // The next one is by the same process: nothing is lost between them.
                      command =
                          with(
                              command,
                              command.endpoints(),
                              OptionalLong.of(registration.brokerEpoch()));
                      silence = "";
                      perform(lifecycle.onRegistered(registration, nowMs()));
                      registered.tryComplete(registration);
                    }),
            cause ->
                unlessOver(
                    () -> {
                      LOG.warn(
                          "Broker {} is not registered: {}", command.nodeId(), cause.getMessage());
                      perform(lifecycle.onRegistrationFailed(asApiException(cause), nowMs()));
                    }));
  }

  /** The way to the controller was open before this node knew, perhaps, where it leads. */
  private Future<Registration> checkCluster(Registration registration) {
    return bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())
        .compose(
            self ->
                self.clusterId().isEmpty() || self.clusterId().equals(registration.clusterId())
                    ? Future.succeededFuture(registration)
                    : Future.failedFuture(
                        new ApiException(
                            ErrorCode.INCONSISTENT_CLUSTER_ID,
                            "node %s belongs to cluster %s, its controller to cluster %s"
                                .formatted(
                                    self.nodeId(), self.clusterId(), registration.clusterId()))));
  }

  private void send(Beat beat) {
    bus.request(Addresses.BROKER_HEARTBEAT, beat.heartbeat())
        .recover(
            cause ->
                isElsewhere(asApiException(cause).errorCode())
                    ? bus.request(Addresses.FORWARD_HEARTBEAT, beat.heartbeat())
                    : Future.failedFuture(cause))
        .onComplete(
            reply ->
                unlessOver(
                    () -> {
                      silence = "";
                      letGo |= reply.shouldShutDown();
                      perform(lifecycle.onAnswer(beat.number(), reply, nowMs()));
                    }),
            cause ->
                unlessOver(
                    () -> {
                      silence = String.valueOf(cause.getMessage());
                      ErrorCode code = asApiException(cause).errorCode();
                      perform(lifecycle.onNoAnswer(beat.number(), code, nowMs()));
                    }));
  }

  /** No controller here, or one that isn't the active one. */
  private static boolean isElsewhere(ErrorCode code) {
    return code == ErrorCode.NOT_CONTROLLER || code == ErrorCode.COORDINATOR_NOT_AVAILABLE;
  }

  /** Answers may come in the call that asks: what they lead to waits until that is through. */
  private void unlessOver(Runnable action) {
    context.runOnContext(
        v -> {
          if (!over) {
            action.run();
          }
        });
  }

  private static ApiException asApiException(Throwable cause) {
    return cause instanceof ApiException refused
        ? refused
        : new ApiException(ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(cause));
  }

  private static RegisterBroker with(
      RegisterBroker command, List<Endpoint> endpoints, OptionalLong previousBrokerEpoch) {
    return new RegisterBroker(
        command.nodeId(),
        command.brokerId(),
        command.incarnationId(),
        endpoints,
        command.address(),
        command.rack(),
        command.logDirs(),
        previousBrokerEpoch,
        command.features());
  }

  private void armTimer() {
    long dueMs = lifecycle.nextDeadlineMs();
    if (over || dueMs >= timerDueMs) {
      return; // It comes early enough, and looks again then.
    }
    vertx.cancelTimer(timer);
    timerDueMs = dueMs;
    timer =
        vertx.setTimer(
            Math.max(1, dueMs - nowMs()),
            due -> {
              timerDueMs = Long.MAX_VALUE;
              perform(lifecycle.onTick(nowMs()));
            });
  }

  private long nowMs() {
    return clockMs.getAsLong();
  }
}
