package io.gofka.simulation;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.raft.LogEntry;
import io.gofka.raft.Proposal;
import io.gofka.raft.QuorumState;
import io.gofka.raft.RaftCore;
import io.gofka.raft.RaftEffect;
import io.gofka.raft.RaftMessage;
import io.gofka.raft.RaftSettings;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node: a core, the disk, clock and network under it, and a state machine on top. Carries out
 * what the core wants, as the shell in production does; it can be killed between any two effects.
 */
final class SimulatedNode extends SimulatedProcess {
  /** A core that is due again and again without time going by would spin in production. */
  private static final int MAX_TICKS_AT_ONCE = 1000;

  private final Cluster cluster;
  private final World world;
  private final int index;
  private final String name;
  private Disk disk;
  private RaftCore core;
  private long timerAt;
  private int ticksAtOnce;
  private boolean syncing;
  private boolean failed;
  private long applied;
  private long ledTerm;
  private Application application;
  private Optional<SnapshotMeta> receiving = Optional.empty();
  private OptionalLong configurationIndexBefore = OptionalLong.empty();
  private Optional<VoterSet> configurationBefore = Optional.empty();
  private boolean configurationInQuestion;
  private final Map<Long, Long> reading = new HashMap<>();

  SimulatedNode(Cluster cluster, int index, NodeClock clock, Disk disk) {
    super(cluster.world(), index, Cluster.name(index), clock);
    this.cluster = cluster;
    this.world = cluster.world();
    this.index = index;
    this.name = name();
    this.disk = disk;
  }

  Disk disk() {
    return disk;
  }

  @Override
  boolean isUp() {
    return core != null;
  }

  /** What stands on its replica in this life. */
  Application application() {
    return application;
  }

  /** Whether its disk has failed, and it does nothing until it is restarted. */
  boolean isFailed() {
    return failed;
  }

  /** Last entry that its state machine has seen. */
  long applied() {
    return applied;
  }

  /** Whether proposals are taken here. */
  boolean inOffice() {
    return core != null && application.isInOffice();
  }

  /** Latest term in which it took itself for the leader since it was started, -1 for none. */
  long ledTerm() {
    return ledTerm;
  }

  void lead(long term) {
    ledTerm = term;
    disk.vote(term, name);
  }

  /** The latest configuration in its log, committed or not. */
  VoterSet configuration() {
    long at = configurationIndex();
    ReplicaLog log = disk.written().log;
    if (log.has(at) && log.get(at).kind() == LogEntry.Kind.CONFIG) {
      return VoterSet.decode(disk.written().log.get(at).payload());
    }
    return disk.written()
        .snapshot
        .map(snapshot -> snapshot.meta().voters())
        .or(disk::formedWith)
        .orElse(VoterSet.EMPTY);
  }

  /** The one with which this event began: what is committed in it was counted by that one. */
  VoterSet configurationOfEvent() {
    return configurationBefore.orElseGet(this::configuration);
  }

  /** Where it stands; when it isn't in the log any more the end of the snapshot, or -1. */
  long configurationIndex() {
    ReplicaLog log = disk.written().log;
    for (long at = log.end() - 1; at >= log.first(); at--) {
      if (log.get(at).kind() == LogEntry.Kind.CONFIG) {
        return at;
      }
    }
    return disk.written().snapshotIndex();
  }

  /** Between this and the end of the event more may turn out to be committed. */
  void appendsConfiguration(long indexOfTheOneBefore) {
    configurationIndexBefore = OptionalLong.of(indexOfTheOneBefore);
    configurationBefore = Optional.of(configuration());
  }

  void start() {
    beginIncarnation();
    configurationIndexBefore = OptionalLong.empty();
    configurationBefore = Optional.empty();
    configurationInQuestion = false;
    reading.clear();
    failed = false;
    syncing = false;
    timerAt = Long.MAX_VALUE;
    applied = -1;
    ledTerm = -1;
    application = cluster.workload().begin(this);
    receiving = Optional.empty();
    trace("starts with %s", disk.key());
    RaftSettings settings = cluster.mix().settings(disk.key());
    core = guard(c -> new RaftCore(settings, disk.recovered(), world.random().split(), nowMs()));
    application.start();
    run(c -> c.start(nowMs()));
    if (core != null && disk.formedWith().isEmpty()) {
      Set<String> contacts = cluster.names();
      run(c -> c.onContacts(contacts, nowMs()));
    }
    if (core != null) {
      application.onStarted();
    }
  }

