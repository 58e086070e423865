package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random histories of one log against a list of batches. The histories append, roll, read, delete,
 * compact, change settings, lose the process, lose power, damage what can be rebuilt, and start
 * again; each is a function of its seed.
 */
@ExtendWith(QuietRecovery.class)
class PartitionLogModelTest {
  private static final int SEEDS = 1_500;
  private static final int STEPS = 120;
  private static final int MAX_RECORDS = 4;
  private static final long START = 1_700_000_000_000L;

  /** Of each kind of damage to an index or a snapshot. */
  private static final int DAMAGE_ODDS = 8;

  @Test
  void logIsTheListOfItsBatchesWhateverHappens() {
    int[] seen = new int[3];
    int histories =
        RandomHistory.runAll(
            "gofka.log",
            SEEDS,
            History::new,
            history -> {
              seen[0] += history.cutByCrash;
              seen[1] += history.rolled;
              seen[2] += history.compacted;
            });
    // Histories that never get into trouble would prove nothing.
    assertTrue(seen[0] > histories / 10, "only " + seen[0] + " crashes lost anything");
    assertTrue(seen[1] > histories, "only " + seen[1] + " segments");
    assertTrue(seen[2] > histories / 10, "only " + seen[2] + " compactions");
  }

  private static final class History extends RandomHistory {
    private final Map<String, String> settings = new HashMap<>();
    private final WrittenBatches batches = new WrittenBatches();
    private final LogProcess process;
    private final Map<Long, Integer> sequences = new HashMap<>();
    private long timestampMs = START;
    private int epoch;
    private long acknowledgedStart;
    private int cutByCrash;
    private int rolled;
    private int compacted;

    History(long seed) {
      super(seed, STEPS);
      settings.put("internal.segment.bytes", Integer.toString(600 + random.nextInt(3000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(400)));
      settings.put("segment.ms", random.nextBoolean() ? "604800000" : "20000");
      settings.put("retention.ms", random.nextBoolean() ? "-1" : "60000");
      settings.put("retention.bytes", random.nextBoolean() ? "-1" : "5000");
      process = new LogProcess(ShardFixture.config(settings), timestampMs);
      log().becomeLeader(epoch);
    }

    private PartitionLog log() {
      return process.log;
    }

    @Override
    void happen() throws IOException {
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
        process.runChores(random.nextInt(4));
      } else if (what < 83) {
        log().enforceRetention(timestampMs);
      } else if (what < 86) {
        deleteRecords();
      } else if (what < 88) {
        process.pending.add(log().flush());
      } else if (what < 90) {
        log().becomeLeader(++epoch);
      } else if (what < 92) {
        log().tidy(timestampMs, random.nextBoolean() ? Long.MAX_VALUE : 0);
      } else if (what < 93) {
        truncate();
      } else if (what < 94) {
        stopAndStart();
      } else if (what < 97) {
        killAndStart();
      } else {
        losePowerAndStart();
      }
      process.takeChores();
    }

    @Override
    void finish() throws IOException {
      stopAndStart();
      log().closeFiles();
      assertEquals(0, process.disk.openReferences(), "files stay open");
    }

    private void append() throws IOException {
      ByteBuf bytes = batch();
      List<RecordBatch> view = Batches.view(bytes);
      LogAppend append = log().begin(view, bytes.readableBytes(), epoch, timestampMs);
      if (log().durability().mustSync(append.endOffset())) {
        Chore sync = log().durability().writeAndSync(append);
        sync.run();
        log().commit(append, timestampMs, step());
        sync.done();
      } else {
        append.write();
        log().commit(append, timestampMs, step());
      }
      log().onCommitted(log().logEndOffset());
      batches.add(view.get(0));
      bytes.release();
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
      process.updateConfig(ShardFixture.config(settings));
    }

    /** A round, or several: which records stay is seen here, in what form by another test. */
    private void compact() throws IOException {
      settings.put("cleanup.policy", "compact");
      process.updateConfig(ShardFixture.config(settings));
      process.runAllChores();
      Optional<Cleanings.Round> round = Cleanings.clean(log(), timestampMs, Cleanings.UNLIMITED);
      if (round.isEmpty() || round.get().swaps() == 0) {
        return;
      }
      compacted++;
      batches.compact(log(), round.get().endOffset());
      checkState();
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
      long span = log().logEndOffset() - log().logStartOffset();
      long offset = log().logStartOffset() + random.nextInt((int) span + 1);
      int maxBytes = random.nextInt(1500);
      byte[] bytes = process.read(offset, maxBytes, log().highWatermark(), step());
      batches.checkRead(log().reader(), offset, maxBytes, bytes);
    }

    private void deleteRecords() throws IOException {
      long span = log().logEndOffset() - log().logStartOffset();
      log().deleteBefore(log().logStartOffset() + random.nextInt((int) span + 1));
      process.takeChores();
      if (random.nextBoolean()) {
        process.runChores(process.pending.size());
        acknowledgedStart = log().logStartOffset();
      }
    }

