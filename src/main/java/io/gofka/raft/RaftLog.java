package io.gofka.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The log of one replica in memory: the entries behind a base entry of which only index and term
 * are known, the latest snapshot, and the configurations that lie in them. What of it is durable is
 * {@link Outbox}'s matter.
 *
 * <p>A configuration counts from its entry on, committed or not, and is gone again when the entry
 * is truncated (dissertation §4.1). The one that held at the snapshot comes with it (§5.1), and the
 * one with which the quorum was formed holds before all others.
 */
final class RaftLog {
  /** The term before the first leader's. */
  static final long NO_TERM = 0;

  private final List<LogEntry> entries = new ArrayList<>();
  private final NavigableMap<Long, VoterSet> configurations = new TreeMap<>();
  private long baseIndex = -1;
  private long baseTerm = NO_TERM;
  private Optional<Snapshot> snapshot;
  private boolean contradictsSnapshot;

  /**
   * @throws IllegalStateException when entries are missing in front or between
   */
  RaftLog(RecoveredState recovered) {
    configurations.put(-1L, recovered.formedWith().orElse(VoterSet.EMPTY));
    snapshot = recovered.snapshot();
    snapshot.ifPresent(s -> configurations.put(s.meta().index(), s.meta().voters()));
    List<LogEntry> found = recovered.entries();
    if (snapshot.isPresent()) {
      found = behindSnapshot(snapshot.get().meta(), found);
    }
    for (LogEntry entry : found) {
      if (entry.index() != lastIndex() + 1 || entry.term() < lastTerm()) {
        throw new IllegalStateException(
            "the log holds entry %d of term %d behind entry %d of term %d"
                .formatted(entry.index(), entry.term(), lastIndex(), lastTerm()));
      }
      append(entry);
    }
    snapshot.ifPresent(s -> configurations.headMap(s.meta().index()).clear());
  }

  /**
   * Sets the base and says which entries stand. When another's snapshot was stored and the node
   * died before its own log was dropped, that log may be shorter than the snapshot or contradict
   * it, and then nothing of it stands (§5.2).
   */
  private List<LogEntry> behindSnapshot(SnapshotMeta meta, List<LogEntry> found) {
    baseIndex = meta.index();
    baseTerm = meta.term();
    if (found.isEmpty() || found.get(0).index() == meta.index() + 1) {
      return found;
    }
    long first = found.get(0).index();
    if (first > meta.index()) {
      throw new IllegalStateException(
          "the log begins with entry %d, the snapshot ends with %d".formatted(first, meta.index()));
    }
    long place = meta.index() - first;
    if (place >= found.size() || found.get((int) place).term() != meta.term()) {
      contradictsSnapshot = true;
      return List.of();
    }
    if (first == 0) {
      baseIndex = -1;
      baseTerm = NO_TERM;
      return found;
    }
    // Of the entry before the first not even the term is known: the first itself becomes the base.
    baseIndex = first;
    baseTerm = found.get(0).term();
    return found.subList(1, found.size());
  }

  /** Whether the disk holds a log that the snapshot has replaced, and that must be emptied. */
  boolean contradictsSnapshot() {
    return contradictsSnapshot;
  }

  /** Index of the first entry that is still here, or would be. */
  long firstIndex() {
    return baseIndex + 1;
  }

  /** -1 for an empty log. */
  long lastIndex() {
    return baseIndex + entries.size();
  }

  /** 0 for an empty log. */
  long lastTerm() {
    return entries.isEmpty() ? baseTerm : entries.get(entries.size() - 1).term();
  }

  /**
   * Term of an entry, 0 for the one before the first; empty when it isn't known any more or yet.
   */
  OptionalLong termAt(long index) {
    if (index == baseIndex) {
      return OptionalLong.of(baseTerm);
    }
    if (index > baseIndex && index <= lastIndex()) {
      return OptionalLong.of(at(index).term());
    }
    if (snapshot.isPresent() && snapshot.get().meta().index() == index) {
      return OptionalLong.of(snapshot.get().meta().term());
    }
    return OptionalLong.empty();
  }

  boolean hasTermAt(long index, long term) {
    OptionalLong known = termAt(index);
    return known.isPresent() && known.getAsLong() == term;
  }

