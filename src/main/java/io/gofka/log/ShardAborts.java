package io.gofka.log;

import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings the aborted transactions of segments into memory for those who read committed. As a rule
 * there are none to bring: a log without aborted transactions has nothing on disk or in memory, and
 * those of the segment that is written to are there.
 */
final class ShardAborts {
  private final LogShard shard;
  private final ShardHost host;

  ShardAborts(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /** What is missing for one partition, up to the offset where the read can end at most. */
  record Missing(ShardPartition partition, List<Part> parts, long endOffset) {}

  /** A segment and how many transactions its index says it has. */
  private record Part(Segment segment, int count) {}

  /** What a worker has found: empty when the index is damaged. */
  private record Loaded(
      ShardPartition partition, Segment segment, Optional<List<AbortedTransaction>> aborted) {}

  /** What has to be loaded before the request can be answered. */
  List<Missing> missing(ReadRecords request) {
    if (request.isolationLevel() != IsolationLevel.READ_COMMITTED) {
      return List.of();
    }
    List<Missing> missing = new ArrayList<>();
    for (PartitionRead read : request.partitions()) {
      shard
          .partition(read.partition())
          .filter(partition -> shard.isReadable(partition) && partition.leads())
          .ifPresent(partition -> addMissing(partition, read.fetchOffset(), missing));
    }
    return missing;
  }

  private static void addMissing(ShardPartition partition, long fetchOffset, List<Missing> to) {
    PartitionLog log = partition.log();
    long visibleEnd = log.lastStableOffset();
    if (fetchOffset < log.logStartOffset() || fetchOffset >= visibleEnd) {
      return;
    }
    long endOffset = Math.min(visibleEnd, log.reader().segmentFor(fetchOffset).endOffset());
    List<Segment> segments = log.reader().abortsToLoad(fetchOffset, endOffset);
    if (!segments.isEmpty()) {
      List<Part> parts =
          segments.stream().map(segment -> new Part(segment, segment.abortedCount())).toList();
      to.add(new Missing(partition, parts, endOffset));
    }
  }

  /**
   * Loads them.
   *
   * @param then follows in any case; what could not be loaded is missing still
   */
  void load(List<Missing> missing, Runnable then) {
    List<Runnable> failures = new ArrayList<>();
    shard
        .work()
        .aside(
            () -> {
              List<Loaded> loaded = new ArrayList<>();
              for (Missing each : missing) {
                try {
                  load(each, loaded);
                } catch (IOException failure) {
                  failures.add(() -> shard.failures().onReadFailure(each.partition(), failure));
                }
              }
              return loaded;
            },
            loaded -> {
              failures.forEach(Runnable::run);
              install(loaded, then);
            },
            failure -> then.run());
  }

  /** On a worker. */
  private static void load(Missing missing, List<Loaded> to) throws IOException {
    for (Part part : missing.parts()) {
      Optional<List<AbortedTransaction>> aborted =
          part.segment().loadAborted(missing.partition().id(), part.count());
      to.add(new Loaded(missing.partition(), part.segment(), aborted));
      if (aborted.isEmpty() || AbortedTransactions.decides(aborted.get(), missing.endOffset())) {
        return; // Most transactions are short: what lies behind is rarely looked at.
      }
    }
  }

  private void install(List<Loaded> loaded, Runnable then) {
    Runnable next = then;
    for (Loaded each : loaded) {
      if (each.aborted().isPresent()) {
        each.segment().installAborted(each.aborted().get(), host.nowMs());
      } else if (each.partition().isOpen()) {
        Runnable afterwards = next;
        next = () -> rebuild(each.partition(), each.segment(), afterwards);
      }
    }
    next.run();
  }

  private void rebuild(ShardPartition partition, Segment segment, Runnable then) {
    AbortedRebuild rebuild = partition.log().reader().rebuildAborts(segment);
    host.inOrder(
        rebuild::run,
        aborted -> {
          segment.installAborted(aborted, host.nowMs());
          then.run();
        },
        failure -> {
          shard.failures().onReadFailure(partition, failure);
          then.run();
        });
  }
}
