package io.gofka.raft;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.raft.RaftEffect.AddressLearnt;
import io.gofka.raft.RaftEffect.Deliver;
import io.gofka.raft.RaftEffect.DeliverSnapshot;
import io.gofka.raft.RaftEffect.DropPrefix;
import io.gofka.raft.RaftEffect.LeadershipChanged;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.RaftEffect.ReadFailed;
import io.gofka.raft.RaftEffect.ReadReady;
import io.gofka.raft.RaftEffect.Send;
import io.gofka.raft.RaftEffect.VoterChangeDone;
import io.gofka.raft.RaftEffect.VoterChangeFailed;
import io.gofka.raft.RaftEffect.VotersChanged;
import io.gofka.raft.storage.RaftStorage;
import io.gofka.raft.storage.ReplicaIdentity;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shell of {@link RaftCore}: its event loop, its timer, its disk, its way to the other nodes.
 *
 * <p>Effects are carried out one after the other, those of a call that was made meanwhile behind
 * them. Deliveries that would take the loop for long are cut into slices, and whatever the listener
 * is told after them waits.
 */
public final class RaftShell implements ReplicatedLog {
  private static final Logger LOG = LoggerFactory.getLogger(RaftShell.class);

  /** Bytes of entries that are delivered in one turn of the event loop. */
  static final int DELIVERY_SLICE_BYTES = 256 * 1024;

  /** Reads and changes of voters that may wait for their answer; more are refused. */
  private static final int MAX_WAITING = 20_000;

  /** Opens the storage; blocks. */
  public interface Opener {
    RaftStorage open() throws IOException;
  }

  private final Vertx vertx;
  private final Bus bus;
  private final RaftSettings settings;
  private final ReplicaIdentity identity;
  private final KnownPeers peers;
  private final Opener opener;
  private final Deque<RaftEffect> effects = new ArrayDeque<>();
  private final Deliveries deliveries = new Deliveries(this::inNextTurn, this::fail);
  private final Map<Long, Promise<Long>> waiting = new HashMap<>();
  private final Promise<Void> opening = Promise.promise();
  private VoterSet voters = VoterSet.EMPTY;
  private boolean performing;
  private boolean leading;
  private long toldTerm;
  private boolean broken;
  private boolean stopped;
  private boolean finished;
  private long nextId;
  private long timerId = -1;
  private long timerDueMs = Long.MAX_VALUE;
  private Promise<Void> closing;
  private Listener listener;
  private Context owner;
  private GroupCommitShell disk;
  private RaftCore core;

  /**
   * @param identity of the directory; no longer new
   * @param contacts other nodes that may know the quorum, by node id
   */
  public RaftShell(
      Vertx vertx,
      Bus bus,
      RaftSettings settings,
      ReplicaIdentity identity,
      SortedMap<String, HostPort> contacts,
      Opener opener) {
    this.vertx = vertx;
    this.bus = bus;
    this.settings = settings;
    this.identity = identity;
    this.peers = new KnownPeers(settings.self().nodeId(), contacts);
    this.opener = opener;
  }

  @Override
  public CompletionStage<Void> open(Listener newListener) {
    this.listener = newListener;
    this.owner = vertx.getOrCreateContext();
    this.disk = new GroupCommitShell(vertx, owner, this::onFlushed, this::onFailed);
    return disk.open(opener)
        .compose(
            recovered ->
                Future.all(
                        bus.serve(Addresses.RAFT_RECEIVED, this::onReceived),
                        bus.listen(Addresses.PEER_UNREACHABLE, this::onUnreachable))
                    .compose(
                        listening -> {
                          begin(recovered);
                          return opening.future();
                        }))
        .onFailure(this::onOpenFailed)
        .toCompletionStage();
  }

  private void onOpenFailed(Throwable cause) {
    opening.tryFail(cause);
    maybeFlush(); // Whoever closes it already needn't wait any longer.
  }

  private void begin(RaftStorage.Recovered found) {
    RecoveredState recovered =
        new RecoveredState(
            found.hard().orElseGet(() -> oldHardState(found)),
            found.snapshot(),
            found.entries(),
            identity.firstVoters());
    core = new RaftCore(settings, recovered, new SplittableRandom(), nowMs());
    perform(core.start(nowMs()));
    if (voters.voters().isEmpty()) {
      perform(core.onContacts(peers.contacts(), nowMs()));
    }
    tellAddresses();
    if (!voters.voters().keySet().equals(Set.of(settings.self().nodeId()))) {
      // Behind what is known to be committed: who opened it has seen that then.
      deliveries.add(() -> opening.tryComplete());
    }
  }