  /** The process is gone, and with it a part of what was not synced. */
  void crash(Disk.Kept kept) {
    if (core == null) {
      return;
    }
    trace("crashes, keeps %s", kept);
    world.note(index * 31L + 1);
    core = null;
    endPause();
    disk.crash(kept, world);
    cluster.onCrash(this);
  }

  /** The directory is gone, and an empty one in its place. */
  void replaceDisk(Disk empty) {
    if (core != null) {
      throw new IllegalStateException(name + " runs");
    }
    disk = empty;
  }

  private void run(Function<RaftCore, List<RaftEffect>> event) {
    List<RaftEffect> effects = guard(event);
    perform(effects);
    armTimer();
  }

  /** A core that throws has found a broken invariant of its own, or is broken itself. */
  private <T> T guard(Function<RaftCore, T> event) {
    try {
      return event.apply(core);
    } catch (ApiException refused) {
      throw refused;
    } catch (Violation found) {
      throw found;
    } catch (RuntimeException thrown) {
      throw new Violation("core doesn't throw", name + ": " + thrown, thrown);
    }
  }

  private void armTimer() {
    if (core == null) {
      return;
    }
    long deadlineMs = core.nextDeadlineMs();
    if (deadlineMs == Long.MAX_VALUE) {
      return;
    }
    long at = Math.max(world.nowMicros(), clock().worldMicrosAt(deadlineMs));
    if (at < timerAt) {
      timerAt = at;
      int current = incarnation();
      world.at(at, () -> later(current, () -> onTimer(at)));
    }
  }

  private void onTimer(long at) {
    if (at != timerAt) {
      return; // An earlier one came in between and has armed the next.
    }
    timerAt = Long.MAX_VALUE;
    long nowMs = nowMs();
    if (core.nextDeadlineMs() > nowMs) {
      armTimer();
      return;
    }
    run(c -> c.onTick(nowMs));
    ticksAtOnce = core != null && core.nextDeadlineMs() <= nowMs ? ticksAtOnce + 1 : 0;
    if (ticksAtOnce > MAX_TICKS_AT_ONCE) {
      throw new Violation("no spinning", name + " is due again and again at " + nowMs);
    }
  }

  /**
   * @param sequence of the message among all that were ever sent
   */
  void receive(ReplicaKey from, RaftMessage message, long sequence) {
    later(incarnation(), () -> onMessage(from, message, sequence));
  }

  private void onMessage(ReplicaKey from, RaftMessage message, long sequence) {
    if (world.tracing()) {
      trace("gets from %s: %s", from.nodeId(), message);
    }
    world.note(index * 31L + message.term() * 1009);
    if (message instanceof RaftMessage.SnapshotChunk chunk) {
      receiving = Optional.of(chunk.meta());
    }
    List<RaftEffect> effects = guard(c -> c.onMessage(from, message, nowMs()));
    boolean leaders =
        message instanceof RaftMessage.AppendRequest
            || message instanceof RaftMessage.SnapshotChunk;
    if (leaders && core.term() == message.term()) {
      cluster.invariants().onFollowed(this, message.term(), sequence);
    }
    perform(effects);
    armTimer();
  }

  void peerUnreachable(String nodeId) {
    later(incarnation(), () -> run(c -> c.onPeerUnreachable(nodeId, nowMs())));
  }

  /**
   * Somebody who stands on this replica proposes an entry.
   *
   * @param accepted is told its place before anything is done about it
   * @throws ApiException when it is refused
   */
  Proposal propose(ByteBuf payload, Consumer<Proposal> accepted) {
    Proposal proposal = guard(c -> c.propose(payload, nowMs()));
    if (world.tracing()) {
      trace("proposes at %d, term %d", proposal.index(), proposal.term());
    }
    accepted.accept(proposal);
    perform(proposal.effects());
    armTimer();
    return proposal;
  }

