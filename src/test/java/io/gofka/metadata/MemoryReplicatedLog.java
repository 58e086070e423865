package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.LogEntry;
import io.gofka.raft.QuorumState;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A log in memory that commits when it is told to, or at once, and whose leader the test chooses.
 * Called on its event loop; what tests call from outside hops there.
 */
final class MemoryReplicatedLog implements ReplicatedLog {
  static final UUID DIRECTORY = new UUID(4, 4);

  private final Vertx vertx;
  private final String nodeId;
  private final List<LogEntry> pending = new ArrayList<>();
  private Context loop;
  private Listener listener;
  private long nextIndex;
  private long term;
  private boolean leading;
  private boolean held;
  private final List<CompletableFuture<Long>> heldReads = new ArrayList<>();
  private final CompletableFuture<Void> readIsHeld = new CompletableFuture<>();
  private boolean readsAreHeld;
  private final CompletableFuture<Void> opening = new CompletableFuture<>();
  private volatile CompletionStage<Void> opened = CompletableFuture.completedFuture(null);
  private final AtomicLong nowMs = new AtomicLong();
  private final AtomicInteger proposed = new AtomicInteger();
  private volatile int unacceptable = -1;
  private volatile int lastProposed = -1;
  private volatile Optional<SnapshotMeta> taken = Optional.empty();
  private volatile ByteBuf takenContent;
  private volatile Optional<Throwable> failure = Optional.empty();

  MemoryReplicatedLog(Vertx vertx, String nodeId) {
    this.vertx = vertx;
    this.nodeId = nodeId;
  }

  @Override
  public CompletionStage<Void> open(Listener wanted) {
    listener = wanted;
    loop = vertx.getOrCreateContext();
    loop.runOnContext(v -> opening.complete(null)); // Not before the asker waits for the answer.
    return opened;
  }

  /** It is open when {@code completed} says so; what the log says may come before. */
  void openOnly(CompletionStage<Void> completed) {
    opened = completed;
  }

  /** Completes when somebody is opening it. */
  CompletableFuture<Void> opening() {
    return opening;
  }

  /** This node leads, another one, or nobody (empty). */
  void lead(String leaderNodeId) {
    loop.runOnContext(
        v -> {
          term++;
          leading = leaderNodeId.equals(nodeId);
          if (!leading) {
            nextIndex -= pending.size();
            pending.clear();
          }
          listener.onLeadershipChanged(new Leadership(term, leaderNodeId, leading));
        });
  }

  /** Whether proposals wait for {@link #release}. */
  void hold() {
    loop.runOnContext(v -> held = true);
  }

  void release() {
    loop.runOnContext(
        v -> {
          held = false;
          commitPending();
        });
  }

  /** Nobody confirms that this node leads, until {@link #releaseReads}. */
  void holdReads() {
    loop.runOnContext(v -> readsAreHeld = true);
  }

  /** Completes when somebody waits for that. */
  CompletionStage<Void> readIsHeld() {
    return readIsHeld;
  }

  void releaseReads() {
    loop.runOnContext(
        v -> {
          readsAreHeld = false;
          heldReads.forEach(read -> read.complete(nextIndex - 1));
          heldReads.clear();
        });
  }

  /** Another leader's entry is committed. */
  void deliver(List<MetadataRecord> records) {
    loop.runOnContext(
        v ->
            listener.onCommitted(
                List.of(new LogEntry(term, nextIndex++, MetadataRecordCodec.encode(records)))));
  }

  void install(long index, ByteBuf snapshot) {
    loop.runOnContext(
        v -> {
          nextIndex = index + 1;
          listener.onSnapshot(
              new SnapshotMeta(index, term, voters(), snapshot.readableBytes()), snapshot);
        });
  }

  /** Another node is elected as soon as so many more entries are proposed here. */
  void loseLeadershipAfter(int more) {
    lastProposed = proposed.get() + more;
  }

  /** One attempt to propose fails as only a bug can: the one after so many that don't. */
  void breakAfter(int more) {
    unacceptable = proposed.get() + more;
  }

  /** Entries that were proposed here, whatever became of them. */
  int proposed() {
    return proposed.get();
  }

  void elapse(long ms) {
    nowMs.addAndGet(ms);
  }

  Optional<SnapshotMeta> taken() {
    return taken;
  }

  ByteBuf takenContent() {
    return takenContent;
  }

  private void commitPending() {
    if (held || pending.isEmpty()) {
      return;
    }
    List<LogEntry> entries = List.copyOf(pending);
    pending.clear();
    listener.onCommitted(entries);
  }

  @Override
  public long nextIndex() {
    return nextIndex;
  }

  @Override
  public long propose(ByteBuf payload) {
    if (!leading) {
      throw new ApiException(ErrorCode.NOT_CONTROLLER, nodeId + " doesn't lead");
    }
    if (proposed.get() == unacceptable) {
      unacceptable = -1;
      throw new IllegalStateException("not this one");
    }
    pending.add(new LogEntry(term, nextIndex, payload));
    if (proposed.incrementAndGet() == lastProposed) {
      lead("n2");
    }
    loop.runOnContext(v -> commitPending());
    return nextIndex++;
  }

  @Override
  public void takeSnapshot(long index, ByteBuf content) {
    takenContent = content;
    taken = Optional.of(new SnapshotMeta(index, term, voters(), content.readableBytes()));
  }

  @Override
  public CompletionStage<Long> readIndex() {
    if (readsAreHeld) {
      CompletableFuture<Long> read = new CompletableFuture<>();
      heldReads.add(read);
      readIsHeld.complete(null);
      return read;
    }
    return leading
        ? CompletableFuture.completedFuture(nextIndex - 1)
        : CompletableFuture.failedFuture(
            new ApiException(ErrorCode.NOT_CONTROLLER, nodeId + " doesn't lead"));
  }

  @Override
  public CompletionStage<Void> addVoter(ReplicaKey replica) {
    return CompletableFuture.failedFuture(
        new ApiException(ErrorCode.DUPLICATE_VOTER, replica + " votes"));
  }

  @Override
  public CompletionStage<Void> beginAddingVoter(ReplicaKey replica) {
    return addVoter(replica);
  }

  @Override
  public CompletionStage<Void> removeVoter(String voter, Optional<UUID> directoryId) {
    return CompletableFuture.failedFuture(
        new ApiException(ErrorCode.INVALID_REQUEST, voter + " is the last voter"));
  }

  @Override
  public void transferLeadership(Optional<String> toNodeId) {
    // There is nobody else.
  }

  @Override
  public void fail(Throwable cause) {
    failure = Optional.of(cause);
    lead("");
  }

  /** Why the owner has given it up. */
  Optional<Throwable> failure() {
    return failure;
  }

  @Override
  public QuorumState state() {
    return new QuorumState(
        leading ? QuorumState.Role.LEADER : QuorumState.Role.FOLLOWER,
        term,
        leading ? nodeId : "",
        nextIndex,
        0,
        nextIndex,
        voters(),
        List.of(
            new QuorumState.Replica(
                new ReplicaKey(nodeId, DIRECTORY), true, nextIndex, nowMs(), nowMs())));
  }

  private VoterSet voters() {
    TreeMap<String, Voter> voters = new TreeMap<>();
    voters.put(nodeId, new Voter(nodeId, Optional.of(DIRECTORY), new HostPort("localhost", 42069)));
    return new VoterSet(voters);
  }

  @Override
  public long nowMs() {
    return nowMs.get();
  }

  @Override
  public CompletionStage<Void> close() {
    return CompletableFuture.completedFuture(null);
  }
}
