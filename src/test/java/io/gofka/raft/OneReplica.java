package io.gofka.raft;

import io.gofka.common.HostPort;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGeneratorFactory;

/**
 * One core, called {@code a} unless said otherwise, and a test that plays all others and the disk.
 */
final class OneReplica {
  static final long T = 1000;
  static final long HEARTBEAT = 100;

  final RaftCore core;
  long nowMs = 10_000;
  private long lastSequence;
  final List<RaftEffect> start;

  OneReplica(RecoveredState recovered) {
    this(recovered, "a");
  }

  OneReplica(RecoveredState recovered, String name) {
    core =
        new RaftCore(
            RaftSettings.of(key(name), address(name), T, HEARTBEAT),
            recovered,
            RandomGeneratorFactory.of("L64X128MixRandom").create(1),
            nowMs);
    start = seen(core.start(nowMs));
  }

  /** With bound voters, and a log from earlier terms. */
  static RecoveredState with(long term, VoterSet voters, LogEntry... entries) {
    return new RecoveredState(
        new HardState(term, Optional.empty()),
        Optional.empty(),
        List.of(entries),
        Optional.of(voters));
  }

  static HostPort address(String name) {
    return new HostPort(name, 42069);
  }

  static ReplicaKey key(String name) {
    return new ReplicaKey(name, new UUID(0, name.charAt(0)));
  }

  static Voter voter(String name) {
    return new Voter(name, Optional.of(key(name).directoryId()), address(name));
  }

  static VoterSet voters(String... names) {
    SortedMap<String, Voter> voters = new TreeMap<>();
    for (String name : names) {
      voters.put(name, voter(name));
    }
    return new VoterSet(voters);
  }

  static VoterSet unbound(String... names) {
    return RaftWorld.unbound(names);
  }

  static LogEntry data(long term, long index) {
    return new LogEntry(term, index, LogEntry.Kind.DATA, bytes("e" + index + "t" + term));
  }

  static LogEntry config(long term, long index, String... names) {
    return new LogEntry(term, index, LogEntry.Kind.CONFIG, voters(names).encode());
  }

  static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private List<RaftEffect> seen(List<RaftEffect> effects) {
    effects.forEach(
        effect -> {
          if (effect instanceof RaftEffect.Persist persist) {
            lastSequence = persist.sequence();
          }
        });
    return effects;
  }

  List<RaftEffect> from(String name, RaftMessage message) {
    return seen(core.onMessage(key(name), message, nowMs));
  }

  List<RaftEffect> from(ReplicaKey sender, RaftMessage message) {
    return seen(core.onMessage(sender, message, nowMs));
  }

  /** Everything wanted so far is on the disk. */
  List<RaftEffect> persisted() {
    return seen(core.onPersisted(lastSequence, nowMs));
  }

  List<RaftEffect> persisted(long sequence) {
    return seen(core.onPersisted(sequence, nowMs));
  }

  long lastSequence() {
    return lastSequence;
  }

  List<RaftEffect> propose(String text) {
    return seen(core.propose(bytes(text), nowMs).effects());
  }

  List<RaftEffect> addVoter(long id, String name) {
    return seen(core.addVoter(id, key(name), nowMs));
  }

  List<RaftEffect> beginAddingVoter(long id, String name) {
    return seen(core.beginAddingVoter(id, key(name), nowMs));
  }

  List<RaftEffect> removeVoter(long id, String name) {
    return seen(core.removeVoter(id, name, Optional.empty(), nowMs));
  }

  List<RaftEffect> snapshot(long index, String content) {
    return seen(core.snapshotTaken(index, bytes(content), nowMs));
  }

  /** Time passes, tick by tick. */
  List<RaftEffect> pass(long ms) {
    List<RaftEffect> effects = new ArrayList<>();
    long end = nowMs + ms;
    while (core.nextDeadlineMs() <= end) {
      nowMs = Math.max(nowMs, core.nextDeadlineMs());
      effects.addAll(seen(core.onTick(nowMs)));
    }
    nowMs = end;
    return effects;
  }

  /**
   * Nobody is heard for so long that it stands for election; the pre-votes of these are granted.
   */
  List<RaftEffect> stand(String... granting) {
    for (long waited = 0; state().role() == QuorumState.Role.FOLLOWER; waited += 10) {
      if (waited > 3 * T) {
        throw new IllegalStateException("never stands");
      }
      pass(10);
    }
    List<RaftEffect> effects = new ArrayList<>();
    for (String name : granting) {
      effects.addAll(from(name, new RaftMessage.VoteReply(term(), true, true, true)));
    }
    return effects;
  }

  /**
   * Wins the next term with the votes of these. What this persists is durable, its first entry
   * isn't.
   */
  List<RaftEffect> win(String... granting) {
    stand(granting);
    persisted();
    List<RaftEffect> effects = new ArrayList<>();
    for (String name : granting) {
      effects.addAll(from(name, new RaftMessage.VoteReply(term(), false, true, true)));
    }
    return effects;
  }

  /** Leads, and the first entry of its term is committed by the acknowledgement of these. */
  void lead(String... granting) {
    win(granting);
    persisted();
    for (String name : granting) {
      acknowledge(name);
    }
    if (!state().role().equals(QuorumState.Role.LEADER)) {
      throw new IllegalStateException("doesn't lead");
    }
  }

  /** That replica has the whole log. */
  List<RaftEffect> acknowledge(String name) {
    return accepted(name, core.nextIndex() - 1);
  }

  List<RaftEffect> accepted(String name, long matchIndex) {
    return from(name, new RaftMessage.AppendAccepted(term(), matchIndex, 1, true));
  }

  List<RaftEffect> append(
      String leader, long term, long prevIndex, long prevTerm, long commit, LogEntry... entries) {
    return from(
        leader,
        new RaftMessage.AppendRequest(term, prevIndex, prevTerm, List.of(entries), commit, 1));
  }

  QuorumState state() {
    return core.state(nowMs);
  }

  long term() {
    return state().term();
  }

  static <M extends RaftMessage> List<M> sent(List<RaftEffect> effects, String to, Class<M> kind) {
    return effects.stream()
        .filter(RaftEffect.Send.class::isInstance)
        .map(RaftEffect.Send.class::cast)
        .filter(send -> send.toNodeId().equals(to))
        .map(RaftEffect.Send::message)
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  static <M extends RaftMessage> M only(List<RaftEffect> effects, String to, Class<M> kind) {
    List<M> sent = sent(effects, to, kind);
    if (sent.size() != 1) {
      throw new AssertionError("one " + kind.getSimpleName() + " to " + to + " in " + effects);
    }
    return sent.get(0);
  }

  static <E extends RaftEffect> List<E> all(List<RaftEffect> effects, Class<E> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  static List<Long> delivered(List<RaftEffect> effects) {
    return all(effects, RaftEffect.Deliver.class).stream()
        .flatMap(deliver -> deliver.committed().stream())
        .map(LogEntry::index)
        .toList();
  }
}
