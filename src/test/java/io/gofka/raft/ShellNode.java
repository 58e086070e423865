package io.gofka.raft;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.raft.storage.RaftStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One process as far as the quorum goes: loop, bus, shell, disk; and what its listener heard. */
final class ShellNode implements ReplicatedLog.Listener {
  private static final long ELECTION_TIMEOUT_MS = 300;

  /** The network: who can be reached. Messages travel in memory. */
  static final class Network {
    private final Map<String, ShellNode> nodes = new ConcurrentHashMap<>();
    long electionTimeoutMs = ELECTION_TIMEOUT_MS;

    private void deliver(RaftSend send) {
      ShellNode to = nodes.get(send.toNodeId());
      if (to != null && !to.cut && !nodes.get(send.envelope().from().nodeId()).cut) {
        to.loop.runOnContext(
            v -> to.bus.request(Addresses.RAFT_RECEIVED, send.envelope()).onFailure(lost -> {}));
      }
    }
  }

  final String nodeId;
  final FileMetadataDirectory metadata;
  final RaftShell shell;
  final List<Object> events = new ArrayList<>();
  private final Network network;
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = ((VertxInternal) vertx).createEventLoopContext();
  private final Bus bus = new Bus(vertx);
  private final Map<Object, Promise<Void>> awaited = new ConcurrentHashMap<>();
  private final Promise<ReplicatedLog.LogBroken> broken = Promise.promise();
  private volatile boolean cut;
  private volatile boolean leads;
  private long snapshotIndex = -1;
  private final SortedMap<Long, Integer> state = new TreeMap<>();

  ShellNode(Network network, FileMetadataDirectory metadata, String nodeId, int port)
      throws IOException {
    this.network = network;
    this.metadata = metadata;
    this.nodeId = nodeId;
    RaftSettings settings =
        RaftSettings.of(
            new ReplicaKey(nodeId, metadata.identity().directoryId()),
            new HostPort("localhost", port),
            network.electionTimeoutMs,
            ELECTION_TIMEOUT_MS / 5);
    SortedMap<String, HostPort> contacts = new TreeMap<>();
    network.nodes.keySet().forEach(name -> contacts.put(name, new HostPort(name, 1)));
    this.shell =
        new RaftShell(
            vertx,
            bus,
            settings,
            metadata.identity(),
            contacts,
            () -> RaftStorage.open(metadata.disk(), 4_000));
    network.nodes.put(nodeId, this);
  }

  /** A quorum of one. */
  static ShellNode alone(Path directory) throws Exception {
    FileMetadataDirectory metadata =
        FileMetadataDirectory.open(directory, "n1", new HostPort("localhost", 1), true);
    return new ShellNode(new Network(), metadata, "n1", 1);
  }

  ShellNode open() throws Exception {
    onLoop(
        () ->
            bus.serve(
                Addresses.RAFT_SEND,
                send -> {
                  network.deliver(send);
                  return Future.succeededFuture();
                }));
    onLoop(() -> bus.listen(Addresses.METADATA_LOG_BROKEN, broken::tryComplete));
    onLoop(() -> Future.fromCompletionStage(shell.open(this)));
    return this;
  }

  void close() throws Exception {
    onLoop(() -> Future.fromCompletionStage(shell.close()));
    kill();
  }

  /** As kill -9 does, as far as others see it. */
  void kill() throws Exception {
    network.nodes.remove(nodeId, this);
    await(vertx.close());
  }

  void cut(boolean isCut) {
    cut = isCut;
  }

  /** Completes when the shell has announced that it failed. */
  Future<ReplicatedLog.LogBroken> broken() {
    return broken.future();
  }

  boolean leads() {
    return leads;
  }

  /** The state: numbers by the index that brought them. */
  SortedMap<Long, Integer> state() throws Exception {
    return onLoop(() -> Future.succeededFuture(new TreeMap<>(state)));
  }

  long propose(int number) throws Exception {
    return onLoop(() -> Future.succeededFuture(shell.propose(Unpooled.copyInt(number))));
  }

  QuorumState quorum() throws Exception {
    return onLoop(() -> Future.succeededFuture(shell.state()));
  }

  /** Takes a snapshot of what was delivered. */
  void takeSnapshot() throws Exception {
    onLoop(
        () -> {
          ByteBuf content = Unpooled.buffer();
          state.forEach((index, number) -> content.writeLong(index).writeInt(number));
          shell.takeSnapshot(lastDelivered, content);
          return Future.succeededFuture();
        });
  }

  long snapshotIndex() throws Exception {
    return onLoop(() -> Future.succeededFuture(snapshotIndex));
  }

  private long lastDelivered = -1;

  /** Completes when this number was delivered, if it wasn't before. */
  void awaitNumber(int number) throws Exception {
    Promise<Void> delivered = awaited.computeIfAbsent(number, wanted -> Promise.promise());
    onLoop(
        () -> {
          if (state.containsValue(number)) {
            delivered.tryComplete();
          }
          return Future.succeededFuture();
        });
    await(delivered.future());
  }

  <T> T onLoop(Callable<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(
        v -> {
          try {
            action.call().onComplete(done);
          } catch (Exception failure) {
            done.fail(failure);
          }
        });
    return await(done.future());
  }

  static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw (Exception) failed.getCause();
    } catch (TimeoutException late) {
      throw new AssertionError("not within 20 s", late);
    }
  }

  @Override
  public void onCommitted(List<LogEntry> entries) {
    for (LogEntry entry : entries) {
      lastDelivered = entry.index();
      if (entry.isData()) {
        int number = entry.payload().getInt(0);
        state.put(entry.index(), number);
        events.add(number);
        awaited.computeIfAbsent(number, wanted -> Promise.promise()).tryComplete();
      } else {
        events.add(entry.kind() + " " + entry.term());
      }
    }
  }

  @Override
  public void onSnapshot(SnapshotMeta meta, ByteBuf content) {
    state.clear();
    ByteBuf in = content.duplicate();
    while (in.isReadable()) {
      state.put(in.readLong(), in.readInt());
    }
    lastDelivered = meta.index();
    snapshotIndex = meta.index();
    events.add("snapshot " + meta.index());
    state
        .values()
        .forEach(number -> awaited.computeIfAbsent(number, w -> Promise.promise()).tryComplete());
  }

  @Override
  public void onLeadershipChanged(ReplicatedLog.Leadership leadership) {
    leads = leadership.self();
    events.add(leadership);
  }
}
