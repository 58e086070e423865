package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.SegmentScan.Part;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A log with everything that logs have, to be damaged in many ways: sealed segments, a recovery
 * point within the active one and a tail behind it, snapshots of producers, leader epochs, deleted
 * records. It is opened again and read as the shard does it, and must be intact or refuse.
 */
final class DamagedLog {
  static final String FOLDER = "topic-0";
  static final long NOW = 1_700_000_000_000L;
  private static final int RECORDS = 2;
  private static final int EPOCH_AT = RecordBatch.PARTITION_LEADER_EPOCH_AT;

  final MemoryLogDisk disk = new MemoryLogDisk();
  final TopicIdPartition partition;
  private final LogConfig config;
  private final List<byte[]> batches = new ArrayList<>();
  private final List<Long> baseOffsets = new ArrayList<>();
  private final List<Integer> epochs = new ArrayList<>();
  private final Random random;
  private PartitionLog log;
  private int sequence;
  private int epoch;
  private long syncedOffset;
  private long startOffset;

  DamagedLog(long seed, int segmentBytes) throws IOException {
    this.partition = new TopicIdPartition(new UUID(7, seed), "topic", 0);
    this.random = new Random(seed);
    this.config =
        LogConfig.of(
            TopicConfig.of(
                BrokerConfig.DEFAULTS,
                Map.of(
                    "internal.segment.bytes",
                    Integer.toString(segmentBytes),
                    "index.interval.bytes",
                    "500")),
            Long.MAX_VALUE);
    this.log = PartitionLog.create(disk, FOLDER, partition, config, NOW, 0);
    log.becomeLeader(epoch);
  }

  void append(int valueBytes) throws IOException {
    byte[] value = new byte[valueBytes];
    random.nextBytes(value);
    ByteBuf bytes =
        Batches.of(NOW + batches.size(), "a", new String(value, StandardCharsets.ISO_8859_1))
            .producer(9, (short) 0, sequence)
            .build();
    sequence += RECORDS;
    List<RecordBatch> view = Batches.view(bytes);
    LogAppend append = log.begin(view, bytes.readableBytes(), epoch, NOW);
    append.write();
    log.commit(append, NOW, 0);
    log.onCommitted(log.logEndOffset());
    baseOffsets.add(view.get(0).baseOffset());
    epochs.add(epoch);
    batches.add(ByteBufUtil.getBytes(bytes));
    bytes.release();
    doChores();
  }

  void becomeLeader() {
    log.becomeLeader(++epoch);
  }

  void deleteBefore(long offset) throws IOException {
    log.deleteBefore(offset);
    startOffset = offset;
    doChores();
  }

  void flush() throws IOException {
    Chore flush = log.flush();
    flush.run();
    flush.done();
    doChores();
    syncedOffset = log.flushedOffset();
  }

  private void doChores() throws IOException {
    for (List<Chore> due = log.takeChores(); !due.isEmpty(); due = log.takeChores()) {
      for (Chore chore : due) {
        chore.run();
        chore.done();
      }
    }
    syncedOffset = Math.max(syncedOffset, log.flushedOffset());
  }

  /** What is on the disk; the log itself is left as it is. */
  SortedMap<String, byte[]> image() {
    return new TreeMap<>(disk.image());
  }

  long syncedOffset() {
    return syncedOffset;
  }

  long startOffset() {
    return startOffset;
  }

  long endOffset() {
    return log.logEndOffset();
  }

  /** The expected log up to here, without what comes after. */
  int batchesBelow(long offset) {
    int count = 0;
    while (count < baseOffsets.size() && baseOffsets.get(count) < offset) {
      count++;
    }
    return count;
  }

  // ---- opened again

  /** What came of opening a damaged log. */
  record Outcome(boolean offline, long startOffset, long endOffset) {}

  /**
   * Opens what is on {@code on} twice and reads all of it.
   *
   * @param minEndOffset the log must reach so far if it is served
   */
  Outcome check(MemoryLogDisk on, long minEndOffset) throws IOException {
    SortedMap<String, byte[]> before = on.image();
    Outcome first = open(on, minEndOffset);
    if (first.offline() && first.endOffset() < 0) {
      assertUntouched(before, on.image());
    }
    Outcome second = open(on, minEndOffset);
    assertEquals(first, second, "opened again");
    return first;
  }

