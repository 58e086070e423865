package io.gofka.client;

import java.util.Objects;

/**
 * No answer came. Carries no stack trace: it tells of the network or of the other side, not of a
 * bug.
 */
public final class ClientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why there is no answer, and so what may have happened. */
  public enum Kind {
    /** Nobody could be reached; nothing has happened. */
    UNREACHABLE,
    /** The connection broke, or its limits are used up; a request that was sent may be done. */
    DISCONNECTED,
    /** No answer in time; the request may be done. */
    TIMED_OUT,
    /** The node doesn't offer that, or not in a version known here; nothing has happened. */
    UNSUPPORTED,
    /** What came back is no answer. */
    UNREADABLE
  }

  private final Kind kind;

  public ClientException(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  public Kind kind() {
    return kind;
  }
}
