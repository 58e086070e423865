package io.gofka.rpc;

import io.gofka.raft.LogEntry;
import java.util.HashMap;
import java.util.Map;

/** The latest committed entries, within bounds, without gaps. */
final class EntryTail {
  private final int maxEntries;
  private final long maxBytes;
  private final Map<Long, LogEntry> entries = new HashMap<>();
  private long first;
  private long end;
  private long bytes;

  EntryTail(int maxEntries, long maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  /** Adds the next entry. One that follows upon a gap takes the place of all before it. */
  void add(LogEntry entry) {
    if (!entries.isEmpty() && entry.index() < end) {
      return; // Told again.
    }
    if (entries.isEmpty() || entry.index() != end) {
      entries.clear();
      bytes = 0;
      first = entry.index();
    }
    entries.put(entry.index(), entry);
    bytes += entry.payload().readableBytes();
    end = entry.index() + 1;
    while (entries.size() > 1 && (entries.size() > maxEntries || bytes > maxBytes)) {
      bytes -= entries.remove(first++).payload().readableBytes();
    }
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Index of the oldest entry; of the next one when there is none. */
  long first() {
    return first;
  }

  /** Index behind the latest entry. */
  long end() {
    return end;
  }

  LogEntry get(long index) {
    return entries.get(index);
  }
}