  /** A quorum of one once wrote no votes: it voted for itself in each term. */
  private HardState oldHardState(RaftStorage.Recovered found) {
    List<LogEntry> entries = found.entries();
    return entries.isEmpty()
        ? HardState.NONE
        : new HardState(entries.get(entries.size() - 1).term(), Optional.of(settings.self()));
  }

  @Override
  public long nextIndex() {
    return core.nextIndex();
  }

  @Override
  public long propose(ByteBuf payload) {
    int size = payload.readableBytes();
    if (size > RaftStorage.MAX_PAYLOAD_BYTES) {
      throw new ApiException(
          ErrorCode.RECORD_LIST_TOO_LARGE,
          "one change of metadata may take %d bytes, not %d"
              .formatted(RaftStorage.MAX_PAYLOAD_BYTES, size));
    }
    // The core may have lost its office and won it back before the listener has heard of either;
    // what that decides is built on entries that are gone.
    if (!leading || toldTerm != core.term() || closing != null) {
      throw notController();
    }
    Proposal proposal = ask(() -> core.propose(payload, nowMs()));
    perform(proposal.effects());
    return proposal.index();
  }

  @Override
  public void takeSnapshot(long index, ByteBuf content) {
    if (!stopped) {
      perform(ask(() -> core.snapshotTaken(index, content, nowMs())));
    }
  }

  @Override
  public CompletionStage<Long> readIndex() {
    return await(id -> core.requestRead(id, nowMs())).toCompletionStage();
  }

  @Override
  public CompletionStage<Void> addVoter(ReplicaKey replica) {
    return await(id -> core.addVoter(id, replica, nowMs())).<Void>mapEmpty().toCompletionStage();
  }

  @Override
  public CompletionStage<Void> beginAddingVoter(ReplicaKey replica) {
    return await(id -> core.beginAddingVoter(id, replica, nowMs()))
        .<Void>mapEmpty()
        .toCompletionStage();
  }

  @Override
  public CompletionStage<Void> removeVoter(String nodeId, Optional<UUID> directoryId) {
    return await(id -> core.removeVoter(id, nodeId, directoryId, nowMs()))
        .<Void>mapEmpty()
        .toCompletionStage();
  }

  @Override
  public void transferLeadership(Optional<String> toNodeId) {
    if (!stopped && core != null) {
      tell(() -> core.transferLeadership(toNodeId, nowMs()));
    }
  }

  @Override
  public void fail(Throwable cause) {
    deliveries.forget();
    broken = true;
    onFailed(cause);
  }

  @Override
  public QuorumState state() {
    return core.state(nowMs());
  }

  @Override
  public long nowMs() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public CompletionStage<Void> close() {
    if (closing == null) {
      closing = Promise.promise();
      if (leading && voters.voters().size() > 1) {
        tell(() -> core.transferLeadership(Optional.empty(), nowMs()));
        vertx.setTimer(settings.electionTimeoutMs(), late -> stop());
      } else if (disk == null || !disk.isFlushing()) {
        stop();
      }
    }
    return closing.future().toCompletionStage();
  }

