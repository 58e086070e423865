package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.DeleteRecordsBefore.Cut;
import io.gofka.log.DeleteRecordsBefore.Deleted;
import io.gofka.log.DescribeLogs.LogDescription;
import io.gofka.log.DescribeLogs.LogDescriptions;
import io.gofka.log.FindEpochEnds.EpochEnd;
import io.gofka.log.FindOffsets.Found;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.MeasureLogs.Condition;
import io.gofka.log.MeasureLogs.DirectoryMeasures;
import io.gofka.log.MeasureLogs.LogMeasures;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Everything a {@link LogShard} is asked besides appending and reading. */
final class ShardQueries {
  private static final long HIGH_WATERMARK = -1;
  private static final Set<String> INTERNAL_TOPICS =
      Set.of(TopicImage.CONSUMER_OFFSETS, TopicImage.TRANSACTION_STATE);

  private final LogShard shard;

  ShardQueries(LogShard shard) {
    this.shard = shard;
  }

  private ShardPartition leader(TopicIdPartition id) {
    ShardPartition partition = shard.partition(id).orElseThrow(() -> shard.unknown(id));
    shard.checkReadable(partition);
    return partition;
  }

  private PartitionLog leaderLog(TopicIdPartition id, int currentLeaderEpoch) {
    return leader(id).leaderLog(currentLeaderEpoch);
  }

  // ---- how it is

  LogMeasures measure() {
    List<DirectoryMeasures> directories = new ArrayList<>();
    for (LogDirectory directory : shard.directories().all()) {
      directories.add(
          measure(
              directory.name(),
              !shard.directories().isUsable(directory),
              shard.partitions().stream().filter(each -> each.isIn(directory)).toList()));
    }
    // Those that were not found may be in any of the others; they are told once.
    List<ShardPartition> missing =
        shard.partitions().stream().filter(each -> !each.isPlaced()).toList();
    for (String name : shard.directories().offline().keySet()) {
      directories.add(measure(name, true, missing));
      missing = List.of();
    }
    return new LogMeasures(
        directories,
        shard.writes().isDiskSlow(),
        shard.replication().leading().appendedBytes(),
        shard.replication().measure());
  }

  private static DirectoryMeasures measure(
      String name, boolean offline, List<ShardPartition> inIt) {
    Map<Condition, Integer> partitions = new EnumMap<>(Condition.class);
    for (Condition condition : Condition.values()) {
      partitions.put(condition, 0);
    }
    long sizeBytes = 0;
    for (ShardPartition partition : inIt) {
      partitions.merge(condition(partition.state()), 1, Integer::sum);
      sizeBytes += partition.openLog().map(PartitionLog::sizeBytes).orElse(0L);
    }
    return new DirectoryMeasures(name, offline, partitions, sizeBytes);
  }

  private static Condition condition(LogState state) {
    return switch (state) {
      case OPENING -> Condition.OPENING;
      case SERVING -> Condition.SERVING;
      case WRITES_REFUSED -> Condition.WRITES_REFUSED;
      case UNOPENED, OFFLINE, GONE -> Condition.OFFLINE;
    };
  }

  // ---- offsets

  void findOffsets(FindOffsets request, Consumer<List<Found>> reply) {
    Answers<Found> answers = new Answers<>(request.queries().size(), reply);
    for (int i = 0; i < request.queries().size(); i++) {
      int index = i;
      FindOffsets.Query query = request.queries().get(i);
      try {
        ShardPartition partition = leader(query.partition());
        PartitionLog log = partition.leaderLog(query.currentLeaderEpoch());
        try {
          find(partition, log, query, request.isolationLevel(), found -> answers.set(index, found));
        } catch (IOException failure) {
          shard.failures().onReadFailure(partition, failure);
          answers.set(index, notFound(query, ErrorCode.KAFKA_STORAGE_ERROR));
        }
      } catch (ApiException refused) {
        answers.set(index, notFound(query, refused.errorCode()));
      }
    }
  }