    private void truncate() throws IOException {
      process.runAllChores();
      boolean fully = random.nextInt(8) == 0;
      long start = log().logStartOffset();
      long end = log().logEndOffset();
      long offset = start + random.nextInt((int) (end - start) + 1);
      process.disk.dieAfter(random.nextBoolean() ? 1 + random.nextInt(12) : 0);
      boolean died = false;
      PartitionLog before = log();
      try {
        process.log =
            fully
                ? before.truncateFullyAndStartAt(offset, timestampMs)
                : before.truncateTo(offset, timestampMs);
      } catch (UncheckedIOException death) {
        died = true;
      }
      process.disk.dieAfter(0);
      if (log() != before || died) {
        before.closeFiles();
      }
      if (died) {
        restartWithin(new Truncation(before, start, end, offset, fully));
      } else if (fully) {
        batches.clear();
        assertEquals(offset, log().logStartOffset());
        assertEquals(offset, log().logEndOffset());
      } else {
        batches.cutFrom(offset);
        long last = batches.nextOffset().orElse(start);
        // In between may be what compaction has taken.
        assertTrue(log().logEndOffset() >= Math.max(last, start), "too much is cut");
        assertTrue(log().logEndOffset() <= Math.max(offset, last), "too little is cut");
      }
      acknowledgedStart = Math.min(acknowledgedStart, log().logStartOffset());
      epoch = Math.max(epoch, log().latestEpoch());
      resumeSequences();
      log().onCommitted(log().logEndOffset());
      checkState();
    }

    /** What a log was, from {@code start} to {@code end}, and where it is cut. */
    private record Truncation(PartitionLog log, long start, long end, long offset, boolean fully) {}

    /** Some of it has been done when the process ends. */
    private void restartWithin(Truncation truncation) throws IOException {
      long kept = truncation.end();
      if (random.nextBoolean()) {
        kept = truncation.log().flushedOffset();
        process.losePower(random);
      } else {
        process.kill();
      }
      reopen();
      long now = log().logEndOffset();
      long least = batches.nextOffsetBelow(Math.min(truncation.offset(), kept));
      assertTrue(truncation.fully() || now >= least, "too much is cut: " + now);
      assertTrue(now <= truncation.end(), "nothing is invented");
      if (log().logStartOffset() != truncation.start()
          || (truncation.fully() && now == log().logStartOffset())) {
        batches.clear();
      }
      batches.cutFrom(now);
    }

    private void stopAndStart() throws IOException {
      long start = log().logStartOffset();
      long end = log().logEndOffset();
      process.stop();
      process.damageSideFiles(random, DAMAGE_ODDS);
      reopen();
      assertEquals(end, log().logEndOffset(), "a clean stop loses nothing");
      assertEquals(start, log().logStartOffset());
      checkState();
    }

    private void killAndStart() throws IOException {
      long end = log().logEndOffset();
      long start = log().logStartOffset();
      boolean torn = log().isOnDisk() && random.nextBoolean();
      if (torn) {
        tearWrite();
      }
      process.kill();
      if (!torn) {
        // With both, nobody could tell a torn tail from a lost one.
        process.damageSideFiles(random, DAMAGE_ODDS);
      }
      reopen();
      assertEquals(end, log().logEndOffset(), "what was written survives the process");
      checkStart(start);
      checkState();
    }

    /** The process died within a write: some of it is there. */
    private void tearWrite() throws IOException {
      Segment active = log().reader().segmentFor(log().logEndOffset());
      ByteBuf bytes = batch();
      DiskFile file = active.file();
      file.write(bytes, 0, random.nextInt(bytes.readableBytes()), active.sizeBytes());
      bytes.release();
    }

    private void losePowerAndStart() throws IOException {
      long flushed = log().flushedOffset();
      long end = log().logEndOffset();
      long start = log().logStartOffset();
      process.losePower(random);
      reopen();
      assertTrue(
          log().logEndOffset() >= flushed, log().logEndOffset() + " after a sync up to " + flushed);
      assertTrue(log().logEndOffset() <= end, "nothing is invented");
      if (log().logEndOffset() < end) {
        cutByCrash++;
      }
      batches.cutFrom(log().logEndOffset());
      checkStart(start);
      checkState();
    }

    private void checkStart(long before) {
      assertTrue(log().logStartOffset() <= before, "the start moved by itself");
      assertTrue(log().logStartOffset() >= acknowledgedStart, "deleted records are back");
    }

    private void reopen() throws IOException {
      process.open(timestampMs);
      rolled += log().segmentCount();
      resumeSequences();
    }

    private void checkState() throws IOException {
      batches.check(process, random, step());
      log().becomeLeader(epoch);
    }

    private void resumeSequences() {
      sequences.clear();
      sequences.putAll(batches.nextSequences(log().logEndOffset()));
    }
  }
}
