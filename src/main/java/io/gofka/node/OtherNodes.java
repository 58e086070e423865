package io.gofka.node;

import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.log.LogShards;
import io.gofka.rpc.ProtocolClasses;
import io.gofka.rpc.ReplicaFetcherVerticle;
import io.gofka.rpc.ReplicaShards;
import io.gofka.rpc.RpcSettings;
import io.gofka.rpc.RpcVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;

/**
 * The ways between a node and all others. A node that is alone, and isn't asked to let others in,
 * has none, and loads nothing that they would need.
 */
final class OtherNodes {
  private final Vertx vertx;
  private final Bus bus;
  private final Stages stages;
  private final NodeConfig config;
  private final LogShards shards;

  OtherNodes(Vertx vertx, Bus bus, Stages stages, NodeConfig config, LogShards shards) {
    this.vertx = vertx;
    this.bus = bus;
    this.stages = stages;
    this.config = config;
    this.shards = shards;
  }

  /** Loads classes, which takes its time: to be begun early. */
  Future<Void> load() {
    return config.opensNodePort()
        ? vertx.executeBlocking(
            () -> {
              ProtocolClasses.load();
              return null;
            })
        : Future.succeededFuture();
  }

  /**
   * Lets others in, and finds them. Fails with a {@link StartException} when the port is taken or
   * the address isn't this machine's.
   */
  Future<Void> meet() {
    return config.opensNodePort()
        ? stages
            .control(new RpcVerticle(bus, settings(), replicas()))
            .recover(cause -> Future.failedFuture(notBound(cause)))
        : Future.succeededFuture();
  }

  private Throwable notBound(Throwable cause) {
    return BindFailure.reason(cause)
        .<Throwable>map(
            reason ->
                new StartException(
                    "server.port: other nodes can't be let in at "
                        + config.server().bindAddress()
                        + ": "
                        + reason))
        .orElse(cause);
  }

  /** What other brokers lead is copied from now on; the log shards are there. */
  Future<Void> followLeaders(int brokerId) {
    return config.opensNodePort()
        ? stages.data(
            shards.count(),
            number -> new ReplicaFetcherVerticle(bus, settings(), brokerId, number, spread()))
        : Future.succeededFuture();
  }

  private RpcSettings settings() {
    ServerSettings server = config.server();
    List<HostPort> controllers =
        config.broker().controllerAddresses().isEmpty()
            ? List.copyOf(server.peers().values())
            : config.broker().controllerAddresses();
    return new RpcSettings(
        server.bindAddress(),
        controllers,
        !server.isController(),
        server.initialBackoffMs(),
        server.maxReconnectionRetries());
  }

  private Optional<ReplicaShards> replicas() {
    return config.server().isBroker() ? Optional.of(spread()) : Optional.empty();
  }

  private ReplicaShards spread() {
    return new ReplicaShards(shards.count(), shards::of);
  }
}