  private static Found notFound(FindOffsets.Query query, ErrorCode error) {
    return new Found(query.partition(), error, -1, -1, LeaderEpochs.NONE);
  }

  private static Found at(FindOffsets.Query query, long offset, long timestampMs, int epoch) {
    return new Found(query.partition(), ErrorCode.NONE, offset, timestampMs, epoch);
  }

  private void find(
      ShardPartition partition,
      PartitionLog log,
      FindOffsets.Query query,
      IsolationLevel isolationLevel,
      Consumer<Found> reply)
      throws IOException {
    long end =
        isolationLevel == IsolationLevel.READ_COMMITTED
            ? log.lastStableOffset()
            : log.highWatermark();
    long timestamp = query.timestamp();
    if (mustKnowTheEnd(timestamp) && !isEndKnown(partition)) {
      reply.accept(notFound(query, ErrorCode.OFFSET_NOT_AVAILABLE));
    } else if (timestamp == FindOffsets.LATEST) {
      reply.accept(at(query, end, -1, log.latestEpoch()));
    } else if (timestamp == FindOffsets.EARLIEST || timestamp == FindOffsets.EARLIEST_LOCAL) {
      long start = log.logStartOffset();
      reply.accept(at(query, start, -1, log.epochAt(start)));
    } else if (timestamp == FindOffsets.LATEST_TIERED
        || timestamp == FindOffsets.EARLIEST_PENDING_UPLOAD) {
      reply.accept(notFound(query, ErrorCode.NONE));
    } else if (timestamp == FindOffsets.MAX_TIMESTAMP) {
      findLatest(partition, query, end, reply);
    } else if (timestamp < 0) {
      reply.accept(notFound(query, ErrorCode.UNSUPPORTED_VERSION));
    } else {
      search(partition, query, timestamp, end, reply);
    }
  }

  private static boolean mustKnowTheEnd(long timestamp) {
    return timestamp == FindOffsets.LATEST
        || timestamp == FindOffsets.MAX_TIMESTAMP
        || timestamp >= 0;
  }

  /** A new leader may know of less than the one before has told (KIP-207). */
  private static boolean isEndKnown(ShardPartition partition) {
    return partition.isAlone()
        || partition.led().filter(led -> led.replica().isHighWatermarkKnown()).isPresent();
  }

  /** The latest record of a segment may lie before the log's start: then all of it is looked at. */
  private void findLatest(
      ShardPartition partition, FindOffsets.Query query, long end, Consumer<Found> reply)
      throws IOException {
    PartitionLog log = partition.log();
    Segment first = log.reader().segmentFor(log.logStartOffset());
    if (first.baseOffset() == log.logStartOffset() || first.sizeBytes() == 0) {
      searchMax(partition, query, log.logStartOffset(), Optional.empty(), end, reply);
      return;
    }
    DiskFile file = first.file().retain();
    long firstEnd = first.endOffset();
    TimestampSearch search =
        new TimestampSearch(
            file,
            0,
            first.sizeBytes(),
            first.baseOffset(),
            RecordBatch.NO_TIMESTAMP,
            log.logStartOffset());
    shard
        .work()
        .aside(
            partition,
            () -> {
              try {
                return search.latest();
              } finally {
                file.release();
              }
            },
            found -> {
              try {
                leaderLog(query.partition(), query.currentLeaderEpoch());
                searchMax(partition, query, firstEnd, found, end, reply);
              } catch (ApiException refused) {
                reply.accept(notFound(query, refused.errorCode()));
              } catch (IOException failure) {
                shard.failures().onReadFailure(partition, failure);
                reply.accept(notFound(query, ErrorCode.KAFKA_STORAGE_ERROR));
              }
            },
            () -> reply.accept(notFound(query, ErrorCode.KAFKA_STORAGE_ERROR)));
  }

