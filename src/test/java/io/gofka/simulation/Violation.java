package io.gofka.simulation;

/** Something that must never happen has happened in a simulated cluster. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String invariant;

  Violation(String invariant, String what) {
    super(invariant + ": " + what);
    this.invariant = invariant;
  }

  Violation(String invariant, String what, Throwable cause) {
    super(invariant + ": " + what, cause);
    this.invariant = invariant;
  }

  /** Name of what was broken. */
  String invariant() {
    return invariant;
  }
}
