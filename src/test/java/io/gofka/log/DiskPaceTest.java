package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When writes leave the event loop, and when they come back. */
class DiskPaceTest {
  private static final TopicIdPartition PARTITION =
      new TopicIdPartition(Uuids.random(), "topic", 0);

  private final DiskPace pace = new DiskPace();

  @Test
  void shortWritesStayOnTheLoop() {
    pace.onLoopWrite(PARTITION, 1, 0, DiskPace.SLOW_WRITE_MS - 1);
    assertFalse(pace.avoidsLoop(DiskPace.SLOW_WRITE_MS));
  }

  @Test
  void slowWriteKeepsTheNextOnesOffTheLoopUntilAllHasBeenCalmForAWhile() {
    pace.onLoopWrite(PARTITION, 1, 0, DiskPace.SLOW_WRITE_MS);
    assertTrue(pace.avoidsLoop(DiskPace.CALM_MS));
    DiskPace.Write onWorker = pace.begin(DiskPace.CALM_MS, false);
    pace.end(onWorker, DiskPace.CALM_MS + DiskPace.SLOW_WRITE_MS);
    assertTrue(pace.avoidsLoop(2 * DiskPace.CALM_MS));
    assertFalse(pace.avoidsLoop(2 * DiskPace.CALM_MS + DiskPace.SLOW_WRITE_MS));
  }

  @Test
  void syncThatDoesNotEndIsASignWhileItIsUnderWay() {
    pace.begin(0, true);
    assertFalse(pace.avoidsLoop(DiskPace.SLOW_SYNC_MS - 1));
    assertTrue(pace.avoidsLoop(DiskPace.SLOW_SYNC_MS));
  }

  @Test
  void writesLeaveBeforeTheKernelHoldsWritersUp() {
    pace.onWriteBack(List.of(new WriteBack(79_999, 100_000, 0, 0)), 0);
    assertFalse(pace.avoidsLoop(0));
    pace.onWriteBack(List.of(new WriteBack(80_000, 100_000, 0, 0)), 0);
    assertTrue(pace.avoidsLoop(0));
  }

  @Test
  void burstBetweenTwoLooksLeavesTheLoopBeforeItFillsWhatTheKernelTakes() {
    pace.onWriteBack(List.of(new WriteBack(0, 100_000, 0, 0)), 0);
    int budget = 80_000 * 4096 / DiskPace.BUDGET_SHARE;
    pace.onLoopWrite(PARTITION, budget - 1, 0, 1);
    assertFalse(pace.avoidsLoop(1));
    pace.onLoopWrite(PARTITION, 1, 1, 1);
    assertTrue(pace.avoidsLoop(1));
    assertFalse(pace.isSlow(1), "nothing has shown that the disk is slow");
    pace.onWriteBack(List.of(new WriteBack(10_000, 100_000, 0, 0)), 200);
    assertFalse(pace.avoidsLoop(200), "the kernel has written most of it");
  }

  @Test
  void askingWhetherTheDiskIsSlowChangesNothing() {
    DiskPace.Write onWorker = pace.begin(0, false);
    assertTrue(pace.isSlow(DiskPace.SLOW_WRITE_MS));
    assertFalse(pace.isSlow(0));
    pace.end(onWorker, 0);
    assertFalse(pace.avoidsLoop(DiskPace.SLOW_WRITE_MS), "it has ended in time after all");
  }

  @Test
  void deviceThatAnswersNothingIsASignAndAnIdleOrBusyOneIsNot() {
    pace.onWriteBack(List.of(new WriteBack(0, 100, 0, 7)), 0);
    pace.onWriteBack(List.of(new WriteBack(0, 100, 0, 7)), 200);
    pace.onWriteBack(List.of(new WriteBack(0, 100, 5, 7)), 400); // They may have come just now.
    pace.onWriteBack(List.of(new WriteBack(0, 100, 5, 9)), 600);
    assertFalse(pace.avoidsLoop(600));
    pace.onWriteBack(List.of(new WriteBack(0, 100, 6, 9)), 800);
    assertTrue(pace.avoidsLoop(800));
  }

  @Test
  void kernelsNumbersAreUnderstood() {
    WriteBack seen =
        WriteBack.of(
            Map.of(
                "nr_dirty", 30L,
                "nr_writeback", 12L,
                "nr_dirty_threshold", 2_000L,
                "nr_dirty_background_threshold", 1_000L),
            new long[] {100, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 5, 0});
    assertEquals(new WriteBack(42, 1_500, 3, 129), seen);
    assertEquals(0, WriteBack.of(Map.of(), new long[0]).sign(WriteBack.UNKNOWN).stream().count());
  }

  @Test
  void thisMachineIsReadWithoutFailing(@TempDir Path directory) {
    WriteBack seen = FileWriteBack.read(List.of(directory)).get(0);
    assertTrue(seen.freePages() > 0 && seen.inFlight() >= 0, seen.toString());
  }
}