  /** Opens it without reading; where it ends, -1 when it refuses. */
  long endOf(MemoryLogDisk on) throws IOException {
    try {
      PartitionLog opened = LogRecovery.open(on, FOLDER, partition, config, NOW, 0);
      opened.closeFiles();
      return opened.logEndOffset();
    } catch (LogCorruptException refused) {
      return -1;
    }
  }

  /** Bytes of all batches before an offset. */
  int sizeUpTo(long offset) {
    int size = 0;
    for (int i = 0; i < batches.size() && baseOffsets.get(i) < offset; i++) {
      size += batches.get(i).length;
    }
    return size;
  }

  private static void assertUntouched(
      SortedMap<String, byte[]> before, SortedMap<String, byte[]> after) {
    before.forEach(
        (name, content) ->
            assertTrue(
                Arrays.equals(content, after.get(name)), name + " of a damaged log is changed"));
  }

  private Outcome open(MemoryLogDisk on, long minEndOffset) throws IOException {
    PartitionLog opened;
    try {
      opened = LogRecovery.open(on, FOLDER, partition, config, NOW, 0);
    } catch (LogCorruptException refused) {
      on.kill();
      return new Outcome(true, -1, -1);
    }
    long start = opened.logStartOffset();
    long end = opened.logEndOffset();
    assertTrue(start <= startOffset, "begins at " + start + ", not at " + startOffset);
    assertTrue(end >= minEndOffset, "ends at " + end + ", durable up to " + minEndOffset);
    boolean offline;
    try {
      readAll(opened, end);
      offline = false;
    } catch (LogCorruptException refused) {
      offline = true;
    }
    opened.closeFiles();
    assertEquals(0, on.openReferences(), "files stay open");
    return new Outcome(offline, start, end);
  }

  private void readAll(PartitionLog opened, long end) throws IOException {
    long offset = opened.logStartOffset();
    int index = batchesBelow(offset);
    if (index > 0 && index < baseOffsets.size() && baseOffsets.get(index) > offset) {
      index--; // The log begins within a batch.
    } else if (index == baseOffsets.size() && offset < end) {
      index--;
    }
    while (offset < end) {
      LogSlice slice = read(opened, offset, end);
      assertTrue(slice.isVerified(), "served unchecked");
      ByteBuf bytes = slice.buffer();
      byte[] read = ByteBufUtil.getBytes(bytes);
      bytes.release();
      assertTrue(read.length > 0, "nothing at " + offset);
      for (int at = 0; at < read.length; index++) {
        byte[] expected = batches.get(index);
        boolean durable = baseOffsets.get(index) < syncedOffset;
        if (!durable) {
          // No CRC covers it, and nothing was stored yet that could tell.
          System.arraycopy(expected, EPOCH_AT, read, at + EPOCH_AT, Integer.BYTES);
        }
        assertTrue(
            Arrays.equals(expected, 0, expected.length, read, at, at + expected.length),
            "wrong bytes at " + baseOffsets.get(index));
        long from = Math.max(baseOffsets.get(index), opened.logStartOffset());
        assertTrue(
            !durable || opened.epochAt(from) == epochs.get(index), "the leader epoch at " + from);
        at += expected.length;
        offset = baseOffsets.get(index) + RECORDS;
      }
    }
    assertEquals(end, offset);
  }

  /** As {@link ShardReads} does it. */
  private LogSlice read(PartitionLog opened, long offset, long end) throws IOException {
    Segment segment = opened.reader().segmentFor(offset);
    if (!segment.isIndexed()) {
      opened
          .reader()
          .install(
              segment, segment.loadIndex(partition, segment.file(), config.indexIntervalBytes()));
    }
    int start = segment.searchStart(offset);
    int length = Math.min(segment.sizeBytes() - start, 4_000);
    if (!segment.isServable(start, length, 0)) {
      Indexed known = segment.indexed();
      Part part = SegmentScan.around(known, start, start + length);
      SegmentScan.verify(segment.file(), partition, segment.baseOffset(), known, part);
      segment.verified(part.from(), part.to());
    }
    return opened.reader().find(offset, 3_000, true, end, 0);
  }
}
