package io.gofka.rpc;

import java.util.random.RandomGenerator;

/**
 * Pauses between tries: each twice the one before up to a bound, less a random part of at most a
 * half, so that those who lost the same node don't all come back in the same moment.
 */
final class Backoff {
  private final long initialMs;
  private final long maxMs;
  private final RandomGenerator random;
  private int tries;

  Backoff(long initialMs, long maxMs, RandomGenerator random) {
    this.initialMs = Math.max(1, Math.min(initialMs, maxMs));
    this.maxMs = Math.max(1, maxMs);
    this.random = random;
  }

  /** How long to wait now. */
  long nextMs() {
    long fullMs = initialMs;
    for (int i = 0; i < tries && fullMs < maxMs; i++) {
      fullMs *= 2;
    }
    fullMs = Math.min(fullMs, maxMs);
    tries++;
    return fullMs - random.nextLong(fullMs / 2 + 1);
  }

  /** How often it was asked since it began anew. */
  int tries() {
    return tries;
  }

  /** It has worked: the next pause is the first one again. */
  void reset() {
    tries = 0;
  }
}
