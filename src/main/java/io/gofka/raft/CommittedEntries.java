package io.gofka.raft;

import java.util.List;

/**
 * What has been committed, as this node's replica learnt it; without gaps, except behind a
 * snapshot.
 */
public record CommittedEntries(List<LogEntry> entries) {
  public CommittedEntries {
    entries = List.copyOf(entries);
  }
}
