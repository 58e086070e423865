package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.FetchOffsets;
import io.gofka.group.FetchOffsets.Fetched;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.gofka.protocol.message.OffsetFetchResponse;
import io.gofka.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.gofka.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartition;
import io.gofka.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.gofka.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopic;
import io.gofka.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * OffsetFetch, key 9, versions 1 to 10. v2 null asks for all topics, an error for the whole group;
 * v5 leader epoch; v6 flexible; v7 require stable (without transactions, every committed offset
 * is); v8 several groups; v9 member id and epoch of the newer group protocol (KIP-848; classic
 * groups don't look at them); v10 topic ids instead of names.
 */
final class OffsetFetchHandler implements ApiHandler<OffsetFetchRequest> {
  private static final short FIRST_WITH_GROUP_ERROR = 2;
  private static final short FIRST_WITH_SEVERAL_GROUPS = 8;
  private static final short FIRST_BY_ID = 10;

  private final BrokerContext broker;

  OffsetFetchHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(OffsetFetchRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    if (context.apiVersion() >= FIRST_WITH_SEVERAL_GROUPS) {
      List<FetchOffsets.Query> queries =
          request.groups().stream().map(group -> query(image, group)).toList();
      return broker
          .bus()
          .request(Addresses.GROUP_FETCH_OFFSETS, new FetchOffsets(queries))
          .map(
              results -> {
                OffsetFetchResponse response = new OffsetFetchResponse();
                for (int i = 0; i < results.size(); i++) {
                  response
                      .groups()
                      .add(answer(request.groups().get(i), results.get(i), image, context));
                }
                return Reply.of(response);
              });
    }
    return broker
        .bus()
        .request(Addresses.GROUP_FETCH_OFFSETS, new FetchOffsets(List.of(query(image, request))))
        .map(results -> Reply.of(answer(request, results.get(0), context)));
  }

  // ---- several groups

  private static FetchOffsets.Query query(ClusterImage image, OffsetFetchRequestGroup group) {
    if (group.topics() == null) {
      return new FetchOffsets.Query(group.groupId(), Optional.empty());
    }
    List<FetchOffsets.Partition> partitions = new ArrayList<>();
    for (OffsetFetchRequestTopics topic : group.topics()) {
      Optional<TopicImage> known = PartitionLookup.topic(image, topic.name(), topic.topicId());
      if (known.isPresent() || topic.topicId().equals(Uuids.ZERO)) {
        String name = known.map(TopicImage::name).orElse(topic.name());
        UUID id = known.map(TopicImage::id).orElse(Uuids.ZERO);
        for (int index : topic.partitionIndexes()) {
          partitions.add(new FetchOffsets.Partition(new TopicPartition(name, index), id));
        }
      }
    }
    return new FetchOffsets.Query(group.groupId(), Optional.of(partitions));
  }

  private static OffsetFetchResponseGroup answer(
      OffsetFetchRequestGroup group,
      FetchOffsets.Result result,
      ClusterImage image,
      RequestContext context) {
    OffsetFetchResponseGroup answer =
        new OffsetFetchResponseGroup()
            .groupId(group.groupId())
            .errorCode(CoordinatorAbsence.inOffsetFetch(result.error()).code());
    if (result.error() != ErrorCode.NONE) {
      return answer;
    }
    if (group.topics() == null) {
      answer.topics(allTopics(result.offsets(), image, context));
      return answer;
    }
    int next = 0;
    for (OffsetFetchRequestTopics topic : group.topics()) {
      OffsetFetchResponseTopics topicAnswer =
          new OffsetFetchResponseTopics().name(topic.name()).topicId(topic.topicId());
      answer.topics().add(topicAnswer);
      boolean asked =
          topic.topicId().equals(Uuids.ZERO) || image.topic(topic.topicId()).isPresent();
      for (int index : topic.partitionIndexes()) {
        topicAnswer
            .partitions()
            .add(
                asked
                    ? partition(result.offsets().get(next++))
                    : none(index, ErrorCode.UNKNOWN_TOPIC_ID));
      }
    }
    return answer;
  }

  /** All that the group has. A version with ids cannot tell of topics that have none any more. */
  private static List<OffsetFetchResponseTopics> allTopics(
      List<Fetched> offsets, ClusterImage image, RequestContext context) {
    Map<String, OffsetFetchResponseTopics> byName = new HashMap<>();
    List<OffsetFetchResponseTopics> topics = new ArrayList<>();
    for (Fetched offset : offsets) {
      String name = offset.partition().topic();
      UUID id = image.topic(name).map(TopicImage::id).orElse(Uuids.ZERO);
      if (context.apiVersion() < FIRST_BY_ID || !id.equals(Uuids.ZERO)) {
        byName
            .computeIfAbsent(
                name,
                first -> {
                  OffsetFetchResponseTopics topic =
                      new OffsetFetchResponseTopics().name(name).topicId(id);
                  topics.add(topic);
                  return topic;
                })
            .partitions()
            .add(partition(offset));
      }
    }
    return topics;
  }

  private static OffsetFetchResponsePartitions partition(Fetched offset) {
    return new OffsetFetchResponsePartitions()
        .partitionIndex(offset.partition().partition())
        .committedOffset(offset.offset())
        .committedLeaderEpoch(offset.leaderEpoch())
        .metadata(offset.metadata());
  }

  private static OffsetFetchResponsePartitions none(int index, ErrorCode error) {
    return new OffsetFetchResponsePartitions()
        .partitionIndex(index)
        .committedOffset(-1)
        .metadata("")
        .errorCode(error.code());
  }

  // ---- one group

  private static FetchOffsets.Query query(ClusterImage image, OffsetFetchRequest request) {
    if (request.topics() == null) {
      return new FetchOffsets.Query(request.groupId(), Optional.empty());
    }
    List<FetchOffsets.Partition> partitions = new ArrayList<>();
    for (OffsetFetchRequestTopic topic : request.topics()) {
      UUID id = image.topic(topic.name()).map(TopicImage::id).orElse(Uuids.ZERO);
      for (int index : topic.partitionIndexes()) {
        partitions.add(new FetchOffsets.Partition(new TopicPartition(topic.name(), index), id));
      }
    }
    return new FetchOffsets.Query(request.groupId(), Optional.of(partitions));
  }

  private static OffsetFetchResponse answer(
      OffsetFetchRequest request, FetchOffsets.Result result, RequestContext context) {
    OffsetFetchResponse response = new OffsetFetchResponse();
    if (result.error() != ErrorCode.NONE) {
      ErrorCode told = CoordinatorAbsence.inOffsetFetch(result.error());
      if (context.apiVersion() >= FIRST_WITH_GROUP_ERROR) {
        return response.errorCode(told.code());
      }
      return response.topics(everywhere(request, told));
    }
    Map<String, OffsetFetchResponseTopic> byName = new HashMap<>();
    for (Fetched offset : result.offsets()) {
      byName
          .computeIfAbsent(
              offset.partition().topic(),
              name -> {
                OffsetFetchResponseTopic topic = new OffsetFetchResponseTopic().name(name);
                response.topics().add(topic);
                return topic;
              })
          .partitions()
          .add(
              new OffsetFetchResponsePartition()
                  .partitionIndex(offset.partition().partition())
                  .committedOffset(offset.offset())
                  .committedLeaderEpoch(offset.leaderEpoch())
                  .metadata(offset.metadata()));
    }
    return response;
  }

  private static List<OffsetFetchResponseTopic> everywhere(
      OffsetFetchRequest request, ErrorCode error) {
    List<OffsetFetchResponseTopic> topics = new ArrayList<>();
    for (OffsetFetchRequestTopic topic : request.topics()) {
      OffsetFetchResponseTopic answer = new OffsetFetchResponseTopic().name(topic.name());
      topics.add(answer);
      for (int index : topic.partitionIndexes()) {
        answer
            .partitions()
            .add(
                new OffsetFetchResponsePartition()
                    .partitionIndex(index)
                    .committedOffset(-1)
                    .metadata("")
                    .errorCode(error.code()));
      }
    }
    return topics;
  }

  @Override
  public ApiMessage errorResponse(OffsetFetchRequest request, ApiException error) {
    ErrorCode told = CoordinatorAbsence.inOffsetFetch(error.errorCode());
    OffsetFetchResponse response = new OffsetFetchResponse();
    if (request.groups().isEmpty()) {
      // Version 1 knows no error of the group, and drops that one; all versions know these.
      response.errorCode(told.code());
      return request.topics() == null ? response : response.topics(everywhere(request, told));
    }
    for (OffsetFetchRequestGroup group : request.groups()) {
      response
          .groups()
          .add(new OffsetFetchResponseGroup().groupId(group.groupId()).errorCode(told.code()));
    }
    return response;
  }
}