  /**
   * @param before the latest record before {@code from}
   */
  private void searchMax(
      ShardPartition partition,
      FindOffsets.Query query,
      long from,
      Optional<TimestampSearch.Found> before,
      long end,
      Consumer<Found> reply)
      throws IOException {
    long max = partition.log().reader().maxTimestampMs(from);
    if (max > before.map(TimestampSearch.Found::timestampMs).orElse(RecordBatch.NO_TIMESTAMP)) {
      search(partition, query, max, from, end, reply);
    } else {
      reply.accept(answer(partition.log(), query, before, end));
    }
  }

  /** Looks for the first record as late as {@code timestampMs}, on a worker. */
  private void search(
      ShardPartition partition,
      FindOffsets.Query query,
      long timestampMs,
      long end,
      Consumer<Found> reply)
      throws IOException {
    search(partition, query, timestampMs, partition.log().logStartOffset(), end, reply);
  }

  private void search(
      ShardPartition partition,
      FindOffsets.Query query,
      long timestampMs,
      long from,
      long end,
      Consumer<Found> reply)
      throws IOException {
    PartitionLog log = partition.log();
    Optional<Segment> candidate = log.reader().segmentForTimestamp(timestampMs, from);
    if (candidate.isEmpty()) {
      reply.accept(notFound(query, ErrorCode.NONE));
      return;
    }
    Segment segment = candidate.get();
    long segmentEnd = segment.endOffset();
    int position = segment.isIndexed() ? segment.index().positionForTimestamp(timestampMs) : 0;
    DiskFile file = segment.file().retain();
    TimestampSearch search =
        new TimestampSearch(
            file,
            position,
            segment.sizeBytes(),
            segment.baseOffset(),
            timestampMs,
            log.logStartOffset());
    shard
        .work()
        .aside(
            partition,
            () -> {
              try {
                return search.run();
              } finally {
                file.release();
              }
            },
            found -> {
              if (found.isPresent() || segmentEnd >= end) {
                reply.accept(answer(log, query, found, end));
              } else {
                searchOn(partition, query, timestampMs, segmentEnd, end, reply);
              }
            },
            () -> reply.accept(notFound(query, ErrorCode.KAFKA_STORAGE_ERROR)));
  }

  /** The record that made the segment a candidate lies before the log start. */
  private void searchOn(
      ShardPartition partition,
      FindOffsets.Query query,
      long timestampMs,
      long from,
      long end,
      Consumer<Found> reply) {
    try {
      leaderLog(query.partition(), query.currentLeaderEpoch());
      search(partition, query, timestampMs, from, end, reply);
    } catch (ApiException refused) {
      reply.accept(notFound(query, refused.errorCode()));
    } catch (IOException failure) {
      shard.failures().onReadFailure(partition, failure);
      reply.accept(notFound(query, ErrorCode.KAFKA_STORAGE_ERROR));
    }
  }

  private static Found answer(
      PartitionLog log, FindOffsets.Query query, Optional<TimestampSearch.Found> found, long end) {
    return found
        .filter(record -> record.offset() < end)
        .map(
            record ->
                at(query, record.offset(), record.timestampMs(), log.epochAt(record.offset())))
        .orElseGet(() -> notFound(query, ErrorCode.NONE));
  }

  // ---- epochs

  List<EpochEnd> findEpochEnds(FindEpochEnds request) {
    List<EpochEnd> ends = new ArrayList<>();
    for (FindEpochEnds.Query query : request.queries()) {
      ends.add(epochEnd(query));
    }
    return ends;
  }

  private EpochEnd epochEnd(FindEpochEnds.Query query) {
    try {
      OffsetAndEpoch end =
          leaderLog(query.partition(), query.currentLeaderEpoch())
              .epochEnd(query.leaderEpoch())
              .orElse(new OffsetAndEpoch(-1, LeaderEpochs.NONE));
      return new EpochEnd(query.partition(), ErrorCode.NONE, end.leaderEpoch(), end.offset());
    } catch (ApiException refused) {
      return new EpochEnd(query.partition(), refused.errorCode(), LeaderEpochs.NONE, -1);
    }
  }

  // ---- producers

