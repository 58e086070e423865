package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random histories of interleaved transactions in one log, against a scan over the list of its
 * batches: the last stable offset and the aborted transactions of any range are those of the scan,
 * whatever rolls, restarts, crashes, deletions and damaged files come between. Reliability T6, T8.
 */
class TransactionModelTest {
  private static final int SEEDS = 80;
  private static final int STEPS = 150;
  private static final int PRODUCERS = 5;
  private static final long PRODUCER_EXPIRATION_MS = 15_000;

  /** Of each kind of damage to an index or a snapshot. */
  private static final int DAMAGE_ODDS = 12;

  @Test
  void readersOfCommittedRecordsAreToldWhatAScanWouldTellThem() {
    RandomHistory.Run run = RandomHistory.runAll("gofka.log", SEEDS, History::new);
    // Histories without any of this would prove nothing.
    run.assertMoreThan(20, "aborted transactions told of");
    run.assertMoreThan(0.25, "damaged indexes");
    run.assertMoreThan(5, "looks at an open transaction");
  }

  /** A batch as it lies in the log(). */
  private record Written(
      long baseOffset,
      long lastOffset,
      long producerId,
      short producerEpoch,
      int lastSequence,
      boolean transactional,
      Optional<EndTxnMarker.Type> marker) {}

  /** A transaction as a scan finds it; {@code lastOffset} is that of its marker if it has ended. */
  private static final class Scanned {
    private final long producerId;
    private final List<Written> data = new ArrayList<>();
    private long lastOffset = Long.MAX_VALUE;
    private boolean aborted;

    Scanned(long producerId) {
      this.producerId = producerId;
    }

    long firstOffset() {
      return data.get(0).baseOffset();
    }

    /** Where it begins for those who can't read before {@code start}; behind it if nowhere. */
    long firstOffsetFrom(long start) {
      return data.stream()
          .filter(batch -> batch.lastOffset() >= start)
          .mapToLong(Written::baseOffset)
          .findFirst()
          .orElse(Long.MAX_VALUE);
    }
  }

  private static final class Producer {
    private short epoch;
    private int sequence;
    private boolean open;
    private boolean written;
  }

  private static final class History extends LogHistory {
    private final List<Written> batches = new ArrayList<>();
    private final Map<Long, Producer> producers = new HashMap<>();
    private int coordinatorEpoch;
    private final Chances chances =
        new Chances()
            .of(45, this::write)
            .of(25, this::end)
            .of(5, this::commit)
            .of(5, () -> process.runChores(random.nextInt(5)))
            .of(3, this::retain)
            .of(2, this::maybeDeleteRecords)
            .of(2, this::tidy)
            .of(3, this::stopAndStart)
            .of(3, this::killAndStart)
            .of(2, this::losePowerAndStart);

    History(long seed) {
      super(seed, STEPS, History::randomSettings, PRODUCER_EXPIRATION_MS);
      log().becomeLeader(0);
      for (long id = 0; id < PRODUCERS; id++) {
        producers.put(id, new Producer());
      }
    }

    private static Map<String, String> randomSettings(Random random) {
      boolean retention = random.nextBoolean();
      Map<String, String> settings = new HashMap<>();
      settings.put("internal.segment.bytes", Integer.toString(600 + random.nextInt(2000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(300)));
      settings.put("retention.ms", retention ? "20000" : "-1");
      settings.put("retention.bytes", retention && random.nextBoolean() ? "3000" : "-1");
      return settings;
    }

    @Override
    void happen() throws IOException {
      timestampMs += random.nextInt(600);
      chances.take(random);
      process.takeChores();
      check();
    }

    @Override
    void finish() throws IOException {
      stopAndStart();
      check();
      close();
    }

    // ---- what happens

    private void write() throws IOException {
      long id = random.nextInt(PRODUCERS);
      Producer producer = producers.get(id);
      // The first has no transactions, and not always an id.
      boolean transactional = id > 0;
      boolean idempotent = transactional || random.nextBoolean();
      int count = 1 + random.nextInt(3);
      String[] values = new String[count];
      Arrays.fill(values, "v".repeat(1 + random.nextInt(60)));
      var builder = Batches.of(timestampMs, values);
      if (idempotent) {
        builder.producer(id, producer.epoch, producer.sequence);
      }
      if (transactional) {
        builder.transactional();
      }
      ByteBuf bytes = builder.build();
      RecordBatch batch = Batches.view(bytes).get(0);
      try {
        assertEquals(Optional.empty(), log().duplicateOf(batch));
      } catch (ApiException refused) {
        // Its records are forgotten, and only a marker is left: a client goes on in a new epoch.
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refused.errorCode());
        producer.epoch++;
        producer.sequence = 0;
        bytes.release();
        return;
      }
      append(bytes, Optional.empty());
      producer.sequence += idempotent ? count : 0;
      producer.open |= transactional;
      producer.written = true;
    }

