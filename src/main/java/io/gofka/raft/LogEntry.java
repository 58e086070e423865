package io.gofka.raft;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * One entry of the replicated log.
 *
 * @param term of the leader that proposed it
 * @param index its place in the log; the first entry has 0, and there are no gaps
 * @param payload on the heap and never changed: what was proposed; for CONFIG the form of {@link
 *     VoterSet}; empty for TERM_START
 */
public record LogEntry(long term, long index, Kind kind, ByteBuf payload) {
  /** What an entry is for. */
  public enum Kind {
    /** Somebody proposed it. */
    DATA,
    /** A leader opened its term with it, so that what lies before can be committed (§6.4). */
    TERM_START,
    /** From here on these replicas vote (§4.1). */
    CONFIG
  }

  public LogEntry {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(payload, "payload");
    if (term < 0 || index < 0) {
      throw new IllegalArgumentException("no entry " + index + " of term " + term);
    }
    if (kind == Kind.TERM_START && payload.isReadable()) {
      throw new IllegalArgumentException("entry " + index + " opens a term and has a payload");
    }
    if (kind == Kind.CONFIG) {
      VoterSet.decode(payload); // Refused here, before it can take effect anywhere.
    }
  }

  /** An entry of a log without kinds, where only the opening of a term had no payload. */
  public LogEntry(long term, long index, ByteBuf payload) {
    this(term, index, payload.isReadable() ? Kind.DATA : Kind.TERM_START, payload);
  }

  /** Whether the entry only opens a term, and nobody proposed anything with it. */
  public boolean opensTerm() {
    return kind == Kind.TERM_START;
  }

  /** Whether somebody proposed it; other entries say nothing to the state machine. */
  public boolean isData() {
    return kind == Kind.DATA;
  }
}
