package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ShardAborts.Missing;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reading half of a {@link LogShard}: answers at once, parks a read until there is enough, or
 * lets a worker bring in what isn't in memory before anything is read on the shard's thread.
 */
final class ShardReads {
  private static final Logger LOG = LoggerFactory.getLogger(ShardReads.class);

  /** Reads that may wait for appends; the next one is answered at once with what there is. */
  static final int MAX_PARKED_READS = 100_000;

  /** However long a reader is willing to wait: the bus gives up after ten minutes. */
  static final int MAX_WAIT_MS = 300_000;

  /**
   * Of so many partitions a read gets records; the others' come with the next one. Opening and
   * searching the files of thousands would hold up everybody else on the loop.
   */
  static final int MAX_PARTITIONS_WITH_RECORDS = 500;

  /** How often a read may go to the worker before it is done on the loop, if it can be. */
  private static final int MAX_PREPARATIONS = 3;

  private static final Payload EMPTY = Payload.of(Unpooled.EMPTY_BUFFER);

  private final LogShard shard;
  private final ShardHost host;
  private final ShardAborts aborts;
  private final Map<Long, ActiveRead> active = new HashMap<>();
  private final Set<ActiveRead> enough = new LinkedHashSet<>();
  private final Set<ActiveRead> released = new LinkedHashSet<>();
  private int parked;
  private boolean wakeUpDue;

  ShardReads(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
    this.aborts = new ShardAborts(shard, host);
  }

  void read(ReadRecords request, Consumer<List<ReadResult>> reply) {
    attempt(new ActiveRead(request, reply), 0);
  }

  /** Answers a read that is still waiting. */
  void complete(long readId) {
    ActiveRead read = active.get(readId);
    if (read != null) {
      hurry(read);
    }
  }

  /**
   * So many more bytes of a partition can be read.
   *
   * @param stable whether they can be read also by those who read committed
   */
  void onReadable(ShardPartition partition, int bytes, boolean stable) {
    for (ActiveRead read : partition.parkedReads()) {
      if ((stable || !read.readsCommitted()) && read.onAppended(bytes)) {
        enough.add(read);
      }
    }
    wakeUpSoon();
  }

  /**
   * The last stable offset has moved after transactions had held it back: nobody has counted how
   * much that releases, so those who read committed look again.
   */
  void onReleased(ShardPartition partition) {
    for (ActiveRead read : partition.parkedReads()) {
      if (read.readsCommitted()) {
        released.add(read);
      }
    }
    wakeUpSoon();
  }

  /** More is committed: everybody looks again how much that releases. */
  void onCommitted(ShardPartition partition) {
    released.addAll(partition.parkedReads());
    wakeUpSoon();
  }

  private void wakeUpSoon() {
    if (!(enough.isEmpty() && released.isEmpty()) && !wakeUpDue) {
      // Not at once: the producer is answered first, and what else comes in now is read together.
      wakeUpDue = true;
      host.soon(this::wakeUp);
    }
  }

  /** Something has changed that every reader of the partition has to hear of. */
  void wake(ShardPartition partition) {
    List.copyOf(partition.parkedReads()).forEach(this::hurry);
  }

  /** Answers everybody who waits. */
  void wakeAll() {
    List.copyOf(active.values()).forEach(this::hurry);
  }

  private void wakeUp() {
    wakeUpDue = false;
    List<ActiveRead> ready = List.copyOf(enough);
    List<ActiveRead> hopeful = List.copyOf(released);
    enough.clear();
    released.clear();
    ready.forEach(this::hurry);
    hopeful.forEach(this::tryAgain);
  }

  /** Answers a parked read if there is enough by now; otherwise it goes on waiting. */
  private void tryAgain(ActiveRead read) {
    if (read.isParked()) {
      unpark(read);
      attempt(read, 0);
    }
  }

  private void hurry(ActiveRead read) {
    read.hurry();
    tryAgain(read);
  }

  // ---- one attempt