  /** From now on the core hears nothing more; what it wants durable is still written. */
  private void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    leading = false;
    vertx.cancelTimer(timerId);
    failWaiting();
    bus.withdraw(Addresses.RAFT_RECEIVED).onComplete(withdrawn -> maybeFlush());
  }

  // ---- What comes in.

  private Future<Void> onReceived(RaftEnvelope envelope) {
    if (!stopped && core != null) {
      tell(() -> core.onMessage(envelope.from(), envelope.message(), nowMs()));
    }
    return Future.succeededFuture();
  }

  private void onUnreachable(PeerUnreachable peer) {
    if (!stopped && core != null) {
      tell(() -> core.onPeerUnreachable(peer.nodeId(), nowMs()));
    }
  }

  private void onTimer() {
    timerId = -1;
    timerDueMs = Long.MAX_VALUE;
    if (!stopped) {
      tell(() -> core.onTick(nowMs()));
    }
  }

  private Future<Long> await(LongFunction<List<RaftEffect>> request) {
    if (stopped || core == null) {
      return Future.failedFuture(notController());
    }
    if (waiting.size() >= MAX_WAITING) {
      return Future.failedFuture(
          new ApiException(
              ErrorCode.THROTTLING_QUOTA_EXCEEDED, waiting.size() + " requests wait already"));
    }
    long id = nextId++;
    Promise<Long> answer = Promise.promise();
    waiting.put(id, answer);
    tell(() -> request.apply(id));
    return answer.future();
  }

  /**
   * An event that nobody waits for. A bug in the core, or a broken invariant, ends this replica.
   */
  private void tell(Supplier<List<RaftEffect>> event) {
    List<RaftEffect> wanted;
    try {
      wanted = event.get();
    } catch (RuntimeException | Error bug) {
      onFailed(bug);
      return;
    }
    perform(wanted);
  }

  /** An event whose caller hears how it ended; a refusal breaks nothing. */
  private <T> T ask(Supplier<T> event) {
    try {
      return event.get();
    } catch (ApiException refused) {
      throw refused;
    } catch (RuntimeException | Error bug) {
      onFailed(bug);
      throw bug;
    }
  }

  // ---- What is to be done.

  private void perform(List<RaftEffect> wanted) {
    effects.addAll(wanted);
    if (performing) {
      return; // The listener or the bus has called from within; its turn comes.
    }
    performing = true;
    try {
      for (RaftEffect effect = effects.poll(); effect != null; effect = effects.poll()) {
        perform(effect);
      }
    } finally {
      performing = false;
    }
    maybeFlush();
    armTimer();
  }

  private void perform(RaftEffect effect) {
    if (effect instanceof Persist persist) {
      disk.gather(persist);
    } else if (effect instanceof Send send) {
      send(send);
    } else if (effect instanceof Deliver committed) {
      deliver(committed.committed());
    } else if (effect instanceof DeliverSnapshot delivered) {
      Snapshot snapshot = delivered.snapshot();
      deliveries.add(() -> listener.onSnapshot(snapshot.meta(), snapshot.content().slice()));
    } else if (effect instanceof LeadershipChanged changed) {
      onLeadershipChanged(changed);
    } else if (effect instanceof VotersChanged changed) {
      onVotersChanged(changed.voters());
    } else if (effect instanceof AddressLearnt address) {
      peers.learn(address.nodeId(), address.address());
      tellAddresses();
    } else if (effect instanceof ReadReady ready) {
      // Behind the entries it may see.
      deliveries.add(() -> complete(ready.id(), ready.index()));
    } else if (effect instanceof ReadFailed failed) {
      fail(failed.id(), notController());
    } else if (effect instanceof VoterChangeDone done) {
      complete(done.id(), 0);
    } else if (effect instanceof VoterChangeFailed failed) {
      fail(failed.id(), new ApiException(failed.errorCode(), failed.message()));
    } else if (effect instanceof DropPrefix drop) {
      disk.dropPrefix(drop.beforeIndex());
    } else {
      throw new IllegalStateException("nobody carries out " + effect);
    }
  }

  private void send(Send send) {
    RaftEnvelope envelope = new RaftEnvelope(settings.self(), send.message());
    // Whoever doesn't get it is told again; whether it could be sent changes nothing.
    bus.request(Addresses.RAFT_SEND, new RaftSend(send.toNodeId(), envelope))
        .onFailure(cause -> LOG.debug("Nothing is sent to {}: {}", send.toNodeId(), cause));
  }

  private void inNextTurn(Runnable event) {
    owner.runOnContext(turn -> event.run());
  }

  private void onLeadershipChanged(LeadershipChanged changed) {
    Leadership leadership = new Leadership(changed.term(), changed.leaderNodeId(), changed.self());
    deliveries.add(
        () -> {
          leading = changed.self();
          toldTerm = changed.term();
          bus.announce(Addresses.LEADERSHIP_CHANGED, leadership);
          listener.onLeadershipChanged(leadership);
          if (leading) {
            opening.tryComplete(); // A quorum of one has nobody to wait for.
          }
          if (closing != null && !leading && !leadership.leaderNodeId().isEmpty()) {
            stop(); // Another one leads; until then its vote may be needed.
          }
        });
  }

  private void onVotersChanged(VoterSet changed) {
    String self = settings.self().nodeId();
    Voter before = voters.voters().get(self);
    Voter now = changed.voters().get(self);
    voters = changed;
    LOG.info("Voters are {}", describe(changed));
    boolean another =
        now != null
            && now.directoryId().filter(id -> !id.equals(identity.directoryId())).isPresent();
    if (another && !now.equals(before)) {
      LOG.error(
          "The quorum knows {} by its metadata directory {}, which is lost: the one that is here"
              + " now, {}, has no vote and only follows. {}",
          self,
          Uuids.toBase64(now.directoryId().orElseThrow()),
          Uuids.toBase64(identity.directoryId()),
          FormationVerticle.LOST_VOTE_CURE);
    }
    tellAddresses();
  }

  private static String describe(VoterSet voters) {
    return voters.voters().values().stream()
        .map(
            voter ->
                "%s at %s%s"
                    .formatted(
                        voter.nodeId(),
                        voter.address(),
                        voter.directoryId().isPresent() ? "" : " (directory not known yet)"))
        .collect(Collectors.joining(", "));
  }

  private void tellAddresses() {
    peers.news(voters).ifPresent(changed -> bus.announce(Addresses.PEER_ADDRESSES, changed));
  }

  private void complete(long id, long index) {
    Promise<Long> promise = waiting.remove(id);
    if (promise != null) {
      promise.complete(index);
    }
  }

  private void fail(long id, ApiException cause) {
    Promise<Long> promise = waiting.remove(id);
    if (promise != null) {
      promise.fail(cause);
    }
  }

  private void failWaiting() {
    List<Promise<Long>> lost = List.copyOf(waiting.values());
    waiting.clear();
    lost.forEach(promise -> promise.fail(notController()));
  }

  // ---- What the listener is told.

  private void deliver(List<LogEntry> entries) {
    if (broken) {
      return;
    }
    List<Runnable> slices = new ArrayList<>();
    int end = 0;
    while (end < entries.size()) {
      int from = end;
      for (long bytes = 0; end < entries.size() && bytes < DELIVERY_SLICE_BYTES; end++) {
        bytes += entries.get(end).payload().readableBytes() + 1L;
      }
      List<LogEntry> slice = entries.subList(from, end);
      slices.add(
          () -> {
            bus.announce(Addresses.COMMITTED_ENTRIES, new CommittedEntries(slice));
            listener.onCommitted(slice);
          });
    }
    deliveries.addAll(slices);
  }

  // ---- The disk.

  private void maybeFlush() {
    boolean stillOpening = disk == null || (!disk.isOpen() && !opening.future().failed());
    if (!stillOpening && !disk.flush()) {
      maybeFinishClosing();
    }
  }

  private void onFlushed(long sequence) {
    if (stopped) {
      maybeFlush();
      return;
    }
    tell(() -> core.onPersisted(sequence, nowMs()));
    boolean alone = voters.voters().size() <= 1;
    if (closing != null && !disk.isFlushing() && (alone || !leading)) {
      stop(); // Who proposed before knows by now that it is committed.
    }
  }

  private void onFailed(Throwable cause) {
    LOG.error(
        "The metadata log of {} has failed; no metadata can be changed", settings.self(), cause);
    disk.forget();
    opening.tryFail(cause);
    if (core == null || stopped) {
      maybeFlush();
      return;
    }
    bus.announce(
        Addresses.METADATA_LOG_BROKEN,
        new LogBroken("The metadata log of %s has failed: %s".formatted(settings.self(), cause)));
    perform(core.onStorageFailed(nowMs()));
    // Behind what the core still answers: an answer may be lost with the deliveries.
    owner.runOnContext(v -> failWaiting());
    if (closing != null) {
      stop();
    }
  }

  private void maybeFinishClosing() {
    if (stopped && !finished) {
      finished = true;
      disk.close().onComplete(closing);
    }
  }

  // ---- The clock.

  private void armTimer() {
    if (stopped || core == null) {
      return;
    }
    long dueMs = core.nextDeadlineMs();
    if (dueMs >= timerDueMs) {
      return; // The timer comes early enough, and looks again then.
    }
    if (timerId >= 0) {
      vertx.cancelTimer(timerId);
    }
    timerDueMs = dueMs;
    timerId = vertx.setTimer(Math.max(1, dueMs - nowMs()), due -> onTimer());
  }

  private ApiException notController() {
    return new ApiException(
        ErrorCode.NOT_CONTROLLER, settings.self().nodeId() + " is not the active controller");
  }
}
