package io.gofka.simulation;

/**
 * The monotonic clock of a node: begins somewhere, and runs a little too fast or too slow.
 *
 * @param offsetMs what it shows when the world begins
 * @param rate its seconds in one true second
 */
record NodeClock(long offsetMs, double rate) {
  long nowMs(long worldMicros) {
    return offsetMs + (long) (worldMicros * rate / World.MILLIS);
  }

  /** The first moment at which it shows this time. */
  long worldMicrosAt(long nodeMs) {
    double micros = Math.ceil((double) (nodeMs - offsetMs) * World.MILLIS / rate);
    long at = (long) micros;
    while (nowMs(at) < nodeMs) {
      at++; // Rounding.
    }
    return at;
  }
}
