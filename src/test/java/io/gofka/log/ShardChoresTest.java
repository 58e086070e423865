package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.FaultyLogDisk.Fault;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that was given out before a failure of the disk, and is done after it. */
class ShardChoresTest {
  private final MemoryLogDisk memory = new MemoryLogDisk();
  private final FaultyLogDisk disk = new FaultyLogDisk(memory, "memory");
  private final ShardFixture fixture = new ShardFixture(disk);
  private final ManualShardHost host = fixture.host();

  @BeforeEach
  void start() throws IOException {
    fixture.start();
  }

  @Test
  void segmentThatWasDeletedBeforeItsChoreIsNotMadeAgain() throws IOException {
    TopicIdPartition partition =
        fixture.create(
            "topic",
            Map.of(
                "internal.segment.bytes",
                "100",
                "retention.bytes",
                "250",
                "flush.messages",
                "1",
                "file.delete.delay.ms",
                "60000"));
    for (int i = 0; i < 6; i++) {
      fixture.append(partition, "value" + i);
      host.runWrite(); // It is durable, but what the roll has left to do waits.
    }
    disk.fail(Fault.EIO, 1, false);
    host.runOrdered();
    assertEquals(LogState.WRITES_REFUSED, fixture.state(partition));
    fixture.shard().tidy();
    host.runOrdered();
    long startOffset = fixture.log(partition).logStartOffset();
    assertTrue(startOffset > 1, "room is made");
    host.advance(ShardFailures.FIRST_TRIAL_MS);
    host.runAll();
    assertEquals(LogState.SERVING, fixture.state(partition));
    List<String> records = fixture.records(partition);
    for (long deleted = 0; deleted < startOffset; deleted++) {
      String name = LogFiles.segment(partition.toString(), deleted);
      assertFalse(memory.files(LogFiles.SEGMENT).contains(name), name + " is there again");
    }
    memory.kill();
    fixture.start();
    assertEquals(LogState.SERVING, fixture.state(partition));
    assertEquals(records, fixture.records(partition));
  }

  @Test
  void whatAFailedSyncHasLostIsWrittenAgainByTheNextProcess() throws IOException {
    TopicIdPartition partition =
        fixture.create(
            "topic", Map.of("internal.segment.bytes", "300", "file.delete.delay.ms", "0"));
    for (int i = 0; i < 3; i++) {
      fixture.append(partition, "value" + i);
    }
    fixture.shard().work().flush(fixture.partition(partition));
    disk.fail(Fault.EIO, 1, true);
    host.runAll();
    assertTrue(disk.hasFailed());
    disk.heal(); // Nobody has heard of it: the process dies before it tries again.
    memory.kill();
    fixture.start();
    for (int i = 3; i < 12; i++) {
      fixture.append(partition, "value" + i);
      host.runAll();
    }
    List<String> records = fixture.records(partition);
    assertTrue(fixture.log(partition).segmentCount() > 2, "the first segments are proven");
    fixture.stop();
    disk.losePower(new Random(1));
    fixture.start();
    assertEquals(LogState.SERVING, fixture.state(partition));
    assertEquals(records, fixture.records(partition));
  }

  @Test
  void snapshotThatCouldNotBeWrittenIsWrittenAtTheStop() throws IOException {
    for (int k = 1; k <= 12; k++) {
      ShardChoresTest run = new ShardChoresTest();
      run.start();
      run.stopAfterFailure(k);
    }
  }

  private void stopAfterFailure(int k) throws IOException {
    TopicIdPartition partition = fixture.create("topic", Map.of());
    fixture.append(partition, Batches.produced(1, 0, 0, host.timestampMs(), "a"), Origin.CLIENT, 1);
    fixture.shard().work().flush(fixture.partition(partition));
    host.runAll();
    fixture.shard().tidy(); // Everything is durable, so it is proven.
    disk.fail(Fault.EIO, k, false);
    host.runAll();
    disk.heal();
    host.advance(ShardFailures.FIRST_TRIAL_MS);
    host.runAll();
    assertEquals(LogState.SERVING, fixture.state(partition));
    assertTrue(fixture.stop());
    String snapshot = LogFiles.producers(partition.toString(), 1);
    assertTrue(memory.files(LogFiles.PRODUCERS).contains(snapshot), "after failure " + k);
  }
}
