package io.gofka.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ClientHistoryTest {
  private final ClientHistory history = new ClientHistory();

  @Test
  void historyOfOneClientAfterTheOtherIsLinearizable() {
    int first = history.begin();
    history.committed(first, 3);
    history.acknowledged(first, 3);
    long floor = history.beginRead();
    int second = history.begin();
    history.committed(second, 4);
    history.acknowledged(second, 4);
    history.read(floor, 3); // Both at the same time: it may have seen the second, or not.
    assertEquals(2, history.acknowledgedCount());
  }

  @Test
  void commandBeforeOneThatWasDoneWhenItBeganIsNot() {
    int first = history.begin();
    history.committed(first, 3);
    history.acknowledged(first, 3);
    int second = history.begin();
    history.committed(second, 2);
    assertBroken("linearizable commands", () -> history.acknowledged(second, 2));
  }

  @Test
  void readOfLessThanWasKnownIsNot() {
    int first = history.begin();
    history.committed(first, 3);
    history.acknowledged(first, 3);
    long floor = history.beginRead();
    assertBroken("linearizable reads", () -> history.read(floor, 2));
  }

  @Test
  void readOfLessThanAnEarlierReadIsNot() {
    history.read(history.beginRead(), 7);
    long floor = history.beginRead();
    assertBroken("linearizable reads", () -> history.read(floor, 6));
  }

  @Test
  void refusedCommandIsNeverCommitted() {
    int command = history.begin();
    history.refused(command);
    assertBroken("refused means never", () -> history.committed(command, 1));
  }

  @Test
  void noCommandIsCommittedTwice() {
    int command = history.begin();
    history.committed(command, 1);
    assertBroken("command at most once", () -> history.committed(command, 2));
  }

  @Test
  void acknowledgedCommandStandsWhereItsReplySays() {
    int command = history.begin();
    history.committed(command, 1);
    assertBroken("acknowledged means committed", () -> history.acknowledged(command, 2));
  }

  private static void assertBroken(String invariant, Executable what) {
    assertEquals(invariant, assertThrows(Violation.class, what).invariant());
  }
}
