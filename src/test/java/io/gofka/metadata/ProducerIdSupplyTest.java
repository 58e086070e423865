package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.ProducerIdSupply.BlockWanted;
import io.gofka.metadata.ProducerIdSupply.Effect;
import io.gofka.metadata.ProducerIdSupply.Given;
import io.gofka.metadata.ProducerIdSupply.Refused;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProducerIdSupplyTest {
  private final ProducerIdSupply<String> supply = new ProducerIdSupply<>();

  @Test
  void firstAskersWaitForOneBlockTogether() {
    assertEquals(List.of(new BlockWanted<>()), supply.onAsked("a"));
    assertEquals(List.of(), supply.onAsked("b"));
    assertEquals(
        List.of(new Given<>("a", 500), new Given<>("b", 501)),
        supply.onBlock(new ProducerIdBlock(500, 1000)));
    assertEquals(List.of(new Given<>("c", 502)), supply.onAsked("c"));
  }

  @Test
  void nextBlockIsAskedForBeforeTheOldOneIsUsedUp() {
    supply.onAsked("a");
    supply.onBlock(new ProducerIdBlock(0, 1000));
    for (int id = 1; id < 899; id++) {
      assertEquals(List.of(new Given<>("x", id)), supply.onAsked("x"));
    }
    assertEquals(List.of(new Given<>("x", 899), new BlockWanted<>()), supply.onAsked("x"));
    assertEquals(List.of(new Given<>("x", 900)), supply.onAsked("x"));
    assertEquals(List.of(), supply.onBlock(new ProducerIdBlock(5000, 1000)));
    for (int id = 901; id < 1000; id++) {
      assertEquals(List.of(new Given<>("x", id)), supply.onAsked("x"));
    }
    assertEquals(List.of(new Given<>("x", 5000)), supply.onAsked("x"));
  }

  @Test
  void failureRefusesThoseWhoWaitAndTheNextAskerTriesAgain() {
    supply.onAsked("a");
    assertEquals(List.of(new Refused<>("a")), supply.onNoBlock());
    assertEquals(List.of(new BlockWanted<>()), supply.onAsked("b"));
  }

  @Test
  void waitingIsBounded() {
    for (int i = 0; i < ProducerIdSupply.MAX_WAITING; i++) {
      supply.onAsked("x");
    }
    assertEquals(List.of(new Refused<>("late")), supply.onAsked("late"));
  }

  @Test
  void noIdIsGivenTwiceWhateverHappens() {
    Random random = new Random(11);
    Set<Long> given = new HashSet<>();
    long nextBlock = 0;
    boolean wanted = false;
    for (int i = 0; i < 50_000; i++) {
      List<Effect<String>> effects = List.of();
      int what = random.nextInt(100);
      if (what < 90) {
        effects = supply.onAsked("x");
      } else if (wanted && what < 98) {
        wanted = false;
        effects = supply.onBlock(new ProducerIdBlock(nextBlock, 1000));
        nextBlock += 1000;
      } else if (wanted) {
        wanted = false;
        effects = supply.onNoBlock();
      }
      for (Effect<String> effect : effects) {
        if (effect instanceof Given<String> gift) {
          assertTrue(given.add(gift.producerId()), "id " + gift.producerId());
          assertTrue(gift.producerId() < nextBlock);
        } else if (effect instanceof BlockWanted<String>) {
          assertTrue(!wanted, "a second block is asked for");
          wanted = true;
        } else {
          assertInstanceOf(Refused.class, effect);
        }
      }
    }
    assertTrue(given.size() > 10_000);
  }
}
