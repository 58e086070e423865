package io.gofka.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The simulation would find bugs: each of the mutants is found within {@link MutationProof#SEEDS}
 * seeds. A mutant whose snippet is gone from the source has to follow the code.
 */
class MutationTest {
  @Test
  void everyMutantIsFound() {
    List<Mutant> mutants = RaftMutants.all();
    assertTrue(mutants.size() >= 30, mutants.size() + " mutants");
    List<MutationProof.Outcome> outcomes = MutationProof.hunt(mutants);
    outcomes.forEach(System.out::println);
    List<String> missed =
        outcomes.stream().filter(o -> !o.found()).map(o -> o.mutant().bug()).toList();
    assertEquals(List.of(), missed);
  }
}
