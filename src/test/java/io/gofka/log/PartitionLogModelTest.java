package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.LogRecord;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.RecordReader;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random histories of one log against a list of batches. The histories append, roll, read, delete,
 * compact, change settings, lose the process, lose power, damage what can be rebuilt, and start
 * again; each is a function of its seed.
 */
class PartitionLogModelTest {
  private static final int SEEDS = 1_500;
  private static final int STEPS = 120;
  private static final int MAX_RECORDS = 4;
  private static final long START = 1_700_000_000_000L;
  private static final TopicIdPartition PARTITION =
      new TopicIdPartition(new UUID(1, 2), "topic", 0);

  private static final QuietRecovery QUIET = new QuietRecovery();

  @BeforeAll
  static void begin() {
    QUIET.begin();
  }

  @AfterAll
  static void end() {
    QUIET.end();
  }

  @Test
  void logIsTheListOfItsBatchesWhateverHappens() {
    int histories = Integer.getInteger("gofka.log.seeds", SEEDS);
    long first = Long.getLong("gofka.log.seed", 0);
    int[] crashes = new int[3];
    for (long seed = first; seed < first + histories; seed++) {
      History history = new History(seed);
      try {
        history.run();
      } catch (Throwable failure) {
        throw new AssertionError(
            "seed "
                + seed
                + ", step "
                + history.step
                + " (replay with -Dgofka.log.seeds=1 -Dgofka.log.seed="
                + seed
                + ")",
            failure);
      }
      crashes[0] += history.cutByCrash;
      crashes[1] += history.rolled;
      crashes[2] += history.compacted;
    }
    // Histories that never get into trouble would prove nothing.
    assertTrue(crashes[0] > histories / 10, "only " + crashes[0] + " crashes lost anything");
    assertTrue(crashes[1] > histories, "only " + crashes[1] + " segments");
    assertTrue(crashes[2] > histories / 10, "only " + crashes[2] + " compactions");
  }

  /** A batch as it must be in the log. */
  @SuppressWarnings("ArrayRecordComponent") // Compared with what is read, never with each other.
  private record Written(
      long baseOffset, long lastOffset, byte[] bytes, long timestamp, int epoch, long producerId) {
    int size() {
      return bytes.length;
    }
  }

  private static final class History {
    private final Random random;
    private final MemoryLogDisk disk = new MemoryLogDisk();
    private final Map<String, String> settings = new HashMap<>();
    private LogConfig config;
    private final List<Written> batches = new ArrayList<>();
    private final Deque<Chore> pending = new ArrayDeque<>();
    private final Map<Long, Integer> sequences = new HashMap<>();
    private PartitionLog log;
    private long timestampMs = START;
    private int epoch;
    private long acknowledgedStart;
    private int step;
    private int cutByCrash;
    private int rolled;
    private int compacted;