  List<DescribeProducers.Described> describeProducers(DescribeProducers request) {
    List<DescribeProducers.Described> described = new ArrayList<>();
    for (TopicIdPartition id : request.partitions()) {
      try {
        described.add(
            new DescribeProducers.Described(
                id, ErrorCode.NONE, leaderLog(id, -1).producers().describe()));
      } catch (ApiException refused) {
        described.add(new DescribeProducers.Described(id, refused.errorCode(), List.of()));
      }
    }
    return described;
  }

  // ---- deletion of records

  void deleteRecords(DeleteRecordsBefore request, Consumer<List<Deleted>> reply) {
    Answers<Deleted> answers = new Answers<>(request.cuts().size(), reply);
    for (int i = 0; i < request.cuts().size(); i++) {
      int index = i;
      Cut cut = request.cuts().get(i);
      TopicIdPartition id = cut.partition();
      try {
        ShardPartition partition = deletable(id);
        delete(partition, cut, request.timeoutMs(), deleted -> answers.set(index, deleted));
      } catch (ApiException refused) {
        answers.set(index, new Deleted(id, refused.errorCode(), -1));
      }
    }
  }

  private void delete(ShardPartition partition, Cut cut, int timeoutMs, Consumer<Deleted> reply) {
    TopicIdPartition id = partition.id();
    PartitionLog log = partition.log();
    long offset = cut.offset() == HIGH_WATERMARK ? log.highWatermark() : cut.offset();
    log.deleteBefore(offset);
    long logStartOffset = log.logStartOffset();
    shard.work().doChores(partition);
    shard
        .work()
        .doInOrder(
            partition,
            () -> {}, // Behind what another request may have begun: that must be durable, too.
            () -> {
              if (partition.isAlone()) {
                reply.accept(new Deleted(id, ErrorCode.NONE, logStartOffset));
              } else {
                shard.replication().leading().awaitDeletion(partition, offset, timeoutMs, reply);
              }
            },
            () -> reply.accept(new Deleted(id, ErrorCode.KAFKA_STORAGE_ERROR, -1)));
  }

  private ShardPartition deletable(TopicIdPartition id) {
    if (INTERNAL_TOPICS.contains(id.topic())) {
      throw new ApiException(
          ErrorCode.INVALID_TOPIC_EXCEPTION, id.topic() + " belongs to the brokers");
    }
    ShardPartition partition = leader(id);
    shard.checkWritable(partition);
    PartitionLog log = partition.leaderLog(-1);
    if (log.config().compact() && !log.config().delete()) {
      throw new ApiException(
          ErrorCode.POLICY_VIOLATION, id.topic() + " is compacted, its records are not deleted");
    }
    return partition;
  }

  // ---- sizes

  LogDescriptions describe() {
    List<LogDescription> logs = new ArrayList<>();
    shard.partitions().stream()
        .filter(ShardPartition::isOpen)
        .sorted(Comparator.comparing(ShardPartition::id))
        .forEach(
            partition -> {
              PartitionLog log = partition.log();
              logs.add(
                  describe(log, partition.directoryName(), log.sizeBytes(), false, lag(partition)));
              shard
                  .moves()
                  .of(partition)
                  .ifPresent(
                      move ->
                          logs.add(
                              describe(
                                  log,
                                  move.target().name(),
                                  move.copiedBytes(),
                                  true,
                                  move.offsetLag())));
            });
    return new LogDescriptions(logs, shard.directories().states(shard.partitions()));
  }

  /** How much of what is committed a follower lacks. */
  private static long lag(ShardPartition partition) {
    return partition
        .followed()
        .map(role -> role.replica().leaderHighWatermark() - partition.log().logEndOffset())
        .filter(lag -> lag > 0)
        .orElse(0L);
  }

  private static LogDescription describe(
      PartitionLog log, String directory, long sizeBytes, boolean isFuture, long offsetLag) {
    return new LogDescription(
        log.partition(),
        directory,
        sizeBytes,
        log.logStartOffset(),
        log.logEndOffset(),
        log.highWatermark(),
        isFuture,
        offsetLag);
  }
}
