package io.gofka.log;

import java.io.IOException;

/**
 * What lies on the disk is not what was written there, or not all of it: no wait and no retry
 * brings it back. The partition goes offline with this error; nothing of it is served.
 */
final class LogCorruptException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which file is damaged where, and how that is known
   */
  LogCorruptException(String message) {
    super(message);
  }

  LogCorruptException(String message, Throwable cause) {
    super(message, cause);
  }
}
