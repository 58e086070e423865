package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Power fails before a rolled segment was synced; the disk wrote the next one back first. */
class LogRecoveryGapTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final TopicIdPartition PARTITION =
      new TopicIdPartition(new UUID(1, 2), "topic", 0);
  private static final String FOLDER = "topic-0";

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final List<Chore> chores = new ArrayList<>();

  /** Two batches to a segment, one record each. */
  private LogConfig config() {
    ByteBuf batch = Batches.plain(NOW, "a");
    int bytes = 2 * batch.readableBytes();
    batch.release();
    return LogConfig.of(
        TopicConfig.of(
            BrokerConfig.DEFAULTS, Map.of("internal.segment.bytes", Integer.toString(bytes))),
        Long.MAX_VALUE);
  }

  private void append(PartitionLog log) throws IOException {
    ByteBuf bytes = Batches.plain(NOW, "a");
    LogAppend append = log.begin(Batches.view(bytes), bytes.readableBytes(), 0, NOW);
    append.write();
    log.commit(append, NOW, 0);
    bytes.release();
    chores.addAll(log.takeChores());
  }

  private PartitionLog logOfFive() throws IOException {
    PartitionLog log = PartitionLog.create(disk, FOLDER, PARTITION, config(), NOW, 0);
    log.becomeLeader(0);
    for (int i = 0; i < 5; i++) {
      append(log);
    }
    return log;
  }

  private void cutToOneBatch(long baseOffset) {
    String file = LogFiles.segment(FOLDER, baseOffset);
    byte[] content = disk.content(file);
    disk.put(file, Arrays.copyOf(content, content.length / 2));
  }

  private PartitionLog recover() throws IOException {
    return LogRecovery.open(disk, FOLDER, PARTITION, config(), NOW, 0);
  }

  @Test
  void nothingBehindALostEndOfASegmentIsPartOfTheLog() throws IOException {
    logOfFive();
    disk.kill();
    cutToOneBatch(0); // Between two batches, so that nothing in the file tells.
    assertEquals(1, recover().logEndOffset());
    assertEquals(2, disk.files(LogFiles.DAMAGED).size());
    assertEquals(1, recover().logEndOffset(), "it stays so");
  }

  @Test
  void segmentThatWasEmptiedEndsTheLogToo() throws IOException {
    PartitionLog log = logOfFive();
    for (Chore chore : chores.subList(0, 1)) {
      chore.run(); // The first roll is made durable, the second isn't.
      chore.done();
    }
    log.closeFiles();
    disk.kill();
    disk.put(LogFiles.segment(FOLDER, 2), new byte[0]);
    assertEquals(2, recover().logEndOffset());
  }

  @Test
  void folderThatACrashLeftWithoutItsOwnerIsGivenItBack() throws IOException {
    logOfFive();
    disk.kill();
    String file = LogFiles.in(FOLDER, LogFiles.PARTITION_METADATA);
    disk.put(file, new byte[0]);
    recover();
    assertEquals(
        Optional.of(PARTITION.topicId()), PartitionMetadata.decode(disk.content(file), FOLDER));
  }
}
