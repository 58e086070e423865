package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a log that is written to is synced, so that a crash costs no more than it has to. */
class RecoveryPointTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final int BATCH_BYTES = 8 << 20;
  private static final String FOLDER = "topic-0";

  @TempDir Path directory;
  private final TopicIdPartition partition = new TopicIdPartition(Uuids.random(), "topic", 0);
  private PartitionLog log;

  @AfterEach
  void close() throws IOException {
    for (Chore chore : log.close().stream().toList()) {
      chore.run();
    }
  }

  @BeforeEach
  void create() {
    log =
        PartitionLog.create(
            new FileLogDisk(directory), FOLDER, partition, LogConfig.DEFAULT, NOW, 0);
  }

  /** Appends a little more than that, in so long. */
  private void append(int bytes, long fromMs, long durationMs) throws IOException {
    int last = bytes / BATCH_BYTES;
    for (int i = 0; i <= last; i++) {
      append(fromMs + durationMs * i / last);
    }
  }

  private void append(long nowMs) throws IOException {
    ByteBuf records = Batches.plain(NOW, "x".repeat(BATCH_BYTES / 2)); // As key and value.
    try {
      LogAppend append = log.begin(Batches.view(records), records.readableBytes(), 3, NOW);
      append.write();
      log.commit(append, NOW, nowMs);
    } finally {
      records.release();
    }
  }

  /** Whether an append finds that it is time. */
  private boolean isProven(long nowMs) throws IOException {
    append(nowMs);
    return hasChores();
  }

  private boolean hasChores() throws IOException {
    List<Chore> chores = log.takeChores();
    for (Chore chore : chores) {
      chore.run();
      chore.done();
    }
    boolean proven = !chores.isEmpty();
    assertTrue(!proven || Files.exists(directory.resolve(LogFiles.index(FOLDER, 0))));
    return proven;
  }

  @Test
  void whatTheKernelHasWrittenInTheMeantimeIsSynced() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES, 0, RecoveryPoint.WRITTEN_BACK_MS);
    assertTrue(isProven(RecoveryPoint.WRITTEN_BACK_MS));
  }

  @Test
  void littleIsNotSynced() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES / 2, 0, 10 * RecoveryPoint.WRITTEN_BACK_MS);
    assertFalse(isProven(10 * RecoveryPoint.WRITTEN_BACK_MS));
  }

  @Test
  void whatWasJustWrittenWaitsForTheKernel() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES, 0, RecoveryPoint.WRITTEN_BACK_MS - 1);
    assertFalse(isProven(RecoveryPoint.WRITTEN_BACK_MS));
  }

  @Test
  void muchDoesNotWait() throws IOException {
    append(RecoveryPoint.MAX_BYTES, 0, 2_000);
    assertTrue(isProven(2_000));
  }

  @Test
  void theTimeIsThatOfWhatIsNotProvenYet() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES, 0, RecoveryPoint.WRITTEN_BACK_MS);
    assertTrue(isProven(RecoveryPoint.WRITTEN_BACK_MS));
    append(RecoveryPoint.INTERVAL_BYTES, RecoveryPoint.WRITTEN_BACK_MS, 1_000);
    assertFalse(isProven(2 * RecoveryPoint.WRITTEN_BACK_MS));
  }

  @Test
  void whatNobodyAddsToAnyMoreIsSynced() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES, 0, 1_000);
    log.tidy(NOW, 1_000);
    assertFalse(hasChores(), "it was written to just now");
    log.tidy(NOW, 1_001);
    assertTrue(hasChores());
    log.tidy(NOW, 1_001);
    assertFalse(hasChores(), "nothing has come since");
  }

  @Test
  void littleIsNotSyncedForBeingOld() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES / 2, 0, 1_000);
    log.tidy(NOW, Long.MAX_VALUE);
    assertFalse(hasChores());
  }

  /** Recovery leaves a tail of that length as it is. */
  @Test
  void whatACrashHasLeftUnprovenIsSyncedOnceItIsIdle() throws IOException {
    append(RecoveryPoint.INTERVAL_BYTES, 0, 1_000);
    log =
        LogRecovery.open(
            new FileLogDisk(directory), FOLDER, partition, LogConfig.DEFAULT, NOW, 1_000);
    log.tidy(NOW, 0);
    assertTrue(hasChores());
  }
}
