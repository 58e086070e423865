package io.gofka.protocol;

/**
 * Bytes that are no message, or a message that has no form in the version asked for. The text names
 * the message, its version, the field and what was wrong.
 *
 * <p>It carries no stack trace: whoever sends rubbish must not make it cost more than reading it.
 */
public final class WireException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WireException(String message) {
    super(message, null, false, false);
  }
}
