package io.gofka.raft;

import java.io.IOException;

/**
 * The log on disk is not what was written to it. Nothing is repaired: entries that were
 * acknowledged could be lost by it. The message is one sentence that names the file and the
 * position.
 */
public final class LogDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  public LogDamagedException(String message) {
    super(message);
  }
}
