package io.gofka.metadata;

import io.gofka.raft.LogEntry;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What a node without a replica of the metadata log is told by a controller elsewhere. Answered
 * with the first index that it still needs.
 */
public sealed interface MetadataFeed {
  /** Committed entries, in order; those that are known already are passed over. */
  record Entries(List<LogEntry> entries) implements MetadataFeed {
    public Entries {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The state up to an entry, in place of all that was told before.
   *
   * @param index of that entry
   * @param snapshot in the form of {@link MetadataSnapshot}, on the heap
   */
  record WholeState(long index, ByteBuf snapshot) implements MetadataFeed {}

  /**
   * Who is the active controller.
   *
   * @param nodeId empty when there is none
   */
  record ActiveController(String nodeId) implements MetadataFeed {}
}
