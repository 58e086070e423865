package io.gofka.simulation;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.ControllerVerticle;
import io.gofka.metadata.ProbeNode;
import io.gofka.raft.LogEntry;
import io.gofka.raft.QuorumState;
import io.gofka.raft.RaftEffect.LeadershipChanged;
import io.gofka.raft.RaftEffect.ReadReady;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.Snapshot;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The controller of a node in one life: {@link ControllerVerticle} as it is, on the node's replica
 * of the log. It hears of what the log says in turns of its own, one thing after the other.
 */
final class SimulatedController implements Application, ReplicatedLog {
  private final MetadataWorkload workload;
  private final SimulatedNode node;
  private final MetadataServices services;
  private final Deque<Runnable> deliveries = new ArrayDeque<>();
  private final Map<Long, CompletableFuture<Long>> reads = new HashMap<>();
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private Listener listener;
  private boolean delivering;
  private boolean leading;
  private long toldTerm = -1;
  private long nextRead;

  SimulatedController(MetadataWorkload workload, SimulatedNode node) {
    this.workload = workload;
    this.node = node;
    this.services = new MetadataServices(workload, node);
  }

  static SimulatedController of(SimulatedNode node) {
    return (SimulatedController) node.application();
  }

  SimulatedBus bus() {
    return services.bus();
  }

  MetadataServices services() {
    return services;
  }

  @Override
  public boolean isInOffice() {
    return leading;
  }

  @Override
  public void start() {
    services.start();
    bus().serve(Addresses.PROBE_NODE, this::probe);
    var random = node.world().random().split();
    ControllerVerticle controller =
        new ControllerVerticle(
            bus(),
            this,
            workload.config(),
            workload.settings(),
            random,
            () -> new UUID(random.nextLong(), random.nextLong()));
    int life = node.incarnation();
    services
        .loop()
        .start(controller)
        .onFailure(
            cause -> {
              if (node.isUp() && node.incarnation() == life && !node.isFailed()) {
                throw new Violation("controllers start", node.name() + ": " + cause, cause);
              }
            });
  }

  private Future<ProbeNode.Result> probe(ProbeNode asked) {
    return workload.probe(node, asked);
  }

  @Override
  public CompletionStage<Void> open(Listener newListener) {
    listener = newListener;
    return opened;
  }

  @Override
  public void onStarted() {
    deliver(() -> opened.complete(null)); // Behind what is known to be committed.
  }

  // What the replica says

  @Override
  public void onCommitted(List<LogEntry> entries) {
    deliver(() -> listener.onCommitted(entries));
  }

  @Override
  public void onSnapshot(Snapshot snapshot) {
    deliver(() -> listener.onSnapshot(snapshot.meta(), snapshot.content().slice()));
  }

  @Override
  public void onLeadershipChanged(LeadershipChanged changed) {
    deliver(
        () -> {
          leading = changed.self();
          toldTerm = changed.term();
          services.learnLeader(changed.term(), changed.leaderNodeId());
          listener.onLeadershipChanged(
              new Leadership(changed.term(), changed.leaderNodeId(), changed.self()));
        });
  }

  @Override
  public void onReadReady(ReadReady ready) {
    deliver(
        () ->
            Optional.ofNullable(reads.remove(ready.id()))
                .ifPresent(r -> r.complete(ready.index())));
  }

  @Override
  public void onReadFailed(long id) {
    CompletableFuture<Long> read = reads.remove(id);
    if (read != null) {
      read.completeExceptionally(notController());
    }
  }

  private void deliver(Runnable event) {
    deliveries.add(event);
    if (!delivering) {
      delivering = true;
      node.afterwards(0, this::deliverNext);
    }
  }

  private void deliverNext() {
    deliveries.remove().run();
    delivering = !deliveries.isEmpty();
    if (delivering) {
      node.afterwards(0, this::deliverNext);
    }
  }

  // What the controller wants of the log

  @Override
  public long nextIndex() {
    requireRunning();
    return node.nextIndex();
  }

  @Override
  public long propose(ByteBuf payload) {
    requireRunning();
    if (!leading || toldTerm != node.term()) {
      throw notController();
    }
    return node.propose(payload, accepted -> {}).index();
  }

  /** A node that was killed in the middle of a turn goes no further. */
  private void requireRunning() {
    if (!node.isUp()) {
      throw notController();
    }
  }

  private ApiException notController() {
    return new ApiException(ErrorCode.NOT_CONTROLLER, node.name() + " isn't the active controller");
  }

  @Override
  public void takeSnapshot(long index, ByteBuf content) {
    node.takeSnapshot(index, content);
  }

  @Override
  public CompletionStage<Long> readIndex() {
    CompletableFuture<Long> read = new CompletableFuture<>();
    if (!node.isUp()) {
      read.completeExceptionally(notController());
      return read;
    }
    reads.put(nextRead, read);
    node.read(nextRead++);
    return read;
  }

  @Override
  public void fail(Throwable cause) {
    throw new Violation("what is committed can be applied", node.name() + ": " + cause, cause);
  }

  @Override
  public QuorumState state() {
    return node.quorumState();
  }

  @Override
  public long nowMs() {
    return node.nowMs();
  }

  @Override
  public CompletionStage<Void> addVoter(ReplicaKey replica) {
    throw new UnsupportedOperationException("voters are the operator's");
  }

  @Override
  public CompletionStage<Void> beginAddingVoter(ReplicaKey replica) {
    throw new UnsupportedOperationException("voters are the operator's");
  }

  @Override
  public CompletionStage<Void> removeVoter(String nodeId, Optional<UUID> directoryId) {
    throw new UnsupportedOperationException("voters are the operator's");
  }

  @Override
  public void transferLeadership(Optional<String> toNodeId) {
    throw new UnsupportedOperationException("leaders are the nemesis's");
  }

  @Override
  public CompletionStage<Void> close() {
    throw new UnsupportedOperationException("nodes are killed");
  }
}
