package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.log.CountingDisk.StoppedException;
import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The process or the power goes at every single operation on the disk of a round of compaction:
 * each time the log is what it was before or after the replacement of one of its segments.
 */
@ExtendWith(SampledLeaks.class)
class CompactionCrashTest {
  private static final int SEEDS = Integer.getInteger("gofka.compaction.crash.seeds", 8);
  private static final int APPENDS = 60;

  /** A log with something to clean, durable as a whole. */
  private static final class Prepared {
    private final CountingDisk[] disk = new CountingDisk[1];
    private final CompactionHistory history;

    Prepared(long seed) throws IOException {
      history =
          new CompactionHistory(
              seed,
              memory -> {
                disk[0] = new CountingDisk(memory);
                return disk[0];
              });
      for (int i = 0; i < APPENDS; i++) {
        history.timestampMs += 100;
        history.append();
      }
      history.stopAndStart();
      for (String name : history.memory.files("")) {
        DiskFile file = history.memory.open(name);
        file.sync();
        file.release();
      }
      history.memory.syncFolder("topic-0");
      history.memory.syncFolder(LogDisk.ROOT);
    }

    String content() throws IOException {
      return String.join("\n", ModelLog.describe(history.read()));
    }
  }

  /** All that the log goes through in a round, and how many operations that takes. */
  private record Course(List<String> states, int operations) {}

  private static Course undisturbed(long seed) throws IOException {
    Prepared prepared = new Prepared(seed);
    List<String> states = new ArrayList<>();
    states.add(prepared.content());
    Cleanings.clean(
        prepared.history.log,
        prepared.history.timestampMs,
        Cleanings.UNLIMITED,
        () -> states.add(prepared.content()));
    Prepared counted = new Prepared(seed); // Looking at the content opens files, too.
    counted.disk[0].stopAfter(Integer.MAX_VALUE);
    Cleanings.clean(counted.history.log, counted.history.timestampMs, Cleanings.UNLIMITED);
    return new Course(states, counted.disk[0].operations());
  }

  @Test
  void crashAtAnyMomentLeavesTheOldOrTheNew() throws IOException {
    int stops = 0;
    int changed = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Course course = undisturbed(seed);
      changed += course.states().size() - 1;
      for (int operation = 0; operation < course.operations(); operation++) {
        for (boolean power : new boolean[] {false, true}) {
          crash(seed, operation, power, course);
          stops++;
        }
      }
    }
    assertTrue(changed > SEEDS, "only " + changed + " segments were replaced");
    assertTrue(stops > 20 * SEEDS, "only " + stops + " crashes");
  }

  /** The second round may find that what a marker speaks of has gone in the first. */
  private static List<String> withoutMarkers(String content) {
    return content.lines().filter(line -> !line.contains(" control ")).toList();
  }

  private static void crash(long seed, int operation, boolean power, Course course) {
    String what = "seed " + seed + ", operation " + operation + (power ? ", power" : ", process");
    try {
      Prepared prepared = new Prepared(seed);
      CompactionHistory history = prepared.history;
      prepared.disk[0].stopAfter(operation);
      boolean stopped = false;
      try {
        Cleanings.clean(history.log, history.timestampMs, Cleanings.UNLIMITED);
      } catch (StoppedException expected) {
        stopped = true;
      }
      assertTrue(stopped, "the operation was never reached");
      prepared.disk[0].goOn();
      if (power) {
        history.memory.losePower(new Random(seed * 1000 + operation));
      } else {
        history.memory.kill();
      }
      history.reopen();
      String content = prepared.content();
      assertTrue(course.states().contains(content), () -> "neither old nor new:\n" + content);
      assertEquals(List.of(), history.memory.files(LogFiles.CLEANED));
      assertEquals(List.of(), history.memory.files(LogFiles.SWAP));
      assertEquals(List.of(), history.memory.files(LogFiles.DELETED));
      assertTrue(history.log.compaction().firstDirtyOffset() <= history.log.logEndOffset());
      Cleanings.clean(history.log, history.timestampMs, Cleanings.UNLIMITED);
      String last = course.states().get(course.states().size() - 1);
      assertEquals(withoutMarkers(last), withoutMarkers(prepared.content()), "at last");
    } catch (Throwable failure) {
      throw new AssertionError(what, failure);
    }
  }
}
