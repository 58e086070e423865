package io.gofka.node;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.Listener;
import io.gofka.metadata.BrokerLifecycle;
import io.gofka.metadata.BrokerLifecycleVerticle;
import io.gofka.metadata.Command;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.Features;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.RegisterController;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the active controller of this node, whichever that is. Waits as long as there is none: a
 * cluster that lost its majority for a while is no reason not to start.
 */
final class NodeRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(NodeRegistration.class);

  /** Refusals that may be over at the next try. */
  private static final Set<ErrorCode> PASSING =
      Set.of(
          ErrorCode.REQUEST_TIMED_OUT,
          ErrorCode.NOT_CONTROLLER,
          ErrorCode.COORDINATOR_NOT_AVAILABLE,
          ErrorCode.BROKER_NOT_AVAILABLE);

  /** A broker that was not accepted by then has a namesake, or a cluster that doesn't want it. */
  private static final long REGISTRATION_TIMEOUT_MS = 60_000;

  /** Well below what the process gives the whole stop. */
  private static final long SHUTDOWN_TIMEOUT_MS = 10_000;

  private final Bus bus;
  private final NodeConfig config;
  private final UUID incarnationId;
  private boolean registering;

  NodeRegistration(Bus bus, NodeConfig config, UUID incarnationId) {
    this.bus = bus;
    this.config = config;
    this.incarnationId = incarnationId;
  }

  /**
   * Registers the broker of a node that is alone: nobody watches whether it lives, since who would
   * is the same process. Completes with the numeric id of this node.
   */
  Future<Integer> loneBroker(List<Listener> listeners) {
    return ask(new RegisterBroker(
            config.server().nodeId(),
            config.server().id(),
            endpoints(listeners),
            config.kafka().brokerRack()))
        .map(RegisterBroker.Registration::brokerId);
  }

  /**
   * Registers the lone broker anew whenever somebody has unregistered it: no other one could serve
   * its partitions.
   */
  Future<Void> keepLoneBroker(int brokerId, List<Listener> listeners) {
    return bus.listen(
        Addresses.METADATA_CHANGED,
        change -> {
          if (!registering && !change.image().brokers().containsKey(brokerId)) {
            registering = true;
            LOG.warn("Broker {} was unregistered and registers again: it is alone", brokerId);
            loneBroker(listeners)
                .onFailure(cause -> LOG.error("Broker {} can't register again", brokerId, cause))
                .onComplete(registered -> registering = false);
          }
        });
  }

  /**
   * What registers and watches a broker among others.
   *
   * @param logDirs ids of the directories it keeps partitions in
   * @param cleanEpoch of its registration when it was let go at the last stop
   */
  BrokerLifecycleVerticle broker(
      List<Listener> listeners, List<UUID> logDirs, OptionalLong cleanEpoch) {
    RegisterBroker command =
        new RegisterBroker(
            config.server().nodeId(),
            config.server().id(),
            Optional.of(incarnationId),
            endpoints(listeners),
            Optional.of(config.server().hostPort()),
            config.kafka().brokerRack(),
            logDirs,
            cleanEpoch,
            Features.supported());
    return new BrokerLifecycleVerticle(
        bus,
        command,
        new BrokerLifecycle.Settings(
            config.broker().heartbeatIntervalMs(),
            config.kraft().timeoutMs(),
            REGISTRATION_TIMEOUT_MS,
            SHUTDOWN_TIMEOUT_MS));
  }

  /** Registers the controller; completes with the numeric id of this node. */
  Future<Integer> controller(List<Listener> listeners, OptionalInt numericId) {
    RegisterController command =
        new RegisterController(
            config.server().nodeId(),
            numericId,
            incarnationId,
            endpoints(listeners),
            Optional.of(config.server().hostPort()),
            Features.supported());
    return ask(command);
  }

  private <R> Future<R> ask(Command<R> command) {
    return ForwardingVerticle.request(bus, command, CommandRequest.ANONYMOUS)
        .recover(
            cause -> {
              if (cause instanceof ApiException refused && PASSING.contains(refused.errorCode())) {
                LOG.info(
                    "{} waits for the active controller: {}",
                    config.server().nodeId(),
                    refused.getMessage());
                return ask(command);
              }
              return Future.failedFuture(asStartException(cause));
            });
  }

  Throwable asStartException(Throwable cause) {
    return cause instanceof ApiException refused
        ? new StartException(
            "The cluster refuses %s: %s (%s)"
                .formatted(config.server().nodeId(), refused.getMessage(), refused.errorCode()))
        : cause;
  }

  /** What isn't advertised is told as it is, and who hears of it takes the host he has come to. */
  List<Endpoint> endpoints(List<Listener> listeners) {
    List<Listener> advertised = config.kafka().advertisedListeners().orElse(List.of());
    return listeners.stream()
        .map(
            listener ->
                advertised.stream()
                    .filter(told -> told.name().equals(listener.name()))
                    .map(told -> new Endpoint(told.name(), Optional.of(told.host()), told.port()))
                    .findFirst()
                    .orElse(new Endpoint(listener.name(), Optional.empty(), listener.port())))
        .toList();
  }
}
