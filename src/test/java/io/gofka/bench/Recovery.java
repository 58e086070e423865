package io.gofka.bench;

/** How long Gofka and Apache Kafka need after kill -9, see {@link RecoveryRound}. */
public final class Recovery {
  private Recovery() {}

  /** {@code [number of rounds]}, 3 if left out. */
  public static void main(String[] args) throws Exception {
    Comparison.run(args.length > 0 ? Integer.parseInt(args[0]) : 3, RecoveryRound::run);
  }
}