  /** The index that the next proposal gets. */
  long nextIndex() {
    return core.nextIndex();
  }

  long term() {
    return core.term();
  }

  QuorumState quorumState() {
    return core.state(nowMs());
  }

  /** It is asked for a moment at which its state is not older than the question. */
  void read(long id) {
    trace("is asked to read, %d", id);
    reading.put(id, cluster.lastSent());
    run(c -> c.requestRead(id, nowMs()));
  }

  void takeSnapshot(long upTo, ByteBuf content) {
    trace("takes a snapshot up to %d", upTo);
    run(c -> c.snapshotTaken(upTo, content, nowMs()));
  }

  void addVoter(long id, ReplicaKey replica) {
    trace("is asked to add %s", replica);
    run(c -> c.addVoter(id, replica, nowMs()));
  }

  void removeVoter(long id, Voter voter) {
    trace("is asked to remove %s", voter);
    run(c -> c.removeVoter(id, voter.nodeId(), voter.directoryId(), nowMs()));
  }

  void transferLeadership(Optional<String> to) {
    if (core != null && !isPaused()) {
      trace("is asked to hand over to %s", to);
      run(c -> c.transferLeadership(to, nowMs()));
    }
  }

  private void perform(List<RaftEffect> effects) {
    for (RaftEffect effect : effects) {
      if (cluster.killsBefore(this, effect)) {
        return;
      }
      perform(effect);
      if (core == null || cluster.killsAfter(this, effect)) {
        return;
      }
    }
    configurationBefore = Optional.empty();
    if (configurationInQuestion) {
      configurationInQuestion = false;
      cluster.invariants().onVoters(this, core.state(nowMs()).voters());
    }
    if (configurationIndexBefore.isPresent()) {
      long before = configurationIndexBefore.getAsLong();
      configurationIndexBefore = OptionalLong.empty();
      cluster.invariants().onConfigurationAppended(this, before);
    }
  }

  private void perform(RaftEffect effect) {
    if (effect instanceof RaftEffect.Send send) {
      send(send);
    } else if (effect instanceof RaftEffect.Persist persist) {
      persist(persist);
    } else if (effect instanceof RaftEffect.Deliver deliver) {
      List<LogEntry> committed = deliver.committed();
      cluster.invariants().onCommitted(this, committed.get(committed.size() - 1).index());
      committed.forEach(this::apply);
      application.onCommitted(committed);
    } else if (effect instanceof RaftEffect.DeliverSnapshot delivered) {
      trace("is given the snapshot %s", delivered.snapshot().meta());
      cluster.invariants().onSnapshotDelivered(this, delivered.snapshot());
      applied = delivered.snapshot().meta().index();
      application.onSnapshot(delivered.snapshot());
    } else if (effect instanceof RaftEffect.LeadershipChanged changed) {
      onLeadershipChanged(changed);
    } else if (effect instanceof RaftEffect.ReadReady ready) {
      trace("answers %s", ready);
      cluster.invariants().onReadReady(this, reading.remove(ready.id()));
      application.onReadReady(ready);
    } else if (effect instanceof RaftEffect.ReadFailed readFailed) {
      reading.remove(readFailed.id());
      application.onReadFailed(readFailed.id());
    } else if (effect instanceof RaftEffect.VoterChangeDone done) {
      trace("has changed the voters: %s", done);
      cluster.operator().onDone(done.id());
    } else if (effect instanceof RaftEffect.VoterChangeFailed refused) {
      trace("has not changed the voters: %s", refused);
      boolean unknown = refused.errorCode() == ErrorCode.REQUEST_TIMED_OUT;
      cluster.operator().onFailed(refused.id(), unknown);
    } else if (effect instanceof RaftEffect.DropPrefix drop) {
      dropPrefix(drop.beforeIndex());
    } else if (effect instanceof RaftEffect.VotersChanged changed) {
      trace("sees voters %s", changed.voters());
      configurationInQuestion = true;
    } else if (!(effect instanceof RaftEffect.AddressLearnt)) {
      throw new IllegalStateException("nobody carries out " + effect);
    }
  }

