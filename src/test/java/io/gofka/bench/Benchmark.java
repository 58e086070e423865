package io.gofka.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The benchmarks by name. */
public final class Benchmark {
  private static final int ROUNDS = 3;

  private Benchmark() {}

  private static Map<String, Round> all() {
    var all = new LinkedHashMap<String, Round>();
    all.put("clients", Round.of(ClientsRound::run));
    all.put("scale", Round.of(ScaleRound::run));
    all.put("fsync", Round.of(FsyncRound::run));
    all.put("recovery", Round.of(RecoveryRound::run));
    all.put("controllers", ControllersRound::run);
    all.put("metadata", ControllersRound::runMany);
    all.put("failover", FailoverRound::run);
    all.put("replication", ReplicationRound::run);
    all.put("rolling", ReplicationRound::runRolling);
    all.put("leaders", ManyLeadersRound::run);
    return all;
  }

  /** {@code NAME [number of rounds]}. */
  public static void main(String[] args) throws Exception {
    Round round = args.length > 0 ? all().get(args[0]) : null;
    if (round == null) {
      System.err.println("Usage: bench/compare.sh " + all().keySet() + " [rounds]");
      System.exit(2);
    }
    Comparison.run(args.length > 1 ? Integer.parseInt(args[1]) : ROUNDS, round);
  }
}