    private void end() throws IOException {
      long id = 1L + random.nextInt(PRODUCERS - 1);
      Producer producer = producers.get(id);
      boolean repeated = producer.written && !producer.open;
      if (!producer.open && !repeated) {
        return;
      }
      boolean next = random.nextBoolean();
      if (next && producer.open) {
        producer.epoch++;
        producer.sequence = 0;
      }
      coordinatorEpoch += random.nextInt(10) == 0 ? 1 : 0;
      EndTxnMarker marker =
          new EndTxnMarker(
              random.nextBoolean() ? EndTxnMarker.Type.COMMIT : EndTxnMarker.Type.ABORT,
              coordinatorEpoch);
      ByteBuf bytes =
          marker.batch(UnpooledByteBufAllocator.DEFAULT, id, producer.epoch, timestampMs);
      log().producers().checkMarker(Batches.view(bytes).get(0), marker, next);
      append(bytes, Optional.of(marker.type()));
      producer.open = false;
    }

    private void append(ByteBuf bytes, Optional<EndTxnMarker.Type> marker) throws IOException {
      List<RecordBatch> view = Batches.view(bytes);
      LogAppend append = log().begin(view, bytes.readableBytes(), 0, timestampMs);
      append.write();
      log().commit(append, timestampMs, step());
      RecordBatch batch = view.get(0);
      batches.add(
          new Written(
              batch.baseOffset(),
              batch.lastOffset(),
              batch.producerId(),
              batch.producerEpoch(),
              batch.lastSequence(),
              batch.isTransactional(),
              marker));
      bytes.release();
      if (random.nextInt(3) > 0) {
        commit();
      }
    }

    /** Somewhere between what was committed and the end. */
    private void commit() {
      long left = log().logEndOffset() - log().highWatermark();
      long to = log().highWatermark() + (left == 0 ? 0 : random.nextInt((int) left + 1));
      log().onCommitted(random.nextInt(4) == 0 ? to : log().logEndOffset());
    }

    private void retain() throws IOException {
      long start = log().logStartOffset();
      long stable = log().lastStableOffset();
      log().enforceRetention(timestampMs);
      if (log().logStartOffset() > start) {
        assertTrue(log().logStartOffset() <= stable, "retention took an open transaction");
      }
    }

    /** Where nothing is deleted for its age or size, nothing is on request either. */
    private void maybeDeleteRecords() throws IOException {
      if (process.config.retentionMs() < 0) {
        tidy();
        return;
      }
      long span = log().highWatermark() - log().logStartOffset();
      log().deleteBefore(log().logStartOffset() + random.nextInt((int) span + 1));
    }

    private void tidy() throws IOException {
      log().tidy(timestampMs, random.nextBoolean() ? Long.MAX_VALUE : 0);
    }

    @Override
    void stopAndStart() throws IOException {
      process.stop();
      process.damageSideFiles(random, DAMAGE_ODDS);
      reopen();
    }

    private void killAndStart() throws IOException {
      process.kill();
      process.damageSideFiles(random, DAMAGE_ODDS);
      reopen();
    }

    private void losePowerAndStart() throws IOException {
      process.losePower(random);
      reopen();
      batches.removeIf(batch -> batch.lastOffset() >= log().logEndOffset());
      recallProducers();
    }

    private void reopen() throws IOException {
      process.open(timestampMs);
      log().becomeLeader(0);
    }

