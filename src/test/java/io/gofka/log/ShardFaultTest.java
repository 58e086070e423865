package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.gofka.log.FaultyLogDisk.Fault;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The k-th operation of the disk fails, for every k of a scenario of 2,000: whatever was
 * acknowledged as durable is served intact afterwards, everything is served again once the fault is
 * over, and nobody but the partition it was for is concerned.
 */
class ShardFaultTest {
  private static final long SEED = Long.getLong("gofka.seed", 3);
  private static final int OPERATIONS = 2_000;

  private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.gofka.log");

  /** Each of some thousand failures is told; nobody could read that. */
  @BeforeAll
  static void beSilent() {
    LOG.setLevel(Level.toLevel(System.getProperty("gofka.fault.log"), Level.OFF));
  }

  @AfterAll
  static void speakAgain() {
    LOG.setLevel(null);
  }

  @Test
  void scenarioHasAsManyOperationsAsItIsSaidToHave() throws IOException {
    long operations = ShardFaultScenario.operations(SEED);
    assertTrue(operations >= OPERATIONS, () -> "only " + operations);
  }

  @Test
  void inputOutputErrorOnceLosesNothing() {
    failAtEach(Fault.EIO, false);
  }

  @Test
  void inputOutputErrorsThatLastLoseNothing() {
    failAtEach(Fault.EIO, true);
  }

  @Test
  void fullDiskOnceLosesNothing() {
    failAtEach(Fault.ENOSPC, false);
  }

  @Test
  void fullDiskUntilSpaceReturnsLosesNothing() {
    failAtEach(Fault.ENOSPC, true);
  }

  @Test
  void shortWriteLosesNothing() {
    failAtEach(Fault.SHORT, false);
  }

  @Test
  void shortWritesUntilSpaceReturnsLoseNothing() {
    failAtEach(Fault.SHORT, true);
  }

  private static void failAtEach(Fault fault, boolean lasting) {
    int only = Integer.getInteger("gofka.k", 0);
    int first = only > 0 ? only : 1;
    int last = only > 0 ? only : OPERATIONS;
    for (int k = first; k <= last; k++) {
      try {
        new ShardFaultScenario(SEED, k).run(k, fault, lasting);
      } catch (IOException | RuntimeException | AssertionError failed) {
        throw new AssertionError(
            fault
                + (lasting ? " from" : " at")
                + " operation "
                + k
                + "; replay with -Dgofka.seed="
                + SEED
                + " -Dgofka.k="
                + k,
            failed);
      }
    }
  }
}