  /** What was found for one partition: an error, a diverging epoch, or where its records lie. */
  private record Finding(
      PartitionRead read,
      ErrorCode error,
      Optional<PartitionLog> log,
      Optional<OffsetAndEpoch> diverging,
      LogSlice slice,
      List<ReadResult.AbortedTransaction> aborted,
      OptionalInt elsewhere) {

    /** Nothing was read. */
    static Finding of(PartitionRead read, ErrorCode error, Optional<PartitionLog> log) {
      return new Finding(
          read, error, log, Optional.empty(), LogSlice.NOTHING, List.of(), OptionalInt.empty());
    }

    /** Another replica is to be asked. */
    static Finding elsewhere(PartitionRead read, PartitionLog log, OptionalInt replica) {
      return new Finding(
          read,
          ErrorCode.NONE,
          Optional.of(log),
          Optional.empty(),
          LogSlice.NOTHING,
          List.of(),
          replica);
    }

    /** Whether nothing is gained by waiting. */
    boolean isConclusive() {
      return error != ErrorCode.NONE || diverging.isPresent() || elsewhere.isPresent();
    }
  }

  private void attempt(ActiveRead read, int preparations) {
    if (preparations < MAX_PREPARATIONS) {
      List<Missing> missing = aborts.missing(read.request());
      if (!missing.isEmpty()) {
        active.put(read.request().readId(), read);
        aborts.load(missing, () -> attempt(read, preparations + 1));
        return;
      }
      List<Preparation> needed = preparations(read);
      if (!needed.isEmpty()) {
        prepare(read, needed, preparations);
        return;
      }
    }
    ReadRecords request = read.request();
    List<Finding> findings = new ArrayList<>(request.partitions().size());
    long available = 0;
    boolean conclusive = read.isHurried() || request.maxWaitMs() <= 0;
    int budget = request.maxBytes();
    int withRecords = 0;
    for (PartitionRead partition : request.partitions()) {
      Finding finding =
          read.isUnreadable(partition.partition())
              ? unreadable(partition)
              : find(partition, request, budget, available == 0);
      findings.add(finding);
      conclusive |= finding.isConclusive();
      available += finding.slice().length();
      budget = Math.max(0, budget - finding.slice().length());
      if (finding.slice().length() > 0 && ++withRecords == MAX_PARTITIONS_WITH_RECORDS) {
        budget = 0;
        conclusive = true;
      }
    }
    if (conclusive || available >= request.minBytes() || parked >= MAX_PARKED_READS) {
      answer(read, findings);
    } else {
      park(read, available);
    }
  }

  private Finding find(
      PartitionRead read, ReadRecords request, int budget, boolean atLeastOneBatch) {
    try {
      ShardPartition partition =
          shard.partition(read.partition()).orElseThrow(() -> shard.unknown(read.partition()));
      shard.checkReadable(partition);
      PartitionLog log = readable(partition, read, request);
      Optional<OffsetAndEpoch> diverging = diverging(log, read);
      if (diverging.isPresent()) {
        return new Finding(
            read,
            ErrorCode.NONE,
            Optional.of(log),
            diverging,
            LogSlice.NOTHING,
            List.of(),
            OptionalInt.empty());
      }
      log.reader().checkReadable(read.fetchOffset());
      OptionalInt closer = closer(partition, read);
      if (closer.isPresent()) {
        return Finding.elsewhere(read, log, closer);
      }
      long endOffset = visibleEnd(log, request);
      LogSlice slice = LogSlice.NOTHING;
      if (budget > 0 || atLeastOneBatch) {
        slice =
            log.reader()
                .find(
                    read.fetchOffset(),
                    Math.min(read.maxBytes(), budget),
                    atLeastOneBatch,
                    endOffset,
                    host.nowMs());
      }
      if (!slice.isVerified()) {
        slice = LogSlice.NOTHING; // It has not come to that this time; the reader asks again.
      }
      return new Finding(
          read,
          ErrorCode.NONE,
          Optional.of(log),
          Optional.empty(),
          slice,
          aborted(log, request, read.fetchOffset(), slice, endOffset),
          OptionalInt.empty());
    } catch (ApiException refused) {
      Optional<PartitionLog> log =
          refused.errorCode() == ErrorCode.OFFSET_OUT_OF_RANGE
              ? shard.partition(read.partition()).flatMap(ShardPartition::openLog)
              : Optional.empty();
      return Finding.of(read, refused.errorCode(), log);
    } catch (IOException failure) {
      return failed(read, failure);
    }
  }