  private void send(RaftEffect.Send send) {
    RaftMessage message = send.message();
    if (failed) {
      throw new Violation("silent after its disk failed", name + " sends " + message);
    }
    Invariants invariants = cluster.invariants();
    long term = message.term();
    if (message instanceof RaftMessage.AppendRequest append) {
      invariants.onActsAsLeader(this, term);
      invariants.onCommitted(this, append.commitIndex());
    } else if (message instanceof RaftMessage.SnapshotChunk
        || message instanceof RaftMessage.TransferNow) {
      invariants.onActsAsLeader(this, term);
    } else if (message instanceof RaftMessage.VoteReply reply) {
      invariants.onVote(this, send.toNodeId(), reply);
    } else if (message instanceof RaftMessage.AppendAccepted reply) {
      invariants.onAccepted(this, reply);
    } else if (message instanceof RaftMessage.SnapshotReply reply) {
      long size =
          receiving
              .filter(meta -> meta.index() == reply.snapshotIndex())
              .map(SnapshotMeta::sizeBytes)
              .orElse(-1L);
      invariants.onSnapshotReply(this, reply, size);
    }
    cluster.send(this, send.toNodeId(), message);
  }

  private void persist(RaftEffect.Persist persist) {
    if (world.tracing()) {
      trace("persists %s", persist);
    }
    world.note(index * 31L + persist.sequence() * 7919);
    cluster.invariants().onPersist(this, persist);
    disk.write(persist);
    cluster.invariants().onPersisting(this, persist);
    configurationInQuestion |= persist.truncateFrom().isPresent() || persist.snapshot().isPresent();
    if (!syncing) {
      beginSync();
    }
  }

  /** One sync at a time; what is written meanwhile shares the next one. */
  private void beginSync() {
    syncing = true;
    long upTo = disk.lastSequence();
    int current = incarnation();
    long delay = cluster.syncMicros(this);
    world.after(
        delay,
        () -> {
          if (core == null || incarnation() != current) {
            return;
          }
          boolean fails = cluster.syncFails(this);
          if (!fails) {
            disk.sync(upTo); // Also while the process is paused: the disk isn't.
          }
          later(current, () -> onSynced(upTo, fails));
        });
  }

  private void onSynced(long upTo, boolean fails) {
    syncing = false;
    if (fails) {
      trace("can't write to its disk");
      failed = true;
      run(c -> c.onStorageFailed(nowMs()));
      return;
    }
    run(c -> c.onPersisted(upTo, nowMs()));
    if (core != null && !syncing && disk.hasUnsynced()) {
      beginSync();
    }
  }

  private void apply(LogEntry entry) {
    cluster.invariants().onDelivered(this, entry);
    applied = entry.index();
    world.note(index * 31L + applied * 104729);
  }

  private void onLeadershipChanged(RaftEffect.LeadershipChanged changed) {
    trace("hears %s", changed);
    application.onLeadershipChanged(changed);
    if (changed.self()) {
      cluster.invariants().onActsAsLeader(this, changed.term());
      ReplicaLog log = disk.written().log;
      for (long at = applied + 1; at < log.end(); at++) {
        if (log.get(at).term() < changed.term()) {
          throw new Violation(
              "leads only with all of the terms before",
              "%s has applied up to %d, entry %d is of term %d"
                  .formatted(name, applied, at, log.get(at).term()));
        }
      }
    }
  }

  private void dropPrefix(long beforeIndex) {
    if (beforeIndex > disk.durable().snapshotIndex() + 1) {
      throw new Violation(
          "nothing is dropped before its snapshot is durable",
          "%s drops up to %d, the snapshot ends with %d"
              .formatted(name, beforeIndex, disk.durable().snapshotIndex()));
    }
    disk.dropPrefix(beforeIndex, world);
  }
}
