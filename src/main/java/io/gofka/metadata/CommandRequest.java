package io.gofka.metadata;

/**
 * A command, and who waits for how long.
 *
 * @param principal in whose name, such as {@code User:alice}
 * @param timeoutMs how long the asker waits; more than 0. What is not answered by then has an
 *     unknown fate: REQUEST_TIMED_OUT
 */
public record CommandRequest<R>(Command<R> command, String principal, long timeoutMs) {
  /** Who hasn't said who he is. */
  public static final String ANONYMOUS = "User:ANONYMOUS";

  /** As long as Kafka's clients wait for an answer unless they are told otherwise. */
  public static final long DEFAULT_TIMEOUT_MS = 30_000;

  public CommandRequest {
    if (timeoutMs <= 0) {
      throw new IllegalArgumentException("nobody can wait for " + timeoutMs + " ms");
    }
  }

  /** In nobody's name, with the usual patience. */
  public static <R> CommandRequest<R> of(Command<R> command) {
    return new CommandRequest<>(command, ANONYMOUS, DEFAULT_TIMEOUT_MS);
  }
}
