package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.ProbeNode;
import io.gofka.raft.Hello;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.PeerAddresses;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.gofka.rpc.proto.Nothing;
import io.gofka.rpc.proto.RaftEnvelope;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that this node says to others and hears from them. Lives on the control loop; deployed only
 * where there are other nodes, so that one that is alone needn't load any of it.
 */
public final class RpcVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(RpcVerticle.class);

  private final Bus bus;
  private final RpcSettings settings;
  private final Leaders leaders;
  private final Optional<ReplicaShards> shards;
  private NodeDialer dialer;
  private NodeLinks links;
  private NodeServer server;
  private HeartbeatStream heartbeats;
  private Optional<MetadataSubscription> subscription = Optional.empty();
  private Optional<ReplicaServer> replicas = Optional.empty();

  /** Of a node that is no broker, or has no others beside it. */
  public RpcVerticle(Bus bus, RpcSettings settings) {
    this(bus, settings, Optional.empty());
  }

  /**
   * @param shards of this broker, whose partitions others follow; empty when it is none
   */
  public RpcVerticle(Bus bus, RpcSettings settings, Optional<ReplicaShards> shards) {
    this.bus = bus;
    this.settings = settings;
    this.shards = shards;
    this.leaders = new Leaders(!settings.followsMetadata());
  }

  /** Completes when other nodes can connect. */
  @Override
  public Future<?> start() {
    return vertx
        .executeBlocking(
            () -> {
              NodeMethods.load();
              return null;
            })
        .compose(loaded -> bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked()))
        .compose(self -> begin(self.nodeId()))
        .onSuccess(listening -> follow());
  }

  private Future<Void> begin(String selfNodeId) {
    Greetings greetings = new Greetings(bus, leaders);
    SplittableRandom random = new SplittableRandom();
    dialer = new NodeDialer(vertx, settings, greetings, random);
    links = new NodeLinks(bus, dialer);
    heartbeats = new HeartbeatStream(leaders, links);
    server = new NodeServer(vertx, settings, greetings, node -> links.onSignOfLife(node.nodeId()));
    CommandForwarder commands =
        new CommandForwarder(vertx, bus, leaders, links, random, selfNodeId);
    MetadataServer metadata = new MetadataServer(vertx, bus, leaders, server);
    server.serve(NodeMethods.RAFT, this::onRaft);
    server.serve(NodeMethods.COMMAND, stream -> commands.onCommand(server, stream));
    server.serve(
        NodeMethods.SESSION, new SessionServer(bus, leaders, server, selfNodeId)::onSession);
    server.serve(NodeMethods.METADATA, metadata::onRequest);
    replicas = shards.map(map -> new ReplicaServer(vertx, bus, server, selfNodeId, map));
    return Future.all(
            List.of(
                bus.listen(Addresses.PEER_ADDRESSES, this::onAddresses),
                bus.listen(Addresses.LEADERSHIP_CHANGED, this::onLeadership),
                bus.listen(Addresses.COMMITTED_ENTRIES, metadata::onCommitted),
                bus.serve(Addresses.RAFT_SEND, links::send),
                bus.serve(Addresses.HELLO, this::hello),
                bus.serve(Addresses.PROBE_NODE, this::probe),
                bus.serve(Addresses.FORWARD_COMMAND, commands::forward),
                bus.serve(Addresses.FORWARD_HEARTBEAT, heartbeats::send)))
        .compose(served -> replicas.map(ReplicaServer::start).orElseGet(Future::succeededFuture))
        .compose(served -> server.listen());
  }

  private void follow() {
    if (settings.followsMetadata()) {
      MetadataSubscription made =
          new MetadataSubscription(vertx, bus, leaders, dialer, settings.controllers());
      subscription = Optional.of(made);
      made.start();
    }
  }

  @Override
  public Future<?> stop() {
    if (server == null) {
      return Future.succeededFuture();
    }
    subscription.ifPresent(MetadataSubscription::stop);
    heartbeats.close();
    links.close();
    return Future.join(
            List.of(
                bus.withdraw(Addresses.FORWARD_COMMAND),
                bus.withdraw(Addresses.FORWARD_HEARTBEAT),
                bus.withdraw(Addresses.RAFT_SEND),
                bus.withdraw(Addresses.HELLO),
                bus.withdraw(Addresses.PROBE_NODE),
                replicas.map(ReplicaServer::stop).orElseGet(Future::succeededFuture),
                server.close()))
        .transform(done -> dialer.close());
  }

  /** Where it listens, once it has started. */
  public int actualPort() {
    return server.actualPort();
  }

  private void onAddresses(PeerAddresses addresses) {
    links.onAddresses(addresses);
    String leader = leaders.current().nodeId();
    links
        .address(leader)
        .ifPresent(
            address ->
                leaders.learn(
                    new Leaders.Known(leaders.current().term(), leader, Optional.of(address))));
  }

  private void onLeadership(Leadership leadership) {
    bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())
        .onSuccess(
            self -> {
              Optional<HostPort> address =
                  leadership.self()
                      ? Optional.of(self.address())
                      : links.address(leadership.leaderNodeId());
              leaders.follow(
                  new Leaders.Known(leadership.term(), leadership.leaderNodeId(), address));
            });
  }

  private void onRaft(GrpcServerRequest<RaftEnvelope, Nothing> stream) {
    String sender = server.sender(stream).nodeId();
    IncomingCall<RaftEnvelope, Nothing> call = new IncomingCall<>(server, stream);
    stream.endHandler(ended -> call.end());
    stream.handler(
        form -> {
          io.gofka.raft.RaftEnvelope envelope = RaftForms.decode(form);
          if (!envelope.from().nodeId().equals(sender)) {
            throw new IllegalArgumentException(
                sender + " sends a message of " + envelope.from().nodeId());
          }
          bus.request(Addresses.RAFT_RECEIVED, envelope)
              .onFailure(cause -> LOG.debug("A message of {} is lost: {}", sender, cause));
        });
  }

  private Future<NodeStatus> hello(Hello hello) {
    return dialer
        .dial(hello.address(), "")
        .map(
            connection -> {
              connection.close();
              return connection.remote();
            })
        .recover(cause -> Future.failedFuture(asApiException(cause)));
  }

  static ApiException asApiException(Throwable cause) {
    if (cause instanceof ApiException refused) {
      return refused;
    }
    boolean silent =
        cause instanceof NodeConnection.NotConnected unconnected && unconnected.timedOut();
    return new ApiException(
        silent ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.BROKER_NOT_AVAILABLE,
        String.valueOf(cause.getMessage()));
  }

  private Future<ProbeNode.Result> probe(ProbeNode probe) {
    return dialer
        .dial(probe.address(), "")
        .map(
            connection -> {
              connection.close();
              return new ProbeNode.Result(
                  ProbeNode.Outcome.ANSWERED, Optional.of(connection.remote().incarnationId()));
            })
        .otherwise(
            cause ->
                new ProbeNode.Result(
                    NodeConnection.isRefusal(cause)
                        ? ProbeNode.Outcome.REFUSED
                        : ProbeNode.Outcome.SILENT,
                    Optional.empty()));
  }
}
