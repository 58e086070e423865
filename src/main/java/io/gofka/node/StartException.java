package io.gofka.node;

/** A node can't start, for a reason that its owner can do something about: one sentence. */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartException(String message) {
    super(message, null, false, false);
  }
}
