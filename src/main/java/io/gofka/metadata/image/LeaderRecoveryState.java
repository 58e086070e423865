package io.gofka.metadata.image;

/** Whether a leader has all that was committed (KIP-704). */
public enum LeaderRecoveryState {
  /** The leader was in sync when it was elected. */
  RECOVERED(0),

  /** An unclean election has made it leader, and it has not yet said that it is done with that. */
  RECOVERING(1);

  private final byte code;

  LeaderRecoveryState(int code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  /**
   * @throws IllegalArgumentException for a code that nobody has defined
   */
  public static LeaderRecoveryState of(byte code) {
    return switch (code) {
      case 0 -> RECOVERED;
      case 1 -> RECOVERING;
      default -> throw new IllegalArgumentException("there is no leader recovery state " + code);
    };
  }
}
