package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compaction leaves gaps in the offsets; whether a gap is one of those, or a loss. */
class CompactedRecoveryTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final TopicIdPartition PARTITION =
      new TopicIdPartition(new UUID(1, 2), "topic", 0);
  private static final String FOLDER = "topic-0";
  private static final LogConfig COMPACTED = config("compact");
  private static final LogConfig DELETED = config("delete");

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private PartitionLog log;

  private static LogConfig config(String cleanupPolicy) {
    return ShardFixture.config(
        Map.of(
            "internal.segment.bytes", "600",
            "index.interval.bytes", "1",
            "cleanup.policy", cleanupPolicy));
  }

  /** Three keys, each many times, over several segments. */
  @BeforeEach
  void write() throws IOException {
    log = PartitionLog.create(disk, FOLDER, PARTITION, COMPACTED, NOW, 0);
    log.becomeLeader(0);
    for (int i = 0; i < 20; i++) {
      append(i % 3 == 0 ? "once" + i : "v" + i % 2);
    }
  }

  private void append(String value) throws IOException {
    ByteBuf bytes = Batches.plain(NOW, value);
    LogAppend append = log.begin(Batches.view(bytes), bytes.readableBytes(), 0, NOW);
    append.write();
    log.commit(append, NOW, 0);
    log.onCommitted(log.logEndOffset());
    bytes.release();
    Cleanings.runChores(log);
  }

  private void compact() throws IOException {
    assertTrue(Cleanings.clean(log, NOW, Cleanings.UNLIMITED).orElseThrow().swaps() > 0);
  }

  private void stop() throws IOException {
    Chore close = log.close().orElse(() -> {});
    close.run();
    close.done();
    log.closeFiles();
  }

  private void open(LogConfig config) throws IOException {
    log = LogRecovery.open(disk, FOLDER, PARTITION, config, NOW, 0);
    log.onCommitted(log.logEndOffset());
  }

  private void loseIndexes() {
    disk.files(LogFiles.INDEX).forEach(disk::delete);
  }

  private void loseLastBatch(String segment) {
    byte[] content = disk.content(segment);
    int last = 0;
    for (int at = 0; at < content.length; ) {
      last = at;
      at += new RecordBatch(Unpooled.wrappedBuffer(content), at).sizeInBytes();
    }
    disk.put(segment, Arrays.copyOf(content, last));
  }

  private List<Long> offsets() throws IOException {
    List<Long> offsets = new ArrayList<>();
    for (Segment segment : log.segments()) {
      ByteBuf bytes = new LogSlice(java.util.Optional.of(segment), 0, segment.sizeBytes()).buffer();
      for (int at = 0; at < bytes.readableBytes(); ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        offsets.add(batch.baseOffset());
        at += batch.sizeInBytes();
      }
      bytes.release();
    }
    return offsets;
  }

  @Test
  void topicThatIsNotCompactedAnyMoreKeepsItsGapsThoughNoIndexTellsOfThem() throws IOException {
    compact();
    List<Long> offsets = offsets();
    stop();
    loseIndexes();
    open(DELETED);
    assertEquals(20, log.logEndOffset());
    assertEquals(offsets, offsets());
    stop();
    disk.delete(LogFiles.in(FOLDER, LogFiles.CLEANER_OFFSET));
    open(DELETED); // Now the indexes tell of them.
    assertEquals(offsets, offsets());
  }

  @Test
  void gapsBehindWhatWasCompactedAreALossThoughTheTopicIsCompacted() throws IOException {
    compact();
    for (int i = 0; i < 10; i++) {
      append("later" + i);
    }
    stop();
    String sealed = disk.files(LogFiles.SEGMENT).get(disk.files(LogFiles.SEGMENT).size() - 2);
    loseIndexes();
    loseLastBatch(sealed);
    assertThrows(LogCorruptException.class, () -> open(COMPACTED));
  }

  @Test
  void logThatWasNeverCompactedHasNoGaps() throws IOException {
    stop();
    String first = disk.files(LogFiles.SEGMENT).get(0);
    loseIndexes();
    loseLastBatch(first);
    assertThrows(LogCorruptException.class, () -> open(COMPACTED));
  }

  @Test
  void truncationWithinACompactedSegmentTakesOnlyWhatLiesBehind() throws IOException {
    compact();
    List<Long> offsets = offsets();
    long cut = log.segments().get(0).endOffset() - 1;
    log = log.truncateTo(cut, NOW);
    List<Long> left = offsets.stream().filter(offset -> offset < cut).toList();
    assertTrue(left.size() > 1, () -> "a segment of more than one batch: " + offsets);
    assertEquals(left, offsets());
  }

  @Test
  void damagedFileOfTheCleanerLeavesOpenWhichGapsAreLosses() throws IOException {
    compact();
    List<Long> offsets = offsets();
    stop();
    loseIndexes();
    disk.put(LogFiles.in(FOLDER, LogFiles.CLEANER_OFFSET), new byte[3]);
    open(COMPACTED);
    assertEquals(offsets, offsets());
    assertEquals(0, log.compaction().firstDirtyOffset());
  }
}