    History(long seed) {
      random = new Random(seed);
      settings.put("internal.segment.bytes", Integer.toString(600 + random.nextInt(3000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(400)));
      settings.put("segment.ms", random.nextBoolean() ? "604800000" : "20000");
      settings.put("retention.ms", random.nextBoolean() ? "-1" : "60000");
      settings.put("retention.bytes", random.nextBoolean() ? "-1" : "5000");
      config = ShardFixture.config(settings);
      log = PartitionLog.create(disk, "topic-0", PARTITION, config, timestampMs, 0);
      log.becomeLeader(epoch);
    }

    void run() throws IOException {
      for (step = 0; step < STEPS; step++) {
        timestampMs += random.nextInt(2000);
        int what = random.nextInt(100);
        if (what < 46) {
          append();
        } else if (what < 48) {
          changeSettings();
        } else if (what < 50) {
          compact();
        } else if (what < 75) {
          read();
        } else if (what < 80) {
          runChores(random.nextInt(4));
        } else if (what < 83) {
          log.enforceRetention(timestampMs);
        } else if (what < 86) {
          deleteRecords();
        } else if (what < 88) {
          pending.add(log.flush());
        } else if (what < 90) {
          log.becomeLeader(++epoch);
        } else if (what < 92) {
          log.tidy(timestampMs, random.nextBoolean() ? Long.MAX_VALUE : 0);
        } else if (what < 93) {
          truncate();
        } else if (what < 94) {
          stopAndStart();
        } else if (what < 97) {
          killAndStart();
        } else {
          losePowerAndStart();
        }
        pending.addAll(log.takeChores());
      }
      stopAndStart();
      log.closeFiles();
      assertEquals(0, disk.openReferences(), "files stay open");
    }

    private void append() throws IOException {
      ByteBuf bytes = batch();
      List<RecordBatch> view = Batches.view(bytes);
      LogAppend append = log.begin(view, bytes.readableBytes(), epoch, timestampMs);
      if (log.durability().mustSync(append.endOffset())) {
        Chore sync = log.durability().writeAndSync(append);
        sync.run();
        log.commit(append, timestampMs, step);
        sync.done();
      } else {
        append.write();
        log.commit(append, timestampMs, step);
      }
      log.onCommitted(log.logEndOffset());
      batches.add(written(view.get(0), ByteBufUtil.getBytes(bytes)));
      bytes.release();
    }

    private static Written written(RecordBatch batch, byte[] bytes) {
      return new Written(
          batch.baseOffset(),
          batch.lastOffset(),
          bytes,
          batch.recordsCount() == 0 ? RecordBatch.NO_TIMESTAMP : batch.maxTimestamp(),
          batch.partitionLeaderEpoch(),
          batch.producerId());
    }

    // ---- settings and compaction

    private void changeSettings() {
      switch (random.nextInt(4)) {
        case 0 ->
            settings.put(
                "cleanup.policy",
                List.of("delete", "compact", "compact,delete").get(random.nextInt(3)));
        case 1 -> settings.put("gofka.durability", random.nextBoolean() ? "os" : "fsync");
        case 2 -> settings.put("retention.ms", random.nextBoolean() ? "-1" : "60000");
        default -> settings.put("retention.bytes", random.nextBoolean() ? "-1" : "5000");
      }
      config = ShardFixture.config(settings);
      log.updateConfig(config);
    }

    /** A round, or several: which records stay is seen here, in what form by another test. */
    private void compact() throws IOException {
      settings.put("cleanup.policy", "compact");
      config = ShardFixture.config(settings);
      log.updateConfig(config);
      runAllChores();
      Optional<Cleanings.Round> round = Cleanings.clean(log, timestampMs, Cleanings.UNLIMITED);
      if (round.isEmpty() || round.get().swaps() == 0) {
        return;
      }
      compacted++;
      List<Written> left = readAll();
      checkCompacted(left, round.get().endOffset());
      batches.clear();
      batches.addAll(left);
      checkState();
    }

    private List<Written> readAll() throws IOException {
      List<Written> all = new ArrayList<>();
      for (Segment segment : log.segments()) {
        byte[] bytes = bytes(new LogSlice(Optional.of(segment), 0, segment.sizeBytes()));
        for (int at = 0; at < bytes.length; ) {
          RecordBatch batch = new RecordBatch(Unpooled.wrappedBuffer(bytes), at);
          assertTrue(batch.crcMatches(), "CRC at " + batch.baseOffset());
          all.add(written(batch, Arrays.copyOfRange(bytes, at, at + batch.sizeInBytes())));
          at += batch.sizeInBytes();
        }
      }
      return all;
    }

    /** Offset, key and value of each record. */
    private static Map<Long, String> records(List<Written> of) {
      Map<Long, String> records = new TreeMap<>();
      for (Written batch : of) {
        try (RecordReader reader =
            new RecordReader(new RecordBatch(Unpooled.wrappedBuffer(batch.bytes()), 0))) {
          while (reader.next()) {
            LogRecord record = reader.record();
            String key = record.key().map(ByteBufUtil::hexDump).orElse("");
            String value = record.value().map(ByteBufUtil::hexDump).orElse("-");
            records.put(reader.offset(), key + "=" + value);
          }
        }
      }
      return records;
    }

    private void checkCompacted(List<Written> left, long cleanEnd) {
      Map<Long, String> before = records(batches);
      Map<Long, String> after = records(left);
      Map<String, Long> last = new HashMap<>();
      before.forEach(
          (offset, record) -> {
            if (offset < cleanEnd) {
              last.put(record.substring(0, record.indexOf('=')), offset);
            }
          });
      after.forEach((offset, record) -> assertEquals(before.get(offset), record, "at " + offset));
      before.forEach(
          (offset, record) -> {
            String key = record.substring(0, record.indexOf('='));
            boolean mustStay =
                offset >= cleanEnd || (!key.isEmpty() && last.get(key).equals(offset));
            if (mustStay && offset >= log.logStartOffset()) {
              assertTrue(after.containsKey(offset), "the last of a key is gone, at " + offset);
            }
          });
    }

    private ByteBuf batch() {
      RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
      int count = 1 + random.nextInt(MAX_RECORDS);
      for (int i = 0; i < count; i++) {
        byte[] value = new byte[random.nextInt(120)];
        random.nextBytes(value);
        builder.add(
            timestampMs - random.nextInt(3000),
            random.nextBoolean() ? Optional.empty() : Optional.of(Unpooled.buffer().writeInt(i)),
            Optional.of(Unpooled.wrappedBuffer(value)));
      }
      if (random.nextInt(4) == 0) {
        builder.compression(Compression.of(Codec.LZ4));
      }
      if (random.nextBoolean()) {
        long producerId = random.nextInt(3);
        int sequence = sequences.getOrDefault(producerId, 0);
        builder.producer(producerId, (short) 0, sequence);
        sequences.put(producerId, sequence + count);
      }
      return builder.build();
    }

    private void read() throws IOException {
      long span = log.logEndOffset() - log.logStartOffset();
      long offset = log.logStartOffset() + random.nextInt((int) span + 1);
      int maxBytes = random.nextInt(1500);
      loadIndex(offset);
      LogSlice slice = log.reader().find(offset, maxBytes, true, log.highWatermark(), step);
      Optional<Written> first =
          batches.stream().filter(batch -> batch.lastOffset() >= offset).findFirst();
      if (first.isEmpty()) {
        assertEquals(0, slice.length());
        return;
      }
      byte[] bytes = bytes(slice);
      int index = batches.indexOf(first.get());
      int at = 0;
      while (at < bytes.length) {
        byte[] expected = batches.get(index).bytes();
        assertTrue(at + expected.length <= bytes.length, "a batch is cut");
        assertTrue(
            Arrays.equals(expected, 0, expected.length, bytes, at, at + expected.length),
            "bytes read");
        at += expected.length;
        index++;
      }
      assertTrue(bytes.length > 0, "at least one batch");
      assertTrue(bytes.length <= Math.max(maxBytes, first.get().size()), "not more than asked for");
      if (index < batches.size()) {
        Written next = batches.get(index);
        boolean nextSegment =
            log.reader().segmentFor(next.baseOffset())
                != log.reader().segmentFor(batches.get(index - 1).baseOffset());
        assertTrue(
            nextSegment || bytes.length + next.size() > maxBytes, "as much as there is room for");
      }
    }

    private void loadIndex(long offset) throws IOException {
      Segment segment = log.reader().segmentFor(offset);
      if (!segment.isIndexed()) {
        log.reader()
            .install(
                segment, segment.loadIndex(PARTITION, segment.file(), config.indexIntervalBytes()));
      }
    }

    private static byte[] bytes(LogSlice slice) throws IOException {
      ByteBuf bytes = slice.buffer();
      byte[] copy = ByteBufUtil.getBytes(bytes);
      bytes.release();
      return copy;
    }

    private void deleteRecords() throws IOException {
      long span = log.logEndOffset() - log.logStartOffset();
      log.deleteBefore(log.logStartOffset() + random.nextInt((int) span + 1));
      pending.addAll(log.takeChores());
      if (random.nextBoolean()) {
        runChores(pending.size());
        acknowledgedStart = log.logStartOffset();
      }
    }

    private void truncate() throws IOException {
      runAllChores();
      boolean fully = random.nextInt(8) == 0;
      long start = log.logStartOffset();
      long end = log.logEndOffset();
      long offset = start + random.nextInt((int) (end - start) + 1);
      disk.dieAfter(random.nextBoolean() ? 1 + random.nextInt(12) : 0);
      boolean died = false;
      PartitionLog before = log;
      try {
        log =
            fully
                ? log.truncateFullyAndStartAt(offset, timestampMs)
                : log.truncateTo(offset, timestampMs);
      } catch (UncheckedIOException death) {
        died = true;
      }
      disk.dieAfter(0);
      if (log != before || died) {
        before.closeFiles();
      }
      if (died) {
        long kept = end;
        if (random.nextBoolean()) {
          kept = before.flushedOffset();
          disk.losePower(random);
        } else {
          disk.kill();
        }
        reopen();
        long now = log.logEndOffset();
        long durable = Math.min(offset, kept);
        long least =
            batches.stream()
                .filter(batch -> batch.lastOffset() < durable)
                .mapToLong(batch -> batch.lastOffset() + 1)
                .max()
                .orElse(0);
        assertTrue(fully || now >= least, "too much is cut: " + now);
        assertTrue(now <= end, "nothing is invented");
        if (log.logStartOffset() != start) {
          batches.clear();
        }
        batches.removeIf(
            batch -> batch.lastOffset() >= now || (fully && now == log.logStartOffset()));
      } else if (fully) {
        batches.clear();
        assertEquals(offset, log.logStartOffset());
        assertEquals(offset, log.logEndOffset());
      } else {
        batches.removeIf(batch -> batch.lastOffset() >= offset);
        long last = batches.isEmpty() ? start : batches.get(batches.size() - 1).lastOffset() + 1;
        // In between may be what compaction has taken.
        assertTrue(log.logEndOffset() >= Math.max(last, start), "too much is cut");
        assertTrue(log.logEndOffset() <= Math.max(offset, last), "too little is cut");
      }
      acknowledgedStart = Math.min(acknowledgedStart, log.logStartOffset());
      epoch = Math.max(epoch, log.latestEpoch());
      resumeSequences();
      log.onCommitted(log.logEndOffset());
      checkState();
    }

    private void runAllChores() throws IOException {
      pending.addAll(log.takeChores());
      while (!pending.isEmpty()) {
        runChores(pending.size());
      }
    }

    private void runChores(int count) throws IOException {
      for (int i = 0; i < count && !pending.isEmpty(); i++) {
        Chore chore = pending.poll();
        chore.run();
        chore.done();
        pending.addAll(log.takeChores());
      }
    }

    private void stopAndStart() throws IOException {
      pending.addAll(log.takeChores());
      log.close().ifPresent(pending::add);
      while (!pending.isEmpty()) {
        runChores(pending.size());
      }
      long start = log.logStartOffset();
      long end = log.logEndOffset();
      log.closeFiles();
      damageSideFiles();
      reopen();
      assertEquals(end, log.logEndOffset(), "a clean stop loses nothing");
      assertEquals(start, log.logStartOffset());
      checkState();
    }

    private void killAndStart() throws IOException {
      long end = log.logEndOffset();
      long start = log.logStartOffset();
      pending.clear();
      boolean torn = log.isOnDisk() && random.nextBoolean();
      if (torn) {
        tearWrite();
      }
      disk.kill();
      if (!torn) {
        damageSideFiles(); // With both, nobody could tell a torn tail from a lost one.
      }
      reopen();
      assertEquals(end, log.logEndOffset(), "what was written survives the process");
      checkStart(start);
      checkState();
    }

    /** The process died within a write: some of it is there. */
    private void tearWrite() throws IOException {
      Segment active = log.reader().segmentFor(log.logEndOffset());
      ByteBuf bytes = batch();
      DiskFile file = active.file();
      file.write(bytes, 0, random.nextInt(bytes.readableBytes()), active.sizeBytes());
      bytes.release();
    }

    private void losePowerAndStart() throws IOException {
      long flushed = log.flushedOffset();
      long end = log.logEndOffset();
      long start = log.logStartOffset();
      pending.clear();
      disk.losePower(random);
      reopen();
      assertTrue(
          log.logEndOffset() >= flushed, log.logEndOffset() + " after a sync up to " + flushed);
      assertTrue(log.logEndOffset() <= end, "nothing is invented");
      if (log.logEndOffset() < end) {
        cutByCrash++;
      }
      batches.removeIf(batch -> batch.lastOffset() >= log.logEndOffset());
      checkStart(start);
      checkState();
    }

    private void checkStart(long before) {
      assertTrue(log.logStartOffset() <= before, "the start moved by itself");
      assertTrue(log.logStartOffset() >= acknowledgedStart, "deleted records are back");
    }

    private void reopen() throws IOException {
      log = LogRecovery.open(disk, "topic-0", PARTITION, config, timestampMs, 0);
      log.onCommitted(log.logEndOffset()); // As if there were no other replica.
      pending.addAll(log.takeChores());
      rolled += log.segmentCount();
      resumeSequences();
    }

    private void resumeSequences() {
      sequences.clear();
      for (Written batch : batches) {
        if (batch.producerId() >= 0 && batch.baseOffset() < log.logEndOffset()) {
          RecordBatch view = new RecordBatch(Unpooled.wrappedBuffer(batch.bytes()), 0);
          sequences.put(batch.producerId(), view.lastSequence() + 1);
        }
      }
    }

    /** Everything that can be asked of the log agrees with the list. */
    private void checkState() throws IOException {
      List<Written> live =
          batches.stream().filter(batch -> batch.lastOffset() >= log.logStartOffset()).toList();
      long offset = log.logStartOffset();
      int index = 0;
      while (offset < log.logEndOffset()) {
        loadIndex(offset);
        byte[] bytes = bytes(log.reader().find(offset, 700, true, log.logEndOffset(), step));
        if (bytes.length == 0) {
          break; // Compaction has taken what was there, and nothing has come since.
        }
        for (int at = 0; at < bytes.length; index++) {
          Written expected = live.get(index);
          assertTrue(
              Arrays.equals(expected.bytes(), 0, expected.size(), bytes, at, at + expected.size()),
              "bytes at " + offset);
          at += expected.size();
          offset = expected.lastOffset() + 1;
        }
      }
      assertEquals(live.size(), index, "batches up to " + offset);
      checkProducers(live);
      checkEpochs(live);
      checkTimestamps(live);
    }

    private void checkProducers(List<Written> live) {
      Map<Long, Written> last = new HashMap<>();
      live.stream()
          .filter(batch -> batch.producerId() >= 0)
          .forEach(batch -> last.put(batch.producerId(), batch));
      for (Written batch : last.values()) {
        RecordBatch repeated = new RecordBatch(Unpooled.wrappedBuffer(batch.bytes()), 0);
        assertEquals(
            batch.baseOffset(),
            log.duplicateOf(repeated).orElseThrow().baseOffset(),
            "a repeated batch is known by its first offset");
      }
    }

    private void checkEpochs(List<Written> live) {
      for (Written batch : live) {
        long offset = Math.max(batch.baseOffset(), log.logStartOffset());
        assertEquals(batch.epoch(), log.epochAt(offset));
      }
      log.becomeLeader(epoch);
    }

    private void checkTimestamps(List<Written> live) throws IOException {
      List<Written> dated = live.stream().filter(batch -> batch.timestamp() >= 0).toList();
      if (dated.isEmpty()) {
        return;
      }
      long wanted = dated.get(random.nextInt(dated.size())).timestamp();
      TimestampSearch.Found found = new TimestampSearch.Found(-1, -1);
      long from = log.logStartOffset();
      while (found.offset() < 0 && log.reader().segmentForTimestamp(wanted, from).isPresent()) {
        Segment segment = log.reader().segmentForTimestamp(wanted, from).get();
        loadIndex(segment.baseOffset());
        found =
            new TimestampSearch(
                    segment.file(),
                    segment.index().positionForTimestamp(wanted),
                    segment.sizeBytes(),
                    segment.baseOffset(),
                    wanted,
                    log.logStartOffset())
                .run()
                .orElse(found);
        from = segment.endOffset(); // The late record may lie before the log's start.
      }
      Written expected =
          live.stream().filter(batch -> batch.timestamp() >= wanted).findFirst().orElseThrow();
      if (expected.baseOffset() >= log.logStartOffset()) {
        assertTrue(found.timestampMs() >= wanted, found + " is as late as " + wanted);
        assertTrue(
            found.offset() >= expected.baseOffset() && found.offset() <= expected.lastOffset(),
            found + " is in " + expected);
      }
    }

    /** Indexes and snapshots can be made again from the log itself. */
    private void damageSideFiles() {
      for (String suffix : List.of(LogFiles.INDEX, LogFiles.PRODUCERS)) {
        for (String file : disk.files(suffix)) {
          int how = random.nextInt(8);
          if (how == 0) {
            disk.delete(file);
          } else if (how == 1) {
            byte[] damaged = disk.content(file).clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            disk.put(file, damaged);
          } else if (how == 2) {
            byte[] content = disk.content(file);
            disk.put(file, Arrays.copyOf(content, random.nextInt(content.length)));
          }
        }
      }
    }
  }
}
