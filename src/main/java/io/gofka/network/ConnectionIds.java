package io.gofka.network;

import java.util.concurrent.atomic.AtomicLong;

/** Numbers for connections, unique in the process. */
final class ConnectionIds {
  private final AtomicLong last = new AtomicLong();

  long next() {
    return last.incrementAndGet();
  }
}
