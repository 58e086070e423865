package io.gofka.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The simulation would find bugs: each of the mutants is found within {@link MutationProof#SEEDS}
 * seeds. Since that takes minutes, a build hunts for those only that commit too early; {@code
 * -Dgofka.sim.mutants=all} for all of them.
 */
@ExtendWith(QuietLogs.class)
class MutationTest {
  @Test
  void everyMutantStillFitsTheCode() {
    List<Mutant> mutants = MutationProof.all();
    assertTrue(mutants.size() >= 30, mutants.size() + " mutants");
    mutants.forEach(Mutant::source);
    assertEquals(mutants.size(), mutants.stream().map(Mutant::bug).distinct().count());
  }

  @Test
  void mutantsAreFound() {
    boolean whole = "all".equals(System.getProperty("gofka.sim.mutants"));
    List<Mutant> hunted = whole ? MutationProof.all() : ReplicationMutants.COMMITTING;
    List<MutationProof.Outcome> outcomes = MutationProof.hunt(hunted);
    outcomes.forEach(System.out::println);
    List<String> missed =
        outcomes.stream().filter(o -> !o.found()).map(o -> o.mutant().bug()).toList();
    assertEquals(List.of(), missed);
  }
}
