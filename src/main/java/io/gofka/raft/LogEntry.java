package io.gofka.raft;

import io.netty.buffer.ByteBuf;

/**
 * One entry of the replicated log.
 *
 * @param term of the leader that proposed it
 * @param index its place in the log; the first entry has 0, and there are no gaps
 * @param payload what was proposed, on the heap and never changed; empty for the entry with which a
 *     leader opens its term
 */
public record LogEntry(long term, long index, ByteBuf payload) {
  /** Whether the entry only opens a term, and nobody proposed anything with it. */
  public boolean opensTerm() {
    return !payload.isReadable();
  }
}
