package io.gofka.simulation;

/**
 * Something that must never happen has happened in a simulated cluster. It comes to light whatever
 * the code does with exceptions from within which it was found: see {@link #rethrow}.
 */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A run is confined to one thread. */
  private static final ThreadLocal<Violation> FIRST = new ThreadLocal<>();

  private final String invariant;

  Violation(String invariant, String what) {
    this(invariant, what, null);
  }

  Violation(String invariant, String what, Throwable cause) {
    super(invariant + ": " + what, cause);
    this.invariant = invariant;
    if (FIRST.get() == null) {
      FIRST.set(this);
    }
  }

  /** Name of what was broken. */
  String invariant() {
    return invariant;
  }

  /** A run begins. */
  static void forget() {
    FIRST.remove();
  }

  /** Throws the first one that was found in this run, if there is one. */
  static void rethrow() {
    Violation found = FIRST.get();
    if (found != null) {
      throw found;
    }
  }
}
