package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.gofka.log.FaultyLogDisk.Fault;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
  private static final int FIRST = Integer.getInteger("gofka.fault.k", 1);
  private static final int LAST = Integer.getInteger("gofka.fault.k", OPERATIONS);

  /** Each operation fails in one way, by turns; so do they in all six, in six times the time. */
  private static final boolean EVERY_KIND = Boolean.getBoolean("gofka.fault.every");

  private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.gofka.log");

  private static ResourceLeakDetector.Level leaks;

  /**
   * Each of some thousand failures is told; nobody could read that. References are counted by the
   * scenario itself, and watching every touch of a buffer would take ten times as long.
   */
  @BeforeAll
  static void beSilent() {
    leaks = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
    LOG.setLevel(Level.toLevel(System.getProperty("gofka.fault.log"), Level.OFF));
  }

  @AfterAll
  static void speakAgain() {
    ResourceLeakDetector.setLevel(leaks);
    LOG.setLevel(null);
  }

  @Test
  void scenarioHasAsManyOperationsAsItIsSaidToHave() throws IOException {
    long operations = ShardFaultScenario.operations(SEED);
    assertTrue(operations >= OPERATIONS, () -> "only " + operations);
  }

  @Test
  void noFailureOfTheDiskLosesWhatWasAcknowledged() {
    List<Kind> kinds = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      kinds.add(new Kind(fault, false));
      kinds.add(new Kind(fault, true));
    }
    for (int k = FIRST; k <= LAST; k++) {
      if (EVERY_KIND) {
        for (Kind kind : kinds) {
          fail(k, kind);
        }
      } else {
        fail(k, kinds.get(k % kinds.size()));
      }
    }
  }

  /**
   * @param lasting until space returns or the disk is repaired
   */
  private record Kind(Fault fault, boolean lasting) {}

  private static void fail(int k, Kind kind) {
    try {
      new ShardFaultScenario(SEED, k).run(k, kind.fault(), kind.lasting());
    } catch (IOException | RuntimeException | AssertionError failed) {
      throw new AssertionError(
          kind
              + " at operation "
              + k
              + "; replay with -Dgofka.seed="
              + SEED
              + " -Dgofka.fault.every=true -Dgofka.fault.k="
              + k,
          failed);
    }
  }
}
