package io.gofka.api;

import io.gofka.api.FetchSessions.Fetch;
import io.gofka.api.FetchSessions.PartitionName;
import io.gofka.api.FetchSessions.Session;
import io.gofka.api.FetchSessions.Told;
import io.gofka.api.FetchSessions.Wanted;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReadResult;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.FetchRequest;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.FetchResponse.AbortedTransaction;
import io.gofka.protocol.message.FetchResponse.EpochEndOffset;
import io.gofka.protocol.message.FetchResponse.FetchableTopicResponse;
import io.gofka.protocol.message.FetchResponse.PartitionData;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Fetch, key 1, versions 4 to 18: read record batches. v5 log start offset; v7 incremental sessions
 * (KIP-227); v9 leader epochs; v10 zstd; v11 rack (KIP-392); v12 truncation check (KIP-595),
 * flexible; v13 topic ids; v16 where the leaders are (KIP-951); v15, v17 and v18 add fields that
 * only replicas send.
 *
 * <p>Replicas of ours don't fetch this way, so that a replica id in a request gives no right:
 * everybody reads up to the high watermark only.
 */
public final class FetchHandler implements ApiHandler<FetchRequest> {
  private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
  private static final short FIRST_VERSION_WITH_ZSTD = 10;
  private static final short FIRST_VERSION_WITH_RACK = 11;
  private static final long NO_OFFSET = -1;
  private static final int NO_REPLICA = -1;

  private final BrokerContext broker;
  private final FetchReads reads;
  private final FetchSessions sessions;
  private final int maxResponseBytes;
  private final ReplicaSelector selector;

  /**
   * @param maxResponseBytes {@code fetch.max.bytes} of the broker
   * @param maxSessions {@code max.incremental.fetch.session.cache.slots} of this loop
   * @param selector who reads from which replica
   */
  FetchHandler(
      BrokerContext broker, int maxResponseBytes, int maxSessions, ReplicaSelector selector) {
    this.broker = broker;
    this.reads = new FetchReads(broker);
    this.sessions = new FetchSessions(maxSessions, () -> ThreadLocalRandom.current().nextInt());
    this.maxResponseBytes = maxResponseBytes;
    this.selector = selector;
  }

  /**
   * A fetch waits for records as long as its client allows, and needs none of its request's bytes
   * for it.
   */
  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public void connectionClosed(long connectionId) {
    reads.giveUp(connectionId);
  }

  @Override
  public Future<Reply> handle(FetchRequest request, RequestContext context) {
    long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    Fetch fetch = sessions.begin(sessionRequest(request, context.apiVersion()), nowMs);
    if (fetch instanceof Fetch.Accepted accepted) {
      return read(request, accepted, context);
    }
    ErrorCode error = ((Fetch.Refused) fetch).error();
    return Future.succeededFuture(Reply.of(new FetchResponse().errorCode(error.code())));
  }

