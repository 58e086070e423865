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
import java.util.Random;
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

  /** Of each kind of damage to an index or a snapshot. */
  private static final int DAMAGE_ODDS = 8;

  @Test
  void logIsTheListOfItsBatchesWhateverHappens() {
    RandomHistory.Run run = RandomHistory.runAll("gofka.log", SEEDS, History::new);
    // Histories that never get into trouble would prove nothing.
    run.assertMoreThan(0.1, "crashes that lost anything");
    run.assertMoreThan(1, "segments");
    run.assertMoreThan(0.1, "compactions");
  }

  private static final class History extends LogHistory {
    private final WrittenBatches batches = new WrittenBatches();
    private final RandomProducers producers = new RandomProducers();
    private int epoch;
    private long acknowledgedStart;
    private final Chances chances =
        new Chances()
            .of(46, this::append)
            .of(2, this::changeSettings)
            .of(2, this::compact)
            .of(25, this::read)
            .of(5, () -> process.runChores(random.nextInt(4)))
            .of(3, () -> log().enforceRetention(timestampMs))
            .of(3, this::deleteRecords)
            .of(2, () -> process.pending.add(log().flush()))
            .of(2, () -> log().becomeLeader(++epoch))
            .of(2, () -> log().tidy(timestampMs, random.nextBoolean() ? Long.MAX_VALUE : 0))
            .of(1, this::truncate)
            .of(1, this::stopAndStart)
            .of(3, this::killAndStart)
            .of(3, this::losePowerAndStart);

    History(long seed) {
      super(seed, STEPS, History::randomSettings, Long.MAX_VALUE);
      log().becomeLeader(epoch);
    }

    private static Map<String, String> randomSettings(Random random) {
      Map<String, String> settings = new HashMap<>();
      settings.put("internal.segment.bytes", Integer.toString(600 + random.nextInt(3000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(400)));
      settings.put("segment.ms", random.nextBoolean() ? "604800000" : "20000");
      settings.put("retention.ms", random.nextBoolean() ? "-1" : "60000");
      settings.put("retention.bytes", random.nextBoolean() ? "-1" : "5000");
      return settings;
    }

    @Override
    void happen() throws IOException {
      timestampMs += random.nextInt(2000);
      chances.take(random);
      process.takeChores();
    }

    @Override
    void finish() throws IOException {
      stopAndStart();
      close();
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
      updateConfig();
    }

    /** A round, or several: which records stay is seen here, in what form by another test. */
    private void compact() throws IOException {
      settings.put("cleanup.policy", "compact");
      updateConfig();
      process.runAllChores();
      Optional<Cleanings.Round> round = Cleanings.clean(log(), timestampMs, Cleanings.UNLIMITED);
      if (round.isEmpty() || round.get().swaps() == 0) {
        return;
      }
      met.add("compactions", 1);
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
      producers.maybeSign(builder, count, random);
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

    @Override
    void stopAndStart() throws IOException {
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
        met.add("crashes that lost anything", 1);
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
      met.add("segments", log().segmentCount());
      resumeSequences();
    }

    private void checkState() throws IOException {
      batches.check(process, random, step());
      log().becomeLeader(epoch);
    }

    private void resumeSequences() {
      producers.goOnWith(batches.nextSequences(log().logEndOffset()));
    }
  }
}
