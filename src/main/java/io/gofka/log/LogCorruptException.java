package io.gofka.log;

import java.io.IOException;

/**
 * What lies on the disk contradicts itself: records that were once durable are gone or changed. The
 * partition goes offline with this error, and none of its files is cut, renamed or removed: people
 * have to decide what becomes of them.
 */
public final class LogCorruptException extends IOException {
  private static final long serialVersionUID = 1;

  public LogCorruptException(String message) {
    super(message);
  }
}
