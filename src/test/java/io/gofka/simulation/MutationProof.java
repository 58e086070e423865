package io.gofka.simulation;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Shows that the simulation would find bugs: runs it on each mutant until a seed fails. As a
 * program it does that for all mutants whose description contains a word, and says which seed found
 * which.
 */
final class MutationProof {
  /** Within so many seeds each mutant must be found. */
  static final int SEEDS = 500;

  private static final Set<String> CONTROLLERS =
      Set.of("io.gofka.raft", "io.gofka.metadata", "io.gofka.simulation");

  private static final Set<String> CLUSTERS =
      Set.of(
          "io.gofka.raft",
          "io.gofka.metadata",
          "io.gofka.replica",
          "io.gofka.log",
          "io.gofka.group",
          "io.gofka.simulation");

  private MutationProof() {}

  /**
   * What became of a mutant.
   *
   * @param finding of the first seed that failed, which stands in front; empty when none did
   */
  record Outcome(Mutant mutant, String finding, double seconds) {
    boolean found() {
      return !finding.isEmpty();
    }

    @Override
    public String toString() {
      String how = found() ? finding : "NOT FOUND";
      return "%-80s %5.1f s  %.160s".formatted(mutant.bug(), seconds, how);
    }
  }

  static List<Mutant> all() {
    return Stream.of(RaftMutants.all(), MetadataMutants.all(), ofClusters())
        .flatMap(List::stream)
        .toList();
  }

  /** Those that whole clusters are needed for. */
  private static List<Mutant> ofClusters() {
    return Stream.of(ReplicationMutants.all(), GroupMutants.all()).flatMap(List::stream).toList();
  }

  static Outcome hunt(Mutant mutant) {
    long began = System.nanoTime();
    boolean replication = ofClusters().contains(mutant);
    String finding;
    try {
      Class<?> simulate =
          Class.forName(
              "io.gofka.simulation." + (replication ? "SimulateReplication" : "Simulate"),
              true,
              new MutantLoader(mutant, replication ? CLUSTERS : CONTROLLERS));
      finding =
          (String)
              simulate
                  .getMethod("firstFailure", long.class, long.class)
                  .invoke(null, 0L, (long) SEEDS);
    } catch (ReflectiveOperationException broken) {
      throw new IllegalStateException(mutant.bug(), broken);
    }
    return new Outcome(mutant, finding, (System.nanoTime() - began) / 1e9);
  }

  static List<Outcome> hunt(List<Mutant> mutants) {
    return mutants.parallelStream().map(MutationProof::hunt).toList();
  }

  public static void main(String[] arguments) {
    String word = arguments.length > 0 ? arguments[0] : "";
    Map<String, List<Mutant>> named =
        Map.of("replication", ReplicationMutants.all(), "groups", GroupMutants.all());
    named.getOrDefault(word, all()).stream()
        .filter(mutant -> named.containsKey(word) || mutant.bug().contains(word))
        .parallel()
        .forEach(mutant -> System.out.println(hunt(mutant)));
  }
}
