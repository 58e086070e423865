package io.gofka.simulation;

import java.util.Arrays;

/**
 * What clients were told, held against the log that was agreed on. Commands carry ids of their own,
 * and the committed log puts them into an order; so linearizability needs no search:
 *
 * <ul>
 *   <li>an acknowledged command stands in the log exactly where its reply says,
 *   <li>behind everything that anybody knew to be done when it began (real-time order),
 *   <li>a refused command is never in the log, any other at most once,
 *   <li>a read sees everything that anybody knew to be done when it began.
 * </ul>
 */
final class ClientHistory {
  private static final long NOWHERE = -1;
  private static final byte OPEN = 0;
  private static final byte ACKNOWLEDGED = 1;
  private static final byte REFUSED = 2;

  private long[] floors = new long[256];
  private long[] places = new long[256];
  private byte[] fates = new byte[256];
  private int commands;
  private int acknowledged;
  private long seen = -1;

  /** A client begins with a command; returns its id. */
  int begin() {
    if (commands == floors.length) {
      floors = Arrays.copyOf(floors, commands * 2);
      places = Arrays.copyOf(places, commands * 2);
      fates = Arrays.copyOf(fates, commands * 2);
    }
    floors[commands] = seen;
    places[commands] = NOWHERE;
    return commands++;
  }

  /** The command is in the committed log. */
  void committed(int command, long index) {
    if (command < 0 || command >= commands) {
      throw new Violation("commands of clients only", "command " + command + " at " + index);
    }
    if (places[command] != NOWHERE) {
      throw new Violation(
          "command at most once",
          "command %d at %d and at %d".formatted(command, places[command], index));
    }
    if (fates[command] == REFUSED) {
      throw new Violation("refused means never", "command " + command + " at " + index);
    }
    places[command] = index;
  }

  void acknowledged(int command, long index) {
    if (places[command] != index) {
      throw new Violation(
          "acknowledged means committed",
          "command %d acknowledged at %d stands at %d".formatted(command, index, places[command]));
    }
    if (index <= floors[command]) {
      throw new Violation(
          "linearizable commands",
          "command %d at %d began when %d was known".formatted(command, index, floors[command]));
    }
    fates[command] = ACKNOWLEDGED;
    acknowledged++;
    seen = Math.max(seen, index);
  }

  void refused(int command) {
    if (places[command] != NOWHERE) {
      throw new Violation("refused means never", "command " + command + " at " + places[command]);
    }
    if (fates[command] != OPEN) {
      throw new Violation("one answer", "command " + command + " refused after its answer");
    }
    fates[command] = REFUSED;
  }

  /** A read begins; what is known to be done by now must be seen by it. */
  long beginRead() {
    return seen;
  }

  /**
   * @param floor what {@link #beginRead} said
   * @param index the reader saw everything up to it
   */
  void read(long floor, long index) {
    if (index < floor) {
      throw new Violation(
          "linearizable reads", "read up to %d what was known up to %d".formatted(index, floor));
    }
    seen = Math.max(seen, index);
  }

  /** How many commands were acknowledged. */
  int acknowledgedCount() {
    return acknowledged;
  }
}
