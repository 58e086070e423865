package io.gofka.metadata;

/**
 * A command, and in whose name and for how long it is asked.
 *
 * @param principal such as {@code User:alice}
 * @param timeoutMs how long the asker still waits. What is not answered by then has an unknown
 *     fate: REQUEST_TIMED_OUT
 */
public record CommandRequest<R>(Command<R> command, String principal, int timeoutMs) {
  /** Who hasn't said who he is. */
  public static final String ANONYMOUS = "User:ANONYMOUS";

  /** In nobody's name, with the command's own patience. */
  public static <R> CommandRequest<R> of(Command<R> command) {
    return new CommandRequest<>(command, ANONYMOUS, command.timeoutMs());
  }
}