  private static PartitionLog readable(
      ShardPartition partition, PartitionRead read, ReadRecords request) {
    return request.source() == Source.LEADER
        ? partition.leaderLog(read.currentLeaderEpoch())
        : partition.replicaLog(read.currentLeaderEpoch());
  }

  /** A replica that the reader reaches more cheaply, if this is the leader and it knows one. */
  private static OptionalInt closer(ShardPartition partition, PartitionRead read) {
    return read.closeReplicas().isEmpty() || partition.led().isEmpty()
        ? OptionalInt.empty()
        : partition.led().get().replica().closest(read.closeReplicas(), read.fetchOffset());
  }

  private Finding failed(PartitionRead read, IOException failure) {
    onReadFailure(read.partition(), failure);
    return unreadable(read);
  }

  private static Finding unreadable(PartitionRead read) {
    return Finding.of(read, ErrorCode.KAFKA_STORAGE_ERROR, Optional.empty());
  }

  private void onReadFailure(TopicIdPartition id, IOException failure) {
    shard.partition(id).ifPresent(partition -> shard.failures().onReadFailure(partition, failure));
  }

  private static List<ReadResult.AbortedTransaction> aborted(
      PartitionLog log, ReadRecords request, long fetchOffset, LogSlice slice, long visibleEnd) {
    if (!readsCommitted(request) || slice.length() == 0 || !log.reader().hasAborted(fetchOffset)) {
      return List.of();
    }
    long endOffset = Math.min(slice.endOffset(), visibleEnd);
    return log.reader().aborted(fetchOffset, endOffset).stream()
        .map(
            transaction ->
                new ReadResult.AbortedTransaction(
                    transaction.producerId(), transaction.firstOffset()))
        .toList();
  }

  private static boolean readsCommitted(ReadRecords request) {
    return request.isolationLevel() == IsolationLevel.READ_COMMITTED;
  }

  private static long visibleEnd(PartitionLog log, ReadRecords request) {
    return readsCommitted(request) ? log.lastStableOffset() : log.highWatermark();
  }

