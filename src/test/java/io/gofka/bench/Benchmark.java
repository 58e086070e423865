package io.gofka.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The benchmarks by name. */
public final class Benchmark {
  private static final int ROUNDS = 3;

  private Benchmark() {}

  /** Measures so many rounds of both brokers, and prints. */
  private interface Program {
    void run(int rounds) throws Exception;
  }

  private static Map<String, Program> all() {
    var all = new LinkedHashMap<String, Program>();
    all.put("clients", ClientsRound::runAll);
    all.put("scale", inTurn(Round.of(ScaleRound::run)));
    all.put("fsync", inTurn(Round.of(FsyncRound::run)));
    all.put("recovery", inTurn(Round.of(RecoveryRound::run)));
    all.put("controllers", inTurn(ControllersRound::run));
    all.put("metadata", inTurn(ControllersRound::runMany));
    all.put("failover", inTurn(FailoverRound::run));
    all.put("replication", inTurn(ReplicationRound::run));
    all.put("rolling", inTurn(ReplicationRound::runRolling));
    all.put("leaders", inTurn(ManyLeadersRound::run));
    return all;
  }

  private static Program inTurn(Round round) {
    return rounds -> Comparison.run(rounds, round);
  }

  /** {@code NAME [number of rounds]}. */
  public static void main(String[] args) throws Exception {
    Program program = args.length > 0 ? all().get(args[0]) : null;
    if (program == null) {
      System.err.println("Usage: bench/compare.sh " + all().keySet() + " [rounds]");
      System.exit(2);
    }
    program.run(args.length > 1 ? Integer.parseInt(args[1]) : ROUNDS);
  }
}
