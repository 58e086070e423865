package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
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
  private static final long START = 1_700_000_000_000L;
  private static final long PRODUCER_EXPIRATION_MS = 15_000;
  private static final TopicIdPartition PARTITION =
      new TopicIdPartition(new UUID(1, 2), "topic", 0);

  @Test
  void readersOfCommittedRecordsAreToldWhatAScanWouldTellThem() {
    int histories = Integer.getInteger("gofka.log.seeds", SEEDS);
    long first = Long.getLong("gofka.log.seed", 0);
    int aborted = 0;
    int rebuilt = 0;
    int heldBack = 0;
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
      aborted += history.abortedSeen;
      rebuilt += history.rebuilt;
      heldBack += history.heldBack;
    }
    // Histories without any of this would prove nothing.
    assertTrue(aborted > 20 * histories, "only " + aborted + " aborted transactions were told");
    assertTrue(rebuilt > histories / 4, "only " + rebuilt + " damaged indexes");
    assertTrue(heldBack > 5 * histories, "only " + heldBack + " looks at an open transaction");
  }

  /** A batch as it lies in the log. */
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

  private static final class History {
    private final Random random;
    private final MemoryLogDisk disk = new MemoryLogDisk();
    private final LogConfig config;
    private final boolean retention;
    private final List<Written> batches = new ArrayList<>();
    private final Deque<Chore> pending = new ArrayDeque<>();
    private final Map<Long, Producer> producers = new HashMap<>();
    private PartitionLog log;
    private long timestampMs = START;
    private int coordinatorEpoch;
    private int step;
    private int abortedSeen;
    private int rebuilt;
    private int heldBack;

    History(long seed) {
      random = new Random(seed);
      retention = random.nextBoolean();
      Map<String, String> settings = new HashMap<>();
      settings.put("internal.segment.bytes", Integer.toString(600 + random.nextInt(2000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(300)));
      settings.put("retention.ms", retention ? "20000" : "-1");
      settings.put("retention.bytes", retention && random.nextBoolean() ? "3000" : "-1");
      config =
          LogConfig.of(TopicConfig.of(BrokerConfig.DEFAULTS, settings), PRODUCER_EXPIRATION_MS);
      log = PartitionLog.create(disk, "topic-0", PARTITION, config, timestampMs, 0);
      log.becomeLeader(0);
      for (long id = 0; id < PRODUCERS; id++) {
        producers.put(id, new Producer());
      }
    }

    void run() throws IOException {
      for (step = 0; step < STEPS; step++) {
        timestampMs += random.nextInt(600);
        int what = random.nextInt(100);
        if (what < 45) {
          write();
        } else if (what < 70) {
          end();
        } else if (what < 75) {
          commit();
        } else if (what < 80) {
          runChores(random.nextInt(5));
        } else if (what < 83) {
          retain();
        } else if (what < 85 && retention) {
          deleteRecords();
        } else if (what < 87) {
          log.tidy(timestampMs, random.nextBoolean() ? Long.MAX_VALUE : 0);
        } else if (what < 90) {
          stopAndStart();
        } else if (what < 93) {
          killAndStart();
        } else if (what < 95) {
          losePowerAndStart();
        }
        pending.addAll(log.takeChores());
        check();
      }
      stopAndStart();
      check();
      log.closeFiles();
      assertEquals(0, disk.openReferences(), "files stay open");
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
        assertEquals(Optional.empty(), log.duplicateOf(batch));
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
      log.producers().checkMarker(Batches.view(bytes).get(0), marker, next);
      append(bytes, Optional.of(marker.type()));
      producer.open = false;
    }

    private void append(ByteBuf bytes, Optional<EndTxnMarker.Type> marker) throws IOException {
      List<RecordBatch> view = Batches.view(bytes);
      LogAppend append = log.begin(view, bytes.readableBytes(), 0, timestampMs);
      append.write();
      log.commit(append, timestampMs, step);
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
      long left = log.logEndOffset() - log.highWatermark();
      long to = log.highWatermark() + (left == 0 ? 0 : random.nextInt((int) left + 1));
      log.onCommitted(random.nextInt(4) == 0 ? to : log.logEndOffset());
    }

    private void retain() throws IOException {
      long start = log.logStartOffset();
      long stable = log.lastStableOffset();
      log.enforceRetention(timestampMs);
      if (log.logStartOffset() > start) {
        assertTrue(log.logStartOffset() <= stable, "retention took an open transaction");
      }
    }

    private void deleteRecords() {
      long span = log.highWatermark() - log.logStartOffset();
      log.deleteBefore(log.logStartOffset() + random.nextInt((int) span + 1));
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
      log.closeFiles();
      damageSideFiles();
      reopen();
    }

    private void killAndStart() throws IOException {
      pending.clear();
      disk.kill();
      damageSideFiles();
      reopen();
    }

    private void losePowerAndStart() throws IOException {
      pending.clear();
      disk.losePower(random);
      reopen();
      batches.removeIf(batch -> batch.lastOffset() >= log.logEndOffset());
      recallProducers();
    }

    private void reopen() throws IOException {
      log = LogRecovery.open(disk, "topic-0", PARTITION, config, timestampMs, 0);
      log.onCommitted(log.logEndOffset()); // As if there were no other replica.
      pending.addAll(log.takeChores());
      log.becomeLeader(0);
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

    /** Indexes and snapshots can be made again from the log itself. */
    private void damageSideFiles() {
      for (String suffix : List.of(LogFiles.INDEX, LogFiles.PRODUCERS)) {
        for (String file : disk.files(suffix)) {
          int how = random.nextInt(12);
          if (how == 0) {
            disk.delete(file);
          } else if (how == 1) {
            byte[] damaged = disk.content(file).clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            disk.put(file, damaged);
          }
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
      long start = log.logStartOffset();
      // Where records of an open transaction were deleted on request, it begins anew for whoever
      // has only the log to look at; with a snapshot it begins where the log does.
      long least = log.highWatermark();
      long greatest = log.highWatermark();
      for (Scanned transaction : transactions) {
        if (transaction.lastOffset >= log.highWatermark()) {
          least = Math.min(least, Math.max(start, transaction.firstOffset()));
          greatest = Math.min(greatest, transaction.firstOffsetFrom(start));
        }
      }
      greatest = Math.max(greatest, start);
      long actual = log.lastStableOffset();
      assertTrue(
          least <= actual && actual <= greatest,
          "last stable offset " + actual + " is not from " + least + " to " + greatest);
      if (greatest < log.highWatermark()) {
        heldBack++;
      }
    }

    private void checkAborted(List<Scanned> transactions) throws IOException {
      long start = log.logStartOffset();
      long span = log.lastStableOffset() - start;
      if (span == 0) {
        return;
      }
      long from = start + random.nextInt((int) span);
      long end = from + 1 + random.nextInt((int) (log.lastStableOffset() - from));
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
      abortedSeen += actual.size();
    }

    private List<AbortedTransaction> aborted(long from, long end) throws IOException {
      for (Segment segment : log.reader().abortsToLoad(from, end)) {
        Optional<List<AbortedTransaction>> loaded =
            segment.loadAborted(PARTITION, segment.abortedCount());
        if (loaded.isEmpty()) {
          rebuilt++;
          loaded = Optional.of(log.reader().rebuildAborts(segment).run());
        }
        segment.installAborted(loaded.get(), step);
      }
      return log.reader().aborted(from, end);
    }
  }
}