    /** What each producer has to go on with after a loss. */
    private void recallProducers() {
      producers.replaceAll((id, lost) -> new Producer());
      for (Written batch : batches) {
        if (batch.producerId() < 0) {
          continue;
        }
        Producer producer = producers.get(batch.producerId());
        if (producer.epoch != batch.producerEpoch()) {
          producer.sequence = 0;
        }
        producer.epoch = batch.producerEpoch();
        producer.written = true;
        if (batch.marker().isEmpty()) {
          producer.sequence = batch.lastSequence() + 1;
          producer.open |= batch.transactional();
        } else {
          producer.open = false;
        }
      }
    }

    // ---- what must hold

    private List<Scanned> scan() {
      List<Scanned> all = new ArrayList<>();
      Map<Long, Scanned> open = new HashMap<>();
      for (Written batch : batches) {
        if (batch.marker().isPresent()) {
          Scanned ended = open.remove(batch.producerId());
          if (ended != null) {
            ended.lastOffset = batch.lastOffset();
            ended.aborted = batch.marker().get() == EndTxnMarker.Type.ABORT;
          }
        } else if (batch.transactional()) {
          Scanned transaction = open.get(batch.producerId());
          if (transaction == null) {
            transaction = new Scanned(batch.producerId());
            open.put(batch.producerId(), transaction);
            all.add(transaction);
          }
          transaction.data.add(batch);
        }
      }
      return all;
    }

    private void check() throws IOException {
      List<Scanned> transactions = scan();
      checkLastStableOffset(transactions);
      for (int i = 0; i < 3; i++) {
        checkAborted(transactions);
      }
    }

    private void checkLastStableOffset(List<Scanned> transactions) {
      long start = log().logStartOffset();
      // Where records of an open transaction were deleted on request, it begins anew for whoever
      // has only the log to look at; with a snapshot it begins where the log does.
      long least = log().highWatermark();
      long greatest = log().highWatermark();
      for (Scanned transaction : transactions) {
        if (transaction.lastOffset >= log().highWatermark()) {
          least = Math.min(least, Math.max(start, transaction.firstOffset()));
          greatest = Math.min(greatest, transaction.firstOffsetFrom(start));
        }
      }
      greatest = Math.max(greatest, start);
      long actual = log().lastStableOffset();
      assertTrue(
          least <= actual && actual <= greatest,
          "last stable offset " + actual + " is not from " + least + " to " + greatest);
      if (greatest < log().highWatermark()) {
        met.add("looks at an open transaction", 1);
      }
    }

    private void checkAborted(List<Scanned> transactions) throws IOException {
      long start = log().logStartOffset();
      long span = log().lastStableOffset() - start;
      if (span == 0) {
        return;
      }
      long from = start + random.nextInt((int) span);
      long end = from + 1 + random.nextInt((int) (log().lastStableOffset() - from));
      TreeMap<Long, List<Long>> expected = new TreeMap<>();
      Map<Long, Scanned> byMarker = new HashMap<>();
      for (Scanned transaction : transactions) {
        long first = transaction.firstOffsetFrom(start);
        if (transaction.aborted && transaction.lastOffset >= from && first < end) {
          expected.put(transaction.lastOffset, List.of(transaction.producerId, first));
        }
        byMarker.put(transaction.lastOffset, transaction);
      }
      TreeMap<Long, List<Long>> actual = new TreeMap<>();
      for (AbortedTransaction told : aborted(from, end)) {
        Scanned transaction = byMarker.get(told.lastOffset());
        // What lies below the log start makes no difference to any reader.
        long first = transaction.firstOffsetFrom(Math.max(start, told.firstOffset()));
        assertEquals(transaction.firstOffsetFrom(start), first, "first offset of " + told);
        if (first < end) {
          actual.put(told.lastOffset(), List.of(told.producerId(), first));
        }
      }
      assertEquals(expected, actual, "aborted from " + from + " to " + end);
      met.add("aborted transactions told of", actual.size());
    }

    private List<AbortedTransaction> aborted(long from, long end) throws IOException {
      for (Segment segment : log().reader().abortsToLoad(from, end)) {
        Optional<List<AbortedTransaction>> loaded =
            segment.loadAborted(LogProcess.PARTITION, segment.abortedCount());
        if (loaded.isEmpty()) {
          met.add("damaged indexes", 1);
          loaded = Optional.of(log().reader().rebuildAborts(segment).run());
        }
        segment.installAborted(loaded.get(), step());
      }
      return log().reader().aborted(from, end);
    }
  }
}
