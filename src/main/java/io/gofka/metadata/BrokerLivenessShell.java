package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.BrokerLiveness.Effect;
import io.gofka.metadata.BrokerLiveness.Predecessor;
import io.gofka.metadata.BrokerLiveness.ProbeWanted;
import io.gofka.metadata.BrokerLiveness.StateWanted;
import io.gofka.metadata.Steps.Step;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.raft.ReplicatedLog;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shell of {@link BrokerLiveness}: lets brokers in, hears them, asks for those that are silent, and
 * has their states changed. On the loop of the controller that it is a part of.
 */
final class BrokerLivenessShell {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerLivenessShell.class);

  /** What it needs of the controller. */
  interface Office {
    boolean leading();

    /**
     * Refuses when this node doesn't lead.
     *
     * @throws ApiException NOT_CONTROLLER
     */
    void checkLeading();

    long term();

    /** Completes when it is certain that this node led at some time after the question. */
    Future<?> provedToLead();

    /** Whether every partition is led as the brokers' states say, in what is decided. */
    boolean partitionsInOrder();

    <R> Future<CommandResult<R>> perform(Steps<R> steps);
  }

  private final Bus bus;
  private final ReplicatedLog log;
  private final ControllerSettings settings;
  private final MetadataStateMachine machine;
  private final MetadataDecisions decisions;
  private final Office office;
  private final BrokerLiveness liveness;

  BrokerLivenessShell(
      Bus bus,
      ReplicatedLog log,
      ControllerSettings settings,
      MetadataStateMachine machine,
      MetadataDecisions decisions,
      Office office) {
    this.bus = bus;
    this.log = log;
    this.settings = settings;
    this.machine = machine;
    this.decisions = decisions;
    this.office = office;
    this.liveness = new BrokerLiveness(settings.sessionTimeoutMs(), settings.gracePeriodMs());
  }

  /** This controller has become the active one. */
  void onActive() {
    carryOut(liveness.onActive(machine.decided(), log.nowMs()));
  }

  /**
   * Of several processes of one name, one is a broker: the others are refused while it is alive.
   */
  Future<CommandResult<RegisterBroker.Registration>> register(RegisterBroker command) {
    Optional<BrokerImage> known = known(command.nodeId());
    boolean thisProcess =
        command.incarnationId().isEmpty()
            || command.incarnationId().equals(settings.incarnationId());
    if (known.isEmpty() || thisProcess) {
      return replace(command, known);
    }
    BrokerImage former = known.get();
    Predecessor predecessor =
        liveness.predecessor(former, command.incarnationId().get(), log.nowMs());
    if (predecessor == Predecessor.GONE) {
      return replace(command, known);
    }
    if (predecessor == Predecessor.ALIVE) {
      return Future.failedFuture(duplicate(former));
    }
    return bus.request(Addresses.PROBE_NODE, new ProbeNode(former.nodeId(), former.address().get()))
        .compose(
            result -> {
              office.checkLeading();
              if (known(former.nodeId()).filter(now -> now.epoch() == former.epoch()).isEmpty()) {
                return register(command); // The answer says nothing of who has come meanwhile.
              }
              return BrokerLiveness.isDead(former.incarnationId(), result)
                  ? replace(command, known)
                  : Future.failedFuture(duplicate(former));
            });
  }

  private Optional<BrokerImage> known(String nodeId) {
    OptionalInt id = machine.decided().numericId(nodeId);
    return id.isPresent() ? machine.decided().broker(id.getAsInt()) : Optional.empty();
  }

  private Future<CommandResult<RegisterBroker.Registration>> replace(
      RegisterBroker command, Optional<BrokerImage> known) {
    if (known.isPresent() && !liveness.onRegistering(known.get().id())) {
      return Future.failedFuture(duplicate(known.get())); // Both have found the one before dead.
    }
    Optional<LostLogs> lost =
        known.flatMap(former -> LostLogs.of(machine.decided(), former, command.logDirs()));
    return office
        .perform(decisions.steps(command))
        .onComplete(done -> known.ifPresent(former -> liveness.onRegistrationEnded(former.id())))
        .onSuccess(
            result -> {
              int brokerId = result.reply().brokerId();
              long epoch = result.reply().brokerEpoch();
              liveness.onRegistered(brokerId, epoch, log.nowMs());
              LOG.info(
                  "Broker {} ({}) is registered with epoch {}", brokerId, command.nodeId(), epoch);
              lost.ifPresent(logs -> LOG.atLevel(logs.level()).log("{}", logs));
            });
  }

  private static ApiException duplicate(BrokerImage former) {
    return new ApiException(
        ErrorCode.DUPLICATE_BROKER_REGISTRATION,
        "another process is node %s, broker %d, at %s, and was heard of not long ago"
            .formatted(
                former.nodeId(),
                former.id(),
                former.address().map(Object::toString).orElse("an unknown address")));
  }

  /**
   * What a broker is told lets it lead for a while: a controller that may have been deposed already
   * has nothing to promise.
   */
  Future<BrokerHeartbeat.Reply> onHeartbeat(BrokerHeartbeat heartbeat) {
    office.checkLeading();
    carryOut(
        liveness.onHeartbeat(
            machine.decided(),
            machine.committed(),
            heartbeat,
            office.partitionsInOrder(),
            log.nowMs()));
    return office
        .provedToLead()
        .map(
            proved -> {
              office.checkLeading();
              return liveness.answer(
                  machine.decided(), machine.committed(), heartbeat, log.nowMs());
            });
  }

  Future<Void> onStreamBroken(BrokerHeartbeat.StreamBroken broken) {
    if (office.leading()) {
      carryOut(
          liveness.onStreamBroken(
              machine.decided(), broken.brokerId(), broken.brokerEpoch(), log.nowMs()));
    }
    return Future.succeededFuture();
  }

  void onTick() {
    if (office.leading()) {
      carryOut(liveness.onTick(machine.decided(), log.nowMs()));
    }
  }

  private void carryOut(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof StateWanted wanted) {
        change(wanted);
      } else if (effect instanceof ProbeWanted probe) {
        probe(probe);
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
  }

  private void change(StateWanted wanted) {
    LOG.info(
        "Broker {} with epoch {} becomes {}: {}",
        wanted.brokerId(),
        wanted.epoch(),
        wanted.fenced() ? "fenced" : wanted.inControlledShutdown() ? "stopping" : "active",
        wanted.why());
    Steps<Void> steps =
        (image, index) ->
            Step.last(
                BrokerDecisions.change(
                        image,
                        wanted.brokerId(),
                        wanted.epoch(),
                        wanted.fenced(),
                        wanted.inControlledShutdown())
                    .records(),
                null);
    office
        .perform(steps)
        .onFailure(
            cause -> // The next heartbeat or tick wants it again.
            LOG.warn("Broker {} is as it was: {}", wanted.brokerId(), cause.getMessage()));
  }

  private void probe(ProbeWanted probe) {
    long inTerm = office.term();
    bus.request(Addresses.PROBE_NODE, new ProbeNode(probe.nodeId(), probe.address()))
        .otherwise(new ProbeNode.Result(ProbeNode.Outcome.SILENT, Optional.empty()))
        .onSuccess(
            result -> {
              if (office.leading() && office.term() == inTerm) {
                carryOut(
                    liveness.onProbed(
                        machine.decided(), probe.brokerId(), probe.epoch(), result, log.nowMs()));
              }
            });
  }
}
