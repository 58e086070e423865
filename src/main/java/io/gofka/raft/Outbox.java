package io.gofka.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The effects of one event, and what is durable of those before. Everything that one event wants
 * persisted becomes one {@link RaftEffect.Persist} in front of the other effects. Messages that
 * promise something wait here until it is durable (dissertation §3.8, fig. 3.1: "updated on stable
 * storage before responding"):
 *
 * <ul>
 *   <li>what says "in my term" waits for the term: a replica that forgets a term could take part in
 *       it twice;
 *   <li>a candidate's request waits for its vote and its log, by which others judge it;
 *   <li>what acknowledges entries names no more than {@link #durableIndex()}.
 * </ul>
 */
final class Outbox {
  /** Held messages; the oldest go first, as if they were lost. */
  static final int MAX_HELD = 1000;

  private record Pending(long sequence, long lastIndex) {}

  private record Held(long sequence, RaftEffect.Send send) {}

  private final RaftLog log;
  private List<RaftEffect> effects = new ArrayList<>();

  // What this event wants persisted.
  private Optional<HardState> hard = Optional.empty();
  private OptionalLong truncateFrom = OptionalLong.empty();
  private final List<LogEntry> append = new ArrayList<>();
  private Optional<Snapshot> snapshot = Optional.empty();
  private final List<RaftEffect.Send> afterTerm = new ArrayList<>();
  private final List<RaftEffect.Send> afterAll = new ArrayList<>();

  // What earlier events wanted.
  private final Deque<Pending> pending = new ArrayDeque<>();
  private final Deque<Held> held = new ArrayDeque<>();
  private long sequence;
  private long hardSequence;
  private long snapshotSequence;
  private long durableSequence;
  private long durableIndex;

  Outbox(RaftLog log) {
    this.log = log;
    this.durableIndex = log.lastIndex(); // What was read from the disk is on it.
  }

  void add(RaftEffect effect) {
    effects.add(effect);
  }

  /** May be sent before anything is durable: it promises nothing. */
  void send(String toNodeId, RaftMessage message) {
    effects.add(new RaftEffect.Send(toNodeId, message));
  }

  void sendAfterTerm(String toNodeId, RaftMessage message) {
    afterTerm.add(new RaftEffect.Send(toNodeId, message));
  }

  void sendAfterAll(String toNodeId, RaftMessage message) {
    afterAll.add(new RaftEffect.Send(toNodeId, message));
  }

  void persist(HardState state) {
    hard = Optional.of(state);
  }

  void persist(LogEntry entry) {
    append.add(entry);
  }

  void persist(Snapshot taken) {
    snapshot = Optional.of(taken);
  }

  /** Before the entries that this event appends, if any. */
  void truncate(long from) {
    if (!append.isEmpty()) {
      throw new IllegalStateException("truncation from " + from + " behind an append");
    }
    truncateFrom = OptionalLong.of(from);
    // An entry of that index was durable, or will be; the one that takes its place is another.
    durableIndex = Math.min(durableIndex, from - 1);
    List<Pending> clamped = new ArrayList<>(pending);
    pending.clear();
    for (Pending p : clamped) {
      pending.add(new Pending(p.sequence, Math.min(p.lastIndex, from - 1)));
    }
  }

  /** Last entry of this log that is certainly on disk. */
  long durableIndex() {
    return durableIndex;
  }

  /** Whether term and vote are. */
  boolean isTermDurable() {
    return hard.isEmpty() && hardSequence <= durableSequence;
  }

  /** Whether a snapshot became durable since the last time this was asked. */
  boolean takeDurableSnapshot() {
    boolean durable = snapshotSequence > 0 && snapshotSequence <= durableSequence;
    if (durable) {
      snapshotSequence = 0;
    }
    return durable;
  }

  /** Everything up to this sequence is durable; what was held for it goes out. */
  void onPersisted(long upTo) {
    if (upTo > sequence) {
      throw new IllegalStateException(
          "persisted up to %d, asked for %d at most".formatted(upTo, sequence));
    }
    durableSequence = Math.max(durableSequence, upTo);
    while (!pending.isEmpty() && pending.element().sequence <= durableSequence) {
      durableIndex = pending.remove().lastIndex;
    }
    held.removeIf(
        waiting -> {
          boolean due = waiting.sequence <= durableSequence;
          if (due) {
            effects.add(waiting.send);
          }
          return due;
        });
  }

  /** Nothing of this event, nor what waits for the disk, gets out. */
  void discard() {
    effects.clear();
    hard = Optional.empty();
    truncateFrom = OptionalLong.empty();
    append.clear();
    snapshot = Optional.empty();
    afterTerm.clear();
    afterAll.clear();
    held.clear();
  }

  /** Ends an event: its effects, the one to persist in front. */
  List<RaftEffect> drain() {
    Optional<RaftEffect> persist = takePersist();
    hold(afterTerm, hardSequence);
    hold(afterAll, sequence);
    if (persist.isEmpty() && effects.isEmpty()) {
      return List.of();
    }
    List<RaftEffect> drained = new ArrayList<>(effects.size() + 1);
    persist.ifPresent(drained::add);
    drained.addAll(effects);
    effects = new ArrayList<>();
    return List.copyOf(drained);
  }

  private Optional<RaftEffect> takePersist() {
    if (hard.isEmpty() && truncateFrom.isEmpty() && append.isEmpty() && snapshot.isEmpty()) {
      return Optional.empty();
    }
    sequence++;
    if (hard.isPresent()) {
      hardSequence = sequence;
    }
    if (snapshot.isPresent()) {
      snapshotSequence = sequence;
    }
    pending.add(new Pending(sequence, log.lastIndex()));
    RaftEffect persist = new RaftEffect.Persist(sequence, hard, truncateFrom, append, snapshot);
    hard = Optional.empty();
    truncateFrom = OptionalLong.empty();
    append.clear();
    snapshot = Optional.empty();
    return Optional.of(persist);
  }

  private void hold(List<RaftEffect.Send> sends, long until) {
    for (RaftEffect.Send send : sends) {
      if (until <= durableSequence) {
        effects.add(send);
      } else {
        if (held.size() == MAX_HELD) {
          held.remove();
        }
        held.add(new Held(until, send));
      }
    }
    sends.clear();
  }
}