  private LogEntry at(long index) {
    return entries.get((int) (index - baseIndex - 1));
  }

  /** Entries from an index up to, not including, another. */
  List<LogEntry> between(long from, long end) {
    return List.copyOf(entries.subList((int) (from - baseIndex - 1), (int) (end - baseIndex - 1)));
  }

  /** Entries from an index on; at least one if there is any, further ones within the size. */
  List<LogEntry> from(long index, int maxBytes) {
    long end = index;
    for (long bytes = 0; end <= lastIndex(); end++) {
      bytes += at(end).payload().readableBytes();
      if (bytes > maxBytes && end > index) {
        break;
      }
    }
    return between(index, Math.max(index, end));
  }

  /**
   * First entry, not before {@code floor}, of a row of entries of one term that ends at an index.
   */
  long firstOfTerm(long index, long floor) {
    long term = at(index).term();
    long first = index;
    while (first > Math.max(floor, firstIndex()) && at(first - 1).term() == term) {
      first--;
    }
    return first;
  }

  /** Last entry of a term, not behind an index. */
  OptionalLong lastOfTerm(long term, long notBehind) {
    for (long i = Math.min(notBehind, lastIndex()); i >= firstIndex(); i--) {
      long found = at(i).term();
      if (found <= term) {
        return found == term ? OptionalLong.of(i) : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }

  void append(LogEntry entry) {
    if (entry.index() != lastIndex() + 1) {
      throw new IllegalStateException(
          "entry %d can't follow entry %d".formatted(entry.index(), lastIndex()));
    }
    entries.add(entry);
    if (entry.kind() == LogEntry.Kind.CONFIG) {
      configurations.put(entry.index(), VoterSet.decode(entry.payload()));
    }
  }

  /** Forgets entries from this index on, and the configurations in them. */
  void truncateFrom(long index) {
    if (index <= baseIndex) {
      throw new IllegalStateException(
          "can't truncate from %d, the log begins behind %d".formatted(index, baseIndex));
    }
    entries.subList((int) (index - baseIndex - 1), entries.size()).clear();
    configurations.tailMap(index, true).clear();
  }

  /** The state up to an entry of this log is kept elsewhere; a number of entries stays with it. */
  void compact(Snapshot taken, int entriesKept) {
    snapshot = Optional.of(taken);
    long index = taken.meta().index();
    configurations.put(index, taken.meta().voters());
    configurations.headMap(index).clear();
    long newBase = Math.min(index, Math.max(baseIndex, index - entriesKept));
    if (newBase > baseIndex) {
      baseTerm = termAt(newBase).orElseThrow();
      entries.subList(0, (int) (newBase - baseIndex)).clear();
      baseIndex = newBase;
    }
  }

  /** Another's snapshot replaces everything (§5.2). */
  void replaceBy(Snapshot installed) {
    snapshot = Optional.of(installed);
    entries.clear();
    configurations.clear();
    baseIndex = installed.meta().index();
    baseTerm = installed.meta().term();
    configurations.put(baseIndex, installed.meta().voters());
  }

  Optional<Snapshot> snapshot() {
    return snapshot;
  }

  /** The configuration in use. */
  VoterSet voters() {
    return configurations.lastEntry().getValue();
  }

  /** The entry that brought it, or the one up to which it is known to hold. */
  long votersIndex() {
    return configurations.lastKey();
  }

  /** The configuration before the one in use; that one if no earlier one is known. */
  VoterSet earlierVoters() {
    Map.Entry<Long, VoterSet> earlier = configurations.lowerEntry(configurations.lastKey());
    return earlier == null ? voters() : earlier.getValue();
  }

  /** The configuration at an entry that is not before the snapshot's. */
  VoterSet votersAt(long index) {
    return configurations.floorEntry(index).getValue();
  }

  /** Whether a log with this end has at least what this one has (dissertation §3.6.1). */
  boolean isCoveredBy(long otherLastIndex, long otherLastTerm) {
    return otherLastTerm > lastTerm()
        || (otherLastTerm == lastTerm() && otherLastIndex >= lastIndex());
  }
}
