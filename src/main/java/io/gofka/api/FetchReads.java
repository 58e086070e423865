package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.CompleteRead;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReadResult;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads partitions that may belong to several log shards, and waits for records as long as a fetch
 * allows.
 *
 * <p>When one shard has all partitions, the fetch waits in it and an append answers it in the same
 * turn. When several have them, each shard is first asked for what it has. If that isn't enough,
 * the fetch waits in all of them until one has its share of what is missing; the first to have it
 * ends the waiting in the others, and what all of them have is counted again. A round that brings
 * nothing more was ended by a shard that has its reasons, and is the last.
 */
final class FetchReads {
  /** Names reads for {@link CompleteRead}; unique in the process. */
  private static final AtomicLong READ_IDS = new AtomicLong();

  private final BrokerContext broker;
  private final Map<Long, Waiting> waitingByConnection = new HashMap<>();

  FetchReads(BrokerContext broker) {
    this.broker = broker;
  }

  /**
   * @param maxBytes of the whole answer
   * @param maxWaitMs how long to wait for {@code minBytes}
   */
  record Limits(
      int minBytes, int maxBytes, int maxWaitMs, IsolationLevel isolationLevel, Source source) {}

  private record Waiting(long readId, List<Integer> shards) {}

  /** The partitions of one shard and where their results belong. */
  private record Part(int shard, List<PartitionRead> reads, List<Integer> positions) {}

  /** What stands for a partition that couldn't be read. */
  static ReadResult failed(TopicIdPartition partition, ErrorCode error) {
    return new ReadResult(
        partition,
        error,
        -1,
        -1,
        -1,
        Payload.of(Unpooled.EMPTY_BUFFER),
        List.of(),
        Optional.empty());
  }

  /** Reads all partitions; the results are in their order, and the future doesn't fail. */
  Future<List<ReadResult>> read(List<PartitionRead> reads, Limits limits, long connectionId) {
    if (reads.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    List<Part> parts = split(reads);
    long deadlineMs = nowMs() + limits.maxWaitMs();
    if (parts.size() == 1) {
      List<Integer> all = List.of(limits.minBytes());
      return wait(parts, reads.size(), limits, all, limits.maxWaitMs(), connectionId);
    }
    List<Integer> nothing = Collections.nCopies(parts.size(), 0);
    return wait(parts, reads.size(), limits, nothing, 0, connectionId)
        .compose(results -> enough(results, parts, limits, deadlineMs, connectionId));
  }

  private Future<List<ReadResult>> enough(
      List<ReadResult> results,
      List<Part> parts,
      Limits limits,
      long deadlineMs,
      long connectionId) {
    long leftMs = deadlineMs - nowMs();
    long before = bytes(results);
    if (leftMs <= 0 || before >= limits.minBytes() || cannotWait(results)) {
      return Future.succeededFuture(results);
    }
    List<Integer> minBytes = shares(results, parts, limits.minBytes());
    results.forEach(result -> result.records().release());
    return wait(parts, results.size(), limits, minBytes, (int) leftMs, connectionId)
        .compose(
            more ->
                bytes(more) <= before
                    ? Future.succeededFuture(more)
                    : enough(more, parts, limits, deadlineMs, connectionId));
  }

  private static long bytes(List<ReadResult> results) {
    long bytes = 0;
    for (ReadResult result : results) {
      bytes += result.records().size();
    }
    return bytes;
  }

  /** One of them tells something that the client has to know at once. */
  private static boolean cannotWait(List<ReadResult> results) {
    for (ReadResult result : results) {
      if (result.error() != ErrorCode.NONE
          || result.divergingEpoch().isPresent()
          || result.preferredReadReplica().isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * What each shard has to have before the next look is worth it: what it has, and its share of
   * what is missing. Without the former, a shard that has its share would end every round at once.
   */
  private static List<Integer> shares(List<ReadResult> results, List<Part> parts, int minBytes) {
    List<Integer> found = new ArrayList<>(parts.size());
    long missing = minBytes;
    for (Part part : parts) {
      int bytes = 0;
      for (int position : part.positions()) {
        bytes += results.get(position).records().size();
      }
      found.add(bytes);
      missing -= bytes;
    }
    int share = (int) ((missing + parts.size() - 1) / parts.size());
    found.replaceAll(bytes -> bytes + share);
    return found;
  }

  /**
   * One round over all shards: ends when the first of them has its {@code minBytes}, or after
   * {@code waitMs}.
   */
  private Future<List<ReadResult>> wait(
      List<Part> parts,
      int size,
      Limits limits,
      List<Integer> minBytes,
      int waitMs,
      long connectionId) {
    long readId = READ_IDS.incrementAndGet();
    int maxBytes = Math.max(1, limits.maxBytes() / parts.size());
    List<Integer> shards = parts.stream().map(Part::shard).toList();
    if (waitMs > 0) {
      waitingByConnection.put(connectionId, new Waiting(readId, shards));
    }
    List<Future<List<ReadResult>>> asked = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      asked.add(
          ask(
              part,
              new ReadRecords(
                  readId,
                  part.reads(),
                  minBytes.get(i),
                  maxBytes,
                  waitMs,
                  limits.isolationLevel(),
                  Form.SENDABLE,
                  limits.source())));
    }
    if (waitMs > 0 && parts.size() > 1) {
      Future.any(asked).onComplete(first -> complete(new Waiting(readId, shards)));
    }
    return Future.all(asked)
        .map(
            all -> {
              waitingByConnection.remove(connectionId);
              ReadResult[] results = new ReadResult[size];
              for (int p = 0; p < parts.size(); p++) {
                List<Integer> positions = parts.get(p).positions();
                for (int i = 0; i < positions.size(); i++) {
                  results[positions.get(i)] = asked.get(p).result().get(i);
                }
              }
              return Arrays.asList(results);
            });
  }

  private Future<List<ReadResult>> ask(Part part, ReadRecords message) {
    return broker
        .bus()
        .request(Addresses.LOG_READ.at(part.shard()), message)
        .otherwise(
            cause -> {
              ErrorCode error =
                  cause instanceof ApiException refused
                      ? refused.errorCode()
                      : ErrorCode.UNKNOWN_SERVER_ERROR;
              return part.reads().stream().map(read -> failed(read.partition(), error)).toList();
            });
  }

  private List<Part> split(List<PartitionRead> reads) {
    Part[] byShard = new Part[broker.shards().count()];
    for (int i = 0; i < reads.size(); i++) {
      int shard = broker.shards().of(reads.get(i).partition());
      if (byShard[shard] == null) {
        byShard[shard] = new Part(shard, new ArrayList<>(), new ArrayList<>());
      }
      byShard[shard].reads().add(reads.get(i));
      byShard[shard].positions().add(i);
    }
    List<Part> parts = new ArrayList<>(byShard.length);
    for (Part part : byShard) {
      if (part != null) {
        parts.add(part);
      }
    }
    return parts;
  }

  /** The connection is gone: whatever waits on its behalf is answered, and dropped, now. */
  void giveUp(long connectionId) {
    Waiting waiting = waitingByConnection.remove(connectionId);
    if (waiting != null) {
      complete(waiting);
    }
  }

  private void complete(Waiting waiting) {
    for (int shard : waiting.shards()) {
      broker
          .bus()
          .request(Addresses.LOG_COMPLETE_READ.at(shard), new CompleteRead(waiting.readId()))
          .otherwiseEmpty(); // The shard is gone, and with it the read.
    }
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
