package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.log.Cleanings.Round;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;

/**
 * A random life of one compacted log on a disk in memory, a function of its seed, next to the
 * {@link ModelLog} that it has to equal.
 */
final class CompactionHistory extends RandomHistory {
  private static final int STEPS = 50;

  static final TopicIdPartition PARTITION = new TopicIdPartition(new UUID(5, 6), "topic", 0);

  final MemoryLogDisk memory = new MemoryLogDisk();
  final ModelLog model = new ModelLog();
  final LogConfig config;
  final long deleteRetentionMs;
  private final LogDisk disk;
  private final CleanerLimits limits;
  private final boolean logAppendTime;
  private final int keys;
  private final Map<Long, Integer> sequences = new HashMap<>();
  private final Map<Long, Short> epochs = new HashMap<>();
  private final Map<Long, Boolean> open = new HashMap<>();
  PartitionLog log;
  long timestampMs = START;
  private final Chances chances =
      new Chances()
          .of(75, this::append)
          .of(15, () -> checkAfter(this::clean))
          .of(3, () -> log.becomeLeader(log.latestEpoch() + 1))
          .of(4, () -> checkAfter(this::stopAndStart))
          .of(3, () -> checkAfter(this::killAndStart));

  CompactionHistory(long seed) {
    this(seed, memory -> memory);
  }

  /** Something between the log and the disk in memory. */
  interface Wrapper {
    LogDisk around(MemoryLogDisk memory);
  }

  CompactionHistory(long seed, Wrapper wrapper) {
    super(seed, STEPS);
    disk = wrapper.around(memory);
    deleteRetentionMs = random.nextInt(20_000);
    Map<String, String> settings = new HashMap<>();
    settings.put("cleanup.policy", "compact");
    settings.put("internal.segment.bytes", Integer.toString(700 + random.nextInt(4000)));
    settings.put("index.interval.bytes", Integer.toString(random.nextInt(400)));
    settings.put("delete.retention.ms", Long.toString(deleteRetentionMs));
    config = LogConfig.of(TopicConfig.of(BrokerConfig.DEFAULTS, settings), Long.MAX_VALUE);
    keys = 1 + random.nextInt(40);
    limits =
        random.nextInt(3) == 0
            ? Cleanings.limits((2L + random.nextInt(12)) * 24)
            : Cleanings.UNLIMITED;
    logAppendTime = random.nextInt(5) == 0;
    log = PartitionLog.create(disk, "topic-0", PARTITION, config, timestampMs, 0);
    log.becomeLeader(0);
  }

  @Override
  void finish() throws IOException {
    timestampMs += deleteRetentionMs;
    clean();
    check();
    stopAndStart();
    check();
    log.closeFiles();
  }

  @Override
  void happen() throws IOException {
    timestampMs += random.nextInt(3000);
    chances.take(random);
    Cleanings.runChores(log);
  }

  private void checkAfter(Chances.Event event) throws IOException {
    event.happen();
    check();
  }

  // ---- appends

  void append() throws IOException {
    int what = random.nextInt(10);
    long producerId = random.nextInt(4);
    if (!open.isEmpty() && random.nextInt(3) == 0) {
      end(open.keySet().iterator().next(), random.nextBoolean());
    } else if (what < 4) {
      append(builder(-1, (short) -1, -1, false), 1 + random.nextInt(5));
    } else if (open.containsKey(producerId)) {
      if (what < 8) {
        producer(producerId, true);
      } else {
        end(producerId, random.nextBoolean());
      }
    } else if (what < 8) {
      if (random.nextInt(8) == 0) {
        epochs.merge(producerId, (short) 1, (a, b) -> (short) (a + b));
        sequences.remove(producerId);
      }
      producer(producerId, false);
    } else {
      open.put(producerId, true);
      producer(producerId, true);
    }
  }

  private void producer(long producerId, boolean transactional) throws IOException {
    int count = 1 + random.nextInt(4);
    int sequence = sequences.getOrDefault(producerId, 0);
    append(builder(producerId, epoch(producerId), sequence, transactional), count);
    sequences.put(producerId, sequence + count);
  }

  private short epoch(long producerId) {
    return epochs.computeIfAbsent(producerId, id -> (short) 0);
  }

  private void end(long producerId, boolean commit) throws IOException {
    open.remove(producerId);
    if (random.nextInt(4) == 0) {
      epochs.merge(producerId, (short) 1, (a, b) -> (short) (a + b));
      sequences.remove(producerId);
    }
    ControlRecordType type = commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
    MemoryRecords marker =
        MemoryRecords.withEndTransactionMarker(
            0, timestampMs, 0, producerId, epoch(producerId), new EndTransactionMarker(type, 1));
    append(marker.buffer(), !commit);
  }

  private MemoryRecordsBuilder builder(
      long producerId, short epoch, int sequence, boolean transactional) {
    CompressionType codec =
        random.nextInt(3) > 0
            ? CompressionType.NONE
            : CompressionType.forId(random.nextInt(CompressionType.values().length));
    return MemoryRecords.builder(
        ByteBuffer.allocate(1024),
        (byte) 2,
        Compression.of(codec).build(),
        TimestampType.CREATE_TIME,
        0,
        -1,
        producerId,
        epoch,
        sequence,
        transactional,
        0);
  }

