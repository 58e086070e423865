package io.gofka.common;

import java.util.Objects;

/**
 * A request that is refused with an error code of the Kafka protocol. The message names the values
 * that collided; it is shown to the client where the response has a place for it.
 *
 * <p>It carries no stack trace: it is an answer, not a bug.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode errorCode;

  public ApiException(ErrorCode errorCode, String message) {
    super(message, null, false, false);
    this.errorCode = Objects.requireNonNull(errorCode, "errorCode");
  }

  public ErrorCode errorCode() {
    return errorCode;
  }
}