  private Future<Reply> read(
      FetchRequest request, Fetch.Accepted accepted, RequestContext context) {
    ClusterImage image = broker.image().get();
    List<Wanted> wanted = accepted.wanted();
    ReadResult[] results = new ReadResult[wanted.size()];
    List<PartitionRead> toRead = new ArrayList<>(wanted.size());
    List<Integer> positions = new ArrayList<>(wanted.size());
    for (int i = 0; i < results.length; i++) {
      Wanted one = wanted.get(i);
      PartitionName key = one.key();
      Optional<TopicImage> topic = PartitionLookup.topic(image, key.topic(), key.topicId());
      Optional<TopicIdPartition> partition =
          topic.flatMap(found -> PartitionLookup.partition(found, key.partition()));
      if (partition.isEmpty()) {
        ErrorCode error =
            topic.isPresent()
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : PartitionLookup.unknown(key.topicId());
        results[i] =
            FetchReads.failed(
                new TopicIdPartition(key.topicId(), key.topic(), key.partition()), error);
      } else if (context.apiVersion() < FIRST_VERSION_WITH_ZSTD && storesZstd(topic.get(), image)) {
        results[i] = FetchReads.failed(partition.get(), ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
      } else {
        toRead.add(
            new PartitionRead(
                partition.get(),
                one.fetchOffset(),
                one.maxBytes(),
                one.currentLeaderEpoch(),
                one.lastFetchedEpoch(),
                closeReplicas(image, topic.get(), key.partition(), request, context)));
        positions.add(i);
      }
    }
    boolean somethingToTell = toRead.size() < results.length;
    FetchReads.Limits limits =
        new FetchReads.Limits(
            somethingToTell ? 0 : request.minBytes(),
            Math.max(0, Math.min(request.maxBytes(), maxResponseBytes)),
            Math.max(0, request.maxWaitMs()),
            isolationLevel(request.isolationLevel()),
            // Who couldn't say where it stands was not made to read from followers, either.
            context.apiVersion() >= FIRST_VERSION_WITH_RACK ? Source.ANY_REPLICA : Source.LEADER);
    return reads
        .read(toRead, limits, context.connection().id())
        .map(
            read -> {
              for (int i = 0; i < read.size(); i++) {
                results[positions.get(i)] = read.get(i);
              }
              List<ReadResult> all = Arrays.asList(results);
              try {
                return Reply.of(response(accepted, all, limits.isolationLevel(), context));
              } catch (RuntimeException | Error bug) {
                release(all);
                throw bug;
              }
            });
  }

  private List<Integer> closeReplicas(
      ClusterImage image, TopicImage topic, int index, FetchRequest request, RequestContext from) {
    return request.rackId().isEmpty()
        ? List.of()
        : selector.closeReplicas(
            image, topic.partitions().get(index), request.rackId(), from.connection().listener());
  }

  /**
   * Whether all that a topic stores is zstd, which older clients can't read (KIP-110). What a
   * producer has sent as zstd to a topic that keeps it as it came goes to them all the same, as in
   * Kafka: only a look at each batch could tell.
   */
  private boolean storesZstd(TopicImage topic, ClusterImage image) {
    Map<String, String> overrides = image.overrides(ConfigResource.topic(topic.name()));
    return TopicConfig.of(broker.config().get(), overrides).compressionType()
        == TopicConfig.CompressionType.ZSTD;
  }

  private FetchResponse response(
      Fetch.Accepted accepted,
      List<ReadResult> results,
      IsolationLevel isolationLevel,
      RequestContext context) {
    FetchResponse response =
        new FetchResponse()
            .sessionId(accepted.session().map(Session::id).orElse(FetchSessions.NO_SESSION));
    Map<UUID, FetchableTopicResponse> topicsById = new LinkedHashMap<>();
    Map<String, FetchableTopicResponse> topicsByName = new LinkedHashMap<>();
    for (int i = 0; i < results.size(); i++) {
      PartitionName key = accepted.wanted().get(i).key();
      ReadResult result = results.get(i);
      boolean hasData =
          result.records().size() > 0
              || result.divergingEpoch().isPresent()
              || result.preferredReadReplica().isPresent();
      Told told =
          new Told(result.error(), result.highWatermark(), result.logStartOffset(), hasData);
      boolean changed = accepted.session().map(session -> session.tell(key, told)).orElse(true);
      if (accepted.incremental() && !changed) {
        result.records().release();
        continue;
      }
      boolean byId = !key.topicId().equals(Uuids.ZERO);
      FetchableTopicResponse topic =
          byId
              ? topicsById.computeIfAbsent(
                  key.topicId(), id -> new FetchableTopicResponse().topicId(id))
              : topicsByName.computeIfAbsent(
                  key.topic(), name -> new FetchableTopicResponse().topic(name));
      topic.partitions().add(partitionData(key.partition(), result, isolationLevel));
    }
    response.responses().addAll(topicsById.values());
    response.responses().addAll(topicsByName.values());
    // The image of now: what was wrong with the leader may have happened while the fetch waited.
    LeaderHints.add(response, broker.image().get(), results, broker.brokerId(), context);
    return response;
  }

  /** Those of a response that was not finished; what isn't told again is given back already. */
  private static void release(List<ReadResult> results) {
    for (ReadResult result : results) {
      if (result.records().part().refCnt() > 0) {
        result.records().release();
      }
    }
  }

  private static PartitionData partitionData(
      int index, ReadResult result, IsolationLevel isolationLevel) {
    PartitionData data =
        new PartitionData()
            .partitionIndex(index)
            .errorCode(result.error().code())
            .highWatermark(result.highWatermark())
            .lastStableOffset(result.lastStableOffset())
            .logStartOffset(result.logStartOffset())
            .records(result.records())
            .preferredReadReplica(result.preferredReadReplica().orElse(NO_REPLICA));
    result
        .divergingEpoch()
        .ifPresent(
            end ->
                data.divergingEpoch(
                    new EpochEndOffset().epoch(end.leaderEpoch()).endOffset(end.offset())));
    if (isolationLevel == IsolationLevel.READ_UNCOMMITTED) {
      data.abortedTransactions(null);
    }
    for (ReadResult.AbortedTransaction aborted : result.abortedTransactions()) {
      data.abortedTransactions()
          .add(
              new AbortedTransaction()
                  .producerId(aborted.producerId())
                  .firstOffset(aborted.firstOffset()));
    }
    return data;
  }

  private static FetchSessions.Request sessionRequest(FetchRequest request, short version) {
    List<Wanted> wanted = new ArrayList<>();
    for (FetchRequest.FetchTopic topic : request.topics()) {
      for (FetchRequest.FetchPartition partition : topic.partitions()) {
        wanted.add(
            new Wanted(
                new PartitionName(topic.topicId(), topic.topic(), partition.partition()),
                partition.fetchOffset(),
                partition.partitionMaxBytes(),
                partition.currentLeaderEpoch(),
                partition.lastFetchedEpoch()));
      }
    }
    List<PartitionName> forgotten = new ArrayList<>();
    for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData()) {
      for (int partition : topic.partitions()) {
        forgotten.add(new PartitionName(topic.topicId(), topic.topic(), partition));
      }
    }
    return new FetchSessions.Request(
        request.sessionId(),
        request.sessionEpoch(),
        version >= FIRST_VERSION_WITH_TOPIC_IDS,
        wanted,
        forgotten);
  }