  private void append(MemoryRecordsBuilder builder, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] key = ("key-" + random.nextInt(keys)).getBytes(StandardCharsets.US_ASCII);
      byte[] value =
          random.nextInt(4) == 0
              ? null
              : Integer.toString(random.nextInt(), 36)
                  .repeat(1 + random.nextInt(12))
                  .getBytes(StandardCharsets.US_ASCII);
      Header[] headers =
          random.nextInt(4) == 0
              ? new Header[] {new RecordHeader("h" + i, new byte[] {(byte) i})}
              : new Header[0];
      builder.append(timestampMs - random.nextInt(2000), key, value, headers);
    }
    append(builder.build().buffer(), false);
  }

  private void append(ByteBuffer records, boolean abortMarker) throws IOException {
    ByteBuf bytes = Unpooled.copiedBuffer(records);
    List<RecordBatch> view = Batches.view(bytes);
    if (logAppendTime && !view.get(0).isControl()) {
      view.get(0).stampLogAppendTime(timestampMs);
    }
    LogAppend append = log.begin(view, bytes.readableBytes(), log.latestEpoch(), timestampMs);
    append.write();
    log.commit(append, timestampMs, 0);
    log.onCommitted(log.logEndOffset());
    model.append(ByteBufUtil.getBytes(bytes), abortMarker);
    bytes.release();
    Cleanings.runChores(log);
  }

  // ---- compaction

  void clean() throws IOException {
    long before = log.compaction().firstDirtyOffset();
    Optional<Round> round = Cleanings.clean(log, timestampMs, limits);
    if (round.isPresent()) {
      long endOffset = round.get().endOffset();
      assertTrue(endOffset > before, "a round makes progress");
      long scopeEnd = round.get().plan().scope().endOffset();
      assertTrue(endOffset <= scopeEnd && scopeEnd <= log.lastStableOffset());
      model.compact(
          round.get().plan().scope().firstDirtyOffset(),
          endOffset,
          round.get().rewrittenEnd(),
          timestampMs,
          deleteRetentionMs);
      met.add("segments replaced", round.get().swaps());
      met.add("rounds", 1);
      met.add("rounds with a full map", endOffset < scopeEnd ? 1 : 0);
    }
  }

  // ---- restarts

  void stopAndStart() throws IOException {
    long firstDirtyOffset = log.compaction().firstDirtyOffset();
    Cleanings.runChores(log);
    Optional<Chore> close = log.close();
    if (close.isPresent()) {
      close.get().run();
      close.get().done();
    }
    log.closeFiles();
    assertEquals(0, memory.openReferences(), "files stay open");
    reopen();
    assertEquals(firstDirtyOffset, log.compaction().firstDirtyOffset());
  }

  void killAndStart() throws IOException {
    memory.kill();
    if (random.nextBoolean()) {
      memory.files(LogFiles.PRODUCERS).forEach(memory::delete);
    }
    if (random.nextInt(4) == 0) {
      memory.files(LogFiles.CLEANER_OFFSET).forEach(memory::delete);
    }
    reopen();
  }

  void reopen() throws IOException {
    log = LogRecovery.open(disk, "topic-0", PARTITION, config, timestampMs, 0);
    log.onCommitted(log.logEndOffset()); // As if there were no other replica.
    log.becomeLeader(Math.max(0, log.latestEpoch()));
  }

  // ---- what must hold

  byte[] read() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long offset = log.logStartOffset();
    while (offset < log.logEndOffset()) {
      Segment segment = log.reader().segmentFor(offset);
      if (!segment.isIndexed()) {
        log.reader()
            .install(
                segment, segment.loadIndex(PARTITION, segment.file(), config.indexIntervalBytes()));
      }
      LogSlice slice = log.reader().find(offset, 1500, true, log.logEndOffset(), 0);
      assertTrue(slice.length() > 0, "nothing at " + offset + " before " + log.logEndOffset());
      ByteBuf bytes = slice.buffer();
      int at = 0;
      while (at < bytes.readableBytes()) {
        RecordBatch batch = new RecordBatch(bytes, at);
        assertTrue(batch.nextOffset() > offset, "read again: " + batch);
        offset = batch.nextOffset();
        at += batch.sizeInBytes();
      }
      all.write(ByteBufUtil.getBytes(bytes));
      bytes.release();
    }
    return all.toByteArray();
  }

  /** The log is the model, batch by batch; what has lost nothing, byte by byte. */
  void check() throws IOException {
    byte[] content = read();
    assertEquals(
        String.join("\n", model.describe()), String.join("\n", ModelLog.describe(content)));
    int at = 0;
    for (ModelLog.Batch batch : model.batches) {
      int size = new RecordBatch(Unpooled.wrappedBuffer(content), at).sizeInBytes();
      if (!batch.changed) {
        assertTrue(
            Arrays.equals(batch.original, Arrays.copyOfRange(content, at, at + size)),
            "bytes of " + batch);
      }
      at += size;
    }
    assertEquals(model.producers, log.lastRecords(), "what is known of producers");
  }
}