  /** Where a reader has to cut its log before it may go on, if the logs have parted. */
  private static Optional<OffsetAndEpoch> diverging(PartitionLog log, PartitionRead read) {
    if (read.lastFetchedEpoch() < 0) {
      return Optional.empty();
    }
    OffsetAndEpoch end =
        log.epochEnd(read.lastFetchedEpoch())
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.OFFSET_OUT_OF_RANGE,
                        read.partition() + " knows no epoch " + read.lastFetchedEpoch()));
    return end.leaderEpoch() < read.lastFetchedEpoch() || end.offset() < read.fetchOffset()
        ? Optional.of(end)
        : Optional.empty();
  }

  private void answer(ActiveRead read, List<Finding> findings) {
    active.remove(read.request().readId(), read);
    List<ReadResult> results = new ArrayList<>(findings.size());
    for (Finding finding : findings) {
      results.add(result(finding, read.request().form()));
    }
    read.answer(results);
  }

  private ReadResult result(Finding finding, Form form) {
    TopicIdPartition id = finding.read().partition();
    if (finding.log().isEmpty()) {
      return new ReadResult(id, finding.error(), -1, -1, -1, EMPTY, List.of(), Optional.empty());
    }
    PartitionLog log = finding.log().get();
    Payload records = EMPTY;
    ErrorCode error = finding.error();
    try {
      if (finding.slice().length() > 0) {
        records =
            form == Form.BUFFER ? Payload.of(finding.slice().buffer()) : finding.slice().sendable();
      }
    } catch (IOException failure) {
      onReadFailure(id, failure);
      error = ErrorCode.KAFKA_STORAGE_ERROR;
    }
    return new ReadResult(
        id,
        error,
        log.highWatermark(),
        log.lastStableOffset(),
        log.logStartOffset(),
        records,
        error == ErrorCode.NONE ? finding.aborted() : List.of(),
        finding.diverging(),
        finding.elsewhere());
  }

  // ---- waiting

  private void park(ActiveRead read, long available) {
    int maxWaitMs = Math.min(read.request().maxWaitMs(), MAX_WAIT_MS);
    long nowMs = host.nowMs();
    long leftMs = Math.max(0, read.waitUntilMs(nowMs + maxWaitMs) - nowMs);
    active.put(read.request().readId(), read);
    read.park(available, host.after(leftMs, () -> hurry(read)));
    parked++;
    for (PartitionRead partition : read.request().partitions()) {
      shard.partition(partition.partition()).ifPresent(found -> found.park(read));
    }
  }

  private void unpark(ActiveRead read) {
    host.cancel(read.timer());
    read.unpark();
    parked--;
    for (PartitionRead partition : read.request().partitions()) {
      shard.partition(partition.partition()).ifPresent(found -> found.unpark(read));
    }
  }

  // ---- what a worker has to do first

  /** Something to do on a worker for one partition. */
  private record Preparation(ShardPartition partition, ReadPreparation work) {}

  private void prepare(ActiveRead read, List<Preparation> needed, int preparations) {
    active.put(read.request().readId(), read);
    List<Runnable> failed = new ArrayList<>();
    shard
        .work()
        .aside(
            () -> {
              List<Runnable> results = new ArrayList<>();
              for (Preparation preparation : needed) {
                // Each by itself: one bad sector is no reason to keep the others' files open.
                try {
                  results.add(preparation.work().run());
                } catch (IOException failure) {
                  failed.add(
                      () -> {
                        read.onUnreadable(preparation.partition().id());
                        shard.failures().onReadFailure(preparation.partition(), failure);
                      });
                }
              }
              return results;
            },
            results -> {
              results.forEach(Runnable::run);
              failed.forEach(Runnable::run);
              attempt(read, failed.isEmpty() ? preparations + 1 : MAX_PREPARATIONS);
            },
            failure -> {
              LOG.error("A read has failed to prepare", failure);
              attempt(read, MAX_PREPARATIONS);
            });
  }

  private List<Preparation> preparations(ActiveRead active) {
    List<Preparation> needed = List.of();
    int withRecords = 0;
    for (PartitionRead read : active.request().partitions()) {
      if (withRecords == MAX_PARTITIONS_WITH_RECORDS) {
        break;
      }
      Optional<ShardPartition> partition =
          shard
              .partition(read.partition())
              .filter(found -> shard.isReadable(found) && mayRead(found, active.request()));
      if (partition.isEmpty()
          || visibleEnd(partition.get().log(), active.request()) <= read.fetchOffset()) {
        continue; // The usual case of a reader that keeps up: nothing to read, nothing to prepare.
      }
      withRecords++;
      try {
        Optional<ReadPreparation> preparation =
            ReadPreparation.of(
                read.partition(),
                partition.get().log(),
                read.fetchOffset(),
                read.maxBytes(),
                host.nowMs());
        if (preparation.isPresent()) {
          needed = needed.isEmpty() ? new ArrayList<>() : needed;
          needed.add(new Preparation(partition.get(), preparation.get()));
        }
      } catch (IOException failure) {
        active.onUnreadable(read.partition());
        onReadFailure(read.partition(), failure);
      }
    }
    return needed;
  }

  private static boolean mayRead(ShardPartition partition, ReadRecords request) {
    return partition.led().isPresent() || request.source() == Source.ANY_REPLICA;
  }
}
