package io.gofka.metadata;

/**
 * What is asked of the active controller, from whichever node. An immutable record; {@link
 * CommandCodec} carries it, and its reply, between nodes.
 *
 * @param <R> the reply; {@link Void} when having been done is all there is to tell
 */
public interface Command<R> {
  /** How long somebody waits who says nothing about it; the default of Kafka's own requests. */
  int DEFAULT_TIMEOUT_MS = 60_000;

  /**
   * How long the asker waits for an answer, in milliseconds from its request on. After that it is
   * told REQUEST_TIMED_OUT; what was decided by then may still be committed.
   */
  default int timeoutMs() {
    return DEFAULT_TIMEOUT_MS;
  }
}
