package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Entries of one replica, and for each a chain: a hash of it and of all entries before it. Equal
 * chains mean equal logs up to there, which makes comparing whole logs a matter of one number.
 */
final class ReplicaLog {
  private long first;
  private long baseChain;
  private final ArrayList<LogEntry> entries;
  private long[] chains;

  ReplicaLog() {
    entries = new ArrayList<>();
    chains = new long[16];
  }

  ReplicaLog(ReplicaLog copied) {
    first = copied.first;
    baseChain = copied.baseChain;
    entries = new ArrayList<>(copied.entries);
    chains = copied.chains.clone();
  }

  /** Index of the first entry, or the index that it gets. */
  long first() {
    return first;
  }

  /** The index that the next entry gets. */
  long end() {
    return first + entries.size();
  }

  LogEntry get(long index) {
    return entries.get((int) (index - first));
  }

  boolean has(long index) {
    return index >= first && index < end();
  }

  List<LogEntry> entries() {
    return entries;
  }

  /** Of the entry and all before it; of the entry before the first one too. */
  long chain(long index) {
    return index < first ? baseChain : chains[(int) (index - first)];
  }

  /** Whether chain knows this index. */
  boolean knows(long index) {
    return index >= first - 1 && index < end();
  }

  void append(LogEntry entry) {
    if (entry.index() != end()) {
      throw new Violation(
          "log without gaps", "entry " + entry.index() + " written where " + end() + " belongs");
    }
    int at = entries.size();
    if (at == chains.length) {
      chains = Arrays.copyOf(chains, at * 2);
    }
    chains[at] = chain(chain(entry.index() - 1), entry);
    entries.add(entry);
  }

  /** Forgets the entries from this index on. */
  void truncate(long from) {
    if (from < end()) {
      entries.subList((int) (from - first), entries.size()).clear();
    }
  }

  /** Forgets the entries before this index. */
  void dropBefore(long index) {
    long upTo = Math.min(index, end());
    if (upTo > first) {
      baseChain = chain(upTo - 1);
      int count = (int) (upTo - first);
      entries.subList(0, count).clear();
      System.arraycopy(chains, count, chains, 0, entries.size());
      first = upTo;
    }
  }

  /** Forgets everything; the next entry gets this index. */
  void restartAt(long index, long chainBefore) {
    entries.clear();
    first = index;
    baseChain = chainBefore;
  }

  static long chain(long before, LogEntry entry) {
    long hash = before * 0x9E3779B97F4A7C15L + entry.term();
    hash =
        hash * 0xBF58476D1CE4E5B9L
            + entry.kind().name().hashCode() * 31L
            + entry.payload().hashCode();
    return hash ^ hash >>> 29;
  }
}
