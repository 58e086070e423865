package io.gofka.simulation;

import io.gofka.raft.HardState;
import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.RecoveredState;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.Snapshot;
import io.gofka.raft.VoterSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * The metadata directory of a node: what is durable, and what was written but not yet synced. A
 * crash keeps a part of the latter: the promise of {@link Persist}, which the file storage keeps by
 * the order of its writes.
 */
final class Disk {
  /** How much of what was not synced a crash keeps. */
  enum Kept {
    ALL,
    NOTHING,
    /** The first step of the first write: a snapshot without the truncation that goes with it. */
    FIRST_STEP,
    /** A part; the rest is lost, and a torn entry counts as lost because of its CRC. */
    SOME
  }

  private final ReplicaKey key;
  private final Optional<VoterSet> formedWith;
  private final LongUnaryOperator committedChain;
  private final Deque<Persist> unsynced = new ArrayDeque<>();
  private final Map<Long, String> votes = new HashMap<>();
  private Content durable = new Content();
  private Content written = new Content();
  private long lastSequence = Long.MIN_VALUE;

  /** One state of the directory. */
  static final class Content {
    HardState hard = HardState.NONE;
    Optional<Snapshot> snapshot = Optional.empty();
    ReplicaLog log = new ReplicaLog();

    Content() {}

    Content(Content copied) {
      hard = copied.hard;
      snapshot = copied.snapshot;
      log = new ReplicaLog(copied.log);
    }

    /** Last entry that the snapshot stands for, -1 without one. */
    long snapshotIndex() {
      return snapshot.map(taken -> taken.meta().index()).orElse(-1L);
    }
  }

  /**
   * @param committedChain the chain at an index that is committed: a log that begins behind a
   *     snapshot goes on from there
   */
  Disk(ReplicaKey key, Optional<VoterSet> formedWith, LongUnaryOperator committedChain) {
    this.key = key;
    this.formedWith = formedWith;
    this.committedChain = committedChain;
  }

  ReplicaKey key() {
    return key;
  }

  Optional<VoterSet> formedWith() {
    return formedWith;
  }

  /** What survives whatever happens. */
  Content durable() {
    return durable;
  }

  /** What the replica itself believes to be there. */
  Content written() {
    return written;
  }

  /** The replica of this directory has told somebody that it votes for it; it can't do so twice. */
  void vote(long term, String candidate) {
    String other = votes.putIfAbsent(term, candidate);
    if (other != null && !other.equals(candidate)) {
      throw new Violation(
          "one vote", key + " votes for " + other + " and " + candidate + " in term " + term);
    }
  }

  /** Whether the replica has told the candidate so; or is the candidate, and it is durable. */
  boolean hasVoted(long term, String candidate) {
    boolean itself = key.nodeId().equals(candidate);
    boolean durably =
        durable.hard.term() == term
            && durable.hard.votedFor().filter(v -> v.nodeId().equals(candidate)).isPresent();
    return itself ? durably || durable.hard.term() > term : candidate.equals(votes.get(term));
  }

  void write(Persist persist) {
    if (lastSequence != Long.MIN_VALUE && persist.sequence() != lastSequence + 1) {
      throw new Violation(
          "writes in order", "write " + persist.sequence() + " follows " + lastSequence);
    }
    lastSequence = persist.sequence();
    apply(written, persist, Integer.MAX_VALUE);
    unsynced.addLast(persist);
  }

  boolean hasUnsynced() {
    return !unsynced.isEmpty();
  }

  /** Sequence of the last write; a sync that begins now makes everything up to it durable. */
  long lastSequence() {
    return lastSequence;
  }

  void sync(long upToSequence) {
    while (!unsynced.isEmpty() && unsynced.peekFirst().sequence() <= upToSequence) {
      apply(durable, unsynced.removeFirst(), Integer.MAX_VALUE);
    }
  }

  /** The power goes off, or the process dies. */
  void crash(Kept kept, World world) {
    if (kept == Kept.ALL) {
      sync(Long.MAX_VALUE);
    } else if (kept == Kept.FIRST_STEP && !unsynced.isEmpty()) {
      apply(durable, unsynced.removeFirst(), 1);
    } else if (kept == Kept.SOME && !unsynced.isEmpty()) {
      int whole = (int) world.between(0, unsynced.size() - 1);
      for (int i = 0; i < whole; i++) {
        apply(durable, unsynced.removeFirst(), Integer.MAX_VALUE);
      }
      Persist torn = unsynced.removeFirst();
      apply(durable, torn, (int) world.between(0, 3L + torn.append().size()));
    }
    unsynced.clear();
    written = new Content(durable);
    lastSequence = Long.MIN_VALUE;
  }

  /** Files with nothing but older entries are deleted sometime. */
  void dropPrefix(long beforeIndex, World world) {
    long upTo = Math.min(beforeIndex, durable.log.end());
    if (upTo > durable.log.first()) {
      long dropped = world.between(durable.log.first(), upTo);
      durable.log.dropBefore(dropped);
      written.log.dropBefore(dropped);
    }
  }

  RecoveredState recovered() {
    List<LogEntry> entries = new ArrayList<>(durable.log.entries());
    return new RecoveredState(durable.hard, durable.snapshot, entries, formedWith);
  }

  /** Carries out the first so many steps of a write, in the order that Persist promises. */
  private void apply(Content content, Persist persist, int steps) {
    int left = steps;
    if (persist.snapshot().isPresent() && left-- > 0) {
      content.snapshot = persist.snapshot();
    }
    if (persist.hard().isPresent() && left-- > 0) {
      content.hard = persist.hard().get();
    }
    if (persist.truncateFrom().isPresent() && left-- > 0) {
      truncate(content, persist);
    }
    for (LogEntry entry : persist.append()) {
      if (left-- <= 0) {
        return;
      }
      append(content, entry);
    }
  }

  private static void truncate(Content content, Persist persist) {
    long from = persist.truncateFrom().getAsLong();
    if (from < content.log.first()) {
      content.log.restartAt(content.log.first(), 0);
      content.log.truncate(content.log.first());
    } else {
      content.log.truncate(from);
    }
  }

  private void append(Content content, LogEntry entry) {
    ReplicaLog log = content.log;
    if (log.entries().isEmpty() && entry.index() != log.end()) {
      if (entry.index() > content.snapshotIndex() + 1) {
        throw new Violation(
            "log without gaps",
            "entry %d written to an empty log behind the snapshot up to %d"
                .formatted(entry.index(), content.snapshotIndex()));
      }
      log.restartAt(entry.index(), committedChain.applyAsLong(entry.index() - 1));
    }
    log.append(entry);
  }
}
