package io.gofka.network;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Bound on the request bytes that the connections of one data loop keep in memory: frames that are
 * unfinished, waiting or being worked on ({@code queued.max.request.bytes}, divided among the
 * loops).
 *
 * <p>Above the bound, reading pauses on every connection that asks for more, but for the one whose
 * unfinished frame is the oldest: somebody must be able to finish, or nothing would ever be given
 * back. Memory ahead of what arrives is taken within the bound only ({@link #roomBytes}). So the
 * bound can be exceeded by one frame, by an eighth for frames that grow, and by one small read of
 * each connection.
 *
 * <p>Confined to the loop.
 */
final class RequestMemory {
  /** What is paused and resumed. */
  interface Reader {
    void pauseForMemory();

    void resumeFromMemory();

    /** Whether a frame has begun and not ended. */
    boolean midFrame();
  }

  private final long limitBytes;
  private final Set<Reader> unfinished = new LinkedHashSet<>();
  private final Set<Reader> paused = new LinkedHashSet<>();
  private long usedBytes;

  RequestMemory(long limitBytes) {
    if (limitBytes < 1) {
      throw new IllegalArgumentException("a bound of " + limitBytes + " bytes lets nobody read");
    }
    this.limitBytes = limitBytes;
  }

  long usedBytes() {
    return usedBytes;
  }

  boolean exhausted() {
    return usedBytes > limitBytes;
  }

  /**
   * How many bytes {@code reader} may take for what has not arrived yet. Whoever is let go on above
   * the bound takes what it needs.
   */
  long roomBytes(Reader reader) {
    return mayGoOn(reader) ? Long.MAX_VALUE : Math.max(0, limitBytes - usedBytes);
  }

  /** {@code reader} holds {@code bytes} more, or less when negative. */
  void changed(Reader reader, long bytes) {
    usedBytes += bytes;
    if (usedBytes < 0) {
      throw new IllegalStateException("more request bytes were given back than taken");
    }
    if (reader.midFrame()) {
      unfinished.add(reader);
    } else {
      unfinished.remove(reader);
    }
    if (exhausted()) {
      if (bytes > 0 && !mayGoOn(reader) && paused.add(reader)) {
        reader.pauseForMemory();
      }
      resumeOldest();
    } else {
      resumeAll();
    }
  }

  /** The connection is gone; what it held has been given back through {@link #changed}. */
  void forget(Reader reader) {
    unfinished.remove(reader);
    paused.remove(reader);
    if (exhausted()) {
      resumeOldest();
    } else {
      resumeAll();
    }
  }

  private boolean mayGoOn(Reader reader) {
    return !unfinished.isEmpty() && unfinished.iterator().next() == reader;
  }

  private void resumeOldest() {
    if (!unfinished.isEmpty()) {
      Reader oldest = unfinished.iterator().next();
      if (paused.remove(oldest)) {
        oldest.resumeFromMemory();
      }
    }
  }

  private void resumeAll() {
    if (!paused.isEmpty()) {
      Set<Reader> waiting = new LinkedHashSet<>(paused);
      paused.clear();
      waiting.forEach(Reader::resumeFromMemory);
    }
  }
}