  /**
   * The isolation level with this wire code.
   *
   * @throws ApiException INVALID_REQUEST when there is none
   */
  static IsolationLevel isolationLevel(byte code) {
    if (code == 0) {
      return IsolationLevel.READ_UNCOMMITTED;
    }
    if (code == 1) {
      return IsolationLevel.READ_COMMITTED;
    }
    throw new ApiException(
        ErrorCode.INVALID_REQUEST, "isolation level is " + code + ", allowed are 0 and 1");
  }

  /** Gives back the records of a response that isn't sent. */
  public static void release(FetchResponse response) {
    for (FetchableTopicResponse topic : response.responses()) {
      for (PartitionData partition : topic.partitions()) {
        if (partition.records() != null) {
          partition.records().release();
        }
      }
    }
  }

  @Override
  public ApiMessage errorResponse(FetchRequest request, ApiException error) {
    FetchResponse response = new FetchResponse().errorCode(error.errorCode().code());
    for (FetchRequest.FetchTopic topic : request.topics()) {
      FetchableTopicResponse answer =
          new FetchableTopicResponse().topic(topic.topic()).topicId(topic.topicId());
      for (FetchRequest.FetchPartition partition : topic.partitions()) {
        answer
            .partitions()
            .add(
                new PartitionData()
                    .partitionIndex(partition.partition())
                    .errorCode(error.errorCode().code())
                    .highWatermark(NO_OFFSET)
                    .abortedTransactions(null)
                    .records(Payload.of(Unpooled.EMPTY_BUFFER)));
      }
      response.responses().add(answer);
    }
    return response;
  }
}
