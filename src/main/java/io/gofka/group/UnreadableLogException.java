package io.gofka.group;

/** A partition of {@code __consumer_offsets} has records that no retry will make readable. */
final class UnreadableLogException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnreadableLogException(String message) {
    super(message);
  }
}
