package io.gofka.rpc;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Announcement;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.PeerAddresses;
import io.gofka.raft.PeerUnreachable;
import io.gofka.raft.RaftEnvelope;
import io.gofka.raft.RaftMessage;
import io.gofka.raft.RaftSend;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** A node of which nothing is there but its way to talk to others. */
final class TalkingNode implements AutoCloseable {
  static final long DEADLINE_MS = 20_000;

  final Vertx vertx;
  final Bus bus;
  final String nodeId;
  final UUID directoryId = UUID.randomUUID();
  final UUID incarnationId = UUID.randomUUID();
  final BlockingQueue<RaftEnvelope> received = new LinkedBlockingQueue<>();
  final BlockingQueue<String> unreachable = new LinkedBlockingQueue<>();
  private final RpcVerticle rpc;
  private final io.vertx.core.Context context;
  private volatile String clusterId;
  private volatile Map<String, UUID> formedWith;
  private volatile HostPort address;

  TalkingNode(String nodeId, String clusterId) {
    this(nodeId, clusterId, new RpcSettings(new HostPort("127.0.0.1", 0), List.of(), false, 50, 3));
  }

  TalkingNode(String nodeId, String clusterId, RpcSettings settings) {
    this(nodeId, clusterId, settings, node -> {});
  }

  /**
   * @param beforeStart what the node has already when it begins to talk
   */
  TalkingNode(
      String nodeId, String clusterId, RpcSettings settings, Consumer<TalkingNode> beforeStart) {
    this(nodeId, clusterId, settings, Optional.empty(), 1, beforeStart);
  }

  /**
   * @param shards of a node that has partitions which others follow
   * @param loops over which its verticles are spread
   */
  TalkingNode(
      String nodeId,
      String clusterId,
      RpcSettings settings,
      Optional<ReplicaShards> shards,
      int loops,
      Consumer<TalkingNode> beforeStart) {
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(
                    true) // As in production; and a closed socket is gone at once.
                .setEventLoopPoolSize(loops)
                .setMaxEventLoopExecuteTime(200)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
    this.bus = new Bus(vertx);
    this.context = vertx.getOrCreateContext();
    this.nodeId = nodeId;
    this.clusterId = clusterId;
    this.formedWith = Map.of(nodeId, directoryId);
    this.address = new HostPort("127.0.0.1", 1);
    this.rpc = new RpcVerticle(bus, settings, shards);
    serve(Addresses.NODE_STATUS, asked -> Future.succeededFuture(status()));
    serve(
        Addresses.RAFT_RECEIVED,
        envelope -> {
          received.add(envelope);
          return Future.succeededFuture();
        });
    listen(Addresses.PEER_UNREACHABLE, (PeerUnreachable gone) -> unreachable.add(gone.nodeId()));
    beforeStart.accept(this);
    deploy(rpc);
    address = new HostPort("127.0.0.1", rpc.actualPort());
  }

  NodeStatus status() {
    return new NodeStatus(
        clusterId,
        nodeId,
        directoryId,
        incarnationId,
        Set.of(Role.BROKER, Role.CONTROLLER),
        address,
        Standing.FORMED,
        new TreeMap<>(formedWith),
        new TreeMap<>(Map.of("other", new HostPort("localhost", 42))),
        "");
  }

  /** It formed a quorum with these directories. */
  void formedWith(Map<String, UUID> directories) {
    formedWith = directories;
  }

  HostPort address() {
    return address;
  }

  void deploy(Deployable verticle) {
    await(vertx.deployVerticle(verticle));
  }

  <Q, R> void serve(Address<Q, R> where, Function<Q, Future<R>> handler) {
    call(() -> bus.serve(where, handler));
  }

  <T> void listen(Announcement<T> what, Consumer<T> listener) {
    call(() -> bus.listen(what, listener));
  }

  /** Does something on this node's loop. */
  <T> T call(Supplier<Future<T>> action) {
    return await(later(action));
  }

  /** The same without waiting for what comes of it. */
  <T> Future<T> later(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(v -> action.get().onComplete(done));
    return done.future();
  }

  <Q, R> R ask(Address<Q, R> where, Q question) {
    return call(() -> bus.request(where, question));
  }

  void knows(TalkingNode... others) {
    TreeMap<String, HostPort> addresses = new TreeMap<>();
    for (TalkingNode other : others) {
      addresses.put(other.nodeId, other.address());
    }
    announce(Addresses.PEER_ADDRESSES, new PeerAddresses(addresses));
  }

  void sees(long term, TalkingNode leader) {
    announce(Addresses.LEADERSHIP_CHANGED, new Leadership(term, leader.nodeId, leader == this));
  }

  /** The same, from this node's own loop. */
  void sees(long term, String leaderNodeId) {
    bus.announce(Addresses.LEADERSHIP_CHANGED, new Leadership(term, leaderNodeId, false));
  }

  /** Everybody has heard of it when this returns. */
  <T> void announce(Announcement<T> what, T event) {
    call(
        () -> {
          bus.announce(what, event);
          Promise<Void> heard = Promise.promise();
          vertx.runOnContext(v -> vertx.runOnContext(w -> heard.complete()));
          return heard.future();
        });
  }

  void send(TalkingNode to, RaftMessage message) {
    ask(
        Addresses.RAFT_SEND,
        new RaftSend(to.nodeId, new RaftEnvelope(new ReplicaKey(nodeId, directoryId), message)));
  }

  static <T> T next(BlockingQueue<T> queue) {
    try {
      T head = queue.poll(DEADLINE_MS, TimeUnit.MILLISECONDS);
      if (head == null) {
        throw new AssertionError("nothing has come in " + DEADLINE_MS + " ms");
      }
      return head;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEADLINE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(failed.getCause());
    } catch (InterruptedException | TimeoutException late) {
      throw new AssertionError(late);
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
