package io.gofka.api;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendResult;
import io.gofka.log.ReadResult;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.ProduceResponse;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells a client that asked the wrong broker who leads the partition and where that broker is, so
 * that it need not ask for metadata first (KIP-951).
 */
final class LeaderHints {
  private static final Set<ErrorCode> WRONG_LEADER =
      Set.of(ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH);

  private static final short FIRST_PRODUCE_VERSION = 10;
  private static final short FIRST_FETCH_VERSION = 12;
  private static final short FIRST_FETCH_VERSION_WITH_ENDPOINTS = 16;

  private LeaderHints() {}

  static void add(
      ProduceResponse response,
      ClusterImage image,
      List<AppendResult> results,
      int askedId,
      RequestContext context) {
    if (context.apiVersion() < FIRST_PRODUCE_VERSION
        || results.stream().noneMatch(result -> WRONG_LEADER.contains(result.error()))) {
      return;
    }
    Set<Integer> leaders = new TreeSet<>();
    for (ProduceResponse.TopicProduceResponse topic : response.responses()) {
      for (ProduceResponse.PartitionProduceResponse partition : topic.partitionResponses()) {
        if (WRONG_LEADER.contains(ErrorCode.of(partition.errorCode()))) {
          PartitionLookup.topic(image, topic.name(), topic.topicId())
              .flatMap(found -> PartitionLookup.partition(found, partition.index()))
              .flatMap(found -> leader(image, found))
              .ifPresent(
                  known -> {
                    leaders.add(known.leader());
                    partition.currentLeader(
                        new ProduceResponse.LeaderIdAndEpoch()
                            .leaderId(known.leader())
                            .leaderEpoch(known.leaderEpoch()));
                  });
        }
      }
    }
    for (BrokerImage broker : brokers(image, leaders)) {
      ClientEndpoint.of(broker, askedId, context.connection())
          .ifPresent(
              endpoint ->
                  response
                      .nodeEndpoints()
                      .add(
                          new ProduceResponse.NodeEndpoint()
                              .nodeId(broker.id())
                              .host(endpoint.host())
                              .port(endpoint.port())
                              .rack(broker.rack().orElse(null))));
    }
  }

  static void add(
      FetchResponse response,
      ClusterImage image,
      List<ReadResult> results,
      int askedId,
      RequestContext context) {
    if (context.apiVersion() < FIRST_FETCH_VERSION
        || results.stream().noneMatch(result -> WRONG_LEADER.contains(result.error()))) {
      return;
    }
    Set<Integer> leaders = new TreeSet<>();
    for (FetchResponse.FetchableTopicResponse topic : response.responses()) {
      for (FetchResponse.PartitionData partition : topic.partitions()) {
        if (WRONG_LEADER.contains(ErrorCode.of(partition.errorCode()))) {
          PartitionLookup.topic(image, topic.topic(), topic.topicId())
              .flatMap(found -> PartitionLookup.partition(found, partition.partitionIndex()))
              .flatMap(found -> leader(image, found))
              .ifPresent(
                  known -> {
                    leaders.add(known.leader());
                    partition.currentLeader(
                        new FetchResponse.LeaderIdAndEpoch()
                            .leaderId(known.leader())
                            .leaderEpoch(known.leaderEpoch()));
                  });
        }
      }
    }
    if (context.apiVersion() < FIRST_FETCH_VERSION_WITH_ENDPOINTS) {
      return;
    }
    for (BrokerImage broker : brokers(image, leaders)) {
      ClientEndpoint.of(broker, askedId, context.connection())
          .ifPresent(
              endpoint ->
                  response
                      .nodeEndpoints()
                      .add(
                          new FetchResponse.NodeEndpoint()
                              .nodeId(broker.id())
                              .host(endpoint.host())
                              .port(endpoint.port())
                              .rack(broker.rack().orElse(null))));
    }
  }

  private static Optional<PartitionImage> leader(ClusterImage image, TopicIdPartition partition) {
    return image
        .topic(partition.topicId())
        .map(topic -> topic.partitions().get(partition.partition()))
        .filter(known -> known.leader() != PartitionImage.NO_LEADER);
  }

  private static List<BrokerImage> brokers(ClusterImage image, Set<Integer> ids) {
    return ids.stream().map(image.brokers()::get).filter(Objects::nonNull).toList();
  }
}
