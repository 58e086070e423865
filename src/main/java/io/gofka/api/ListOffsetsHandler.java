package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.FindOffsets;
import io.gofka.log.FindOffsets.Found;
import io.gofka.log.FindOffsets.Query;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ListOffsetsRequest;
import io.gofka.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.gofka.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.gofka.protocol.message.ListOffsetsResponse;
import io.gofka.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.gofka.protocol.message.ListOffsetsResponse.ListOffsetsTopicResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * ListOffsets, key 2, versions 1 to 11: the offset at a time, or one with a name. v2 isolation
 * level; v4 leader epochs; v5 OFFSET_NOT_AVAILABLE while a new leader doesn't know yet how much is
 * committed (KIP-207); v7 the record with the greatest timestamp (KIP-734); v8, v9 and v11 names of
 * tiered storage, which is local here; v10 timeout.
 */
final class ListOffsetsHandler implements ApiHandler<ListOffsetsRequest> {
  /** The version from which each name of an offset is known; unknown ones are refused. */
  private static final short[] FIRST_VERSION_BY_NAME = {0, 1, 1, 7, 8, 9, 11};

  private static final short FIRST_VERSION_WITH_LEADER_EPOCH = 4;

  /** Before it, clients tried again only after errors that they already knew (KIP-207). */
  private static final short FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;

  private final BrokerContext broker;

  ListOffsetsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(ListOffsetsRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    ListOffsetsResponse response = new ListOffsetsResponse();
    List<Query> queries = new ArrayList<>();
    List<ListOffsetsPartitionResponse> awaiting = new ArrayList<>();
    Set<TopicIdPartition> seen = new HashSet<>();
    for (ListOffsetsTopic topic : request.topics()) {
      ListOffsetsTopicResponse answer = new ListOffsetsTopicResponse().name(topic.name());
      response.topics().add(answer);
      for (ListOffsetsPartition asked : topic.partitions()) {
        ListOffsetsPartitionResponse partAnswer =
            new ListOffsetsPartitionResponse().partitionIndex(asked.partitionIndex());
        answer.partitions().add(partAnswer);
        Optional<TopicIdPartition> partition =
            PartitionLookup.partition(image, topic.name(), asked.partitionIndex());
        if (!known(asked.timestamp(), context.apiVersion())) {
          partAnswer.errorCode(ErrorCode.UNSUPPORTED_VERSION.code());
        } else if (partition.isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else if (!seen.add(partition.get())) {
          partAnswer.errorCode(ErrorCode.INVALID_REQUEST.code()); // Asked twice.
        } else {
          queries.add(new Query(partition.get(), asked.currentLeaderEpoch(), asked.timestamp()));
          awaiting.add(partAnswer);
        }
      }
    }
    return new ShardRequests<Query, FindOffsets, Found>(
            broker,
            Addresses.LOG_FIND_OFFSETS,
            Query::partition,
            some -> new FindOffsets(some, FetchHandler.isolationLevel(request.isolationLevel())),
            (query, error) -> new Found(query.partition(), error.errorCode(), -1, -1, -1))
        .ask(queries)
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                Found found = results.get(i);
                awaiting
                    .get(i)
                    .errorCode(error(found.error(), context.apiVersion()).code())
                    .offset(found.offset())
                    .timestamp(found.timestamp());
                if (context.apiVersion() >= FIRST_VERSION_WITH_LEADER_EPOCH) {
                  awaiting.get(i).leaderEpoch(found.leaderEpoch());
                }
              }
              return Reply.of(response);
            });
  }

  private static ErrorCode error(ErrorCode found, short version) {
    return found == ErrorCode.OFFSET_NOT_AVAILABLE
            && version < FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE
        ? ErrorCode.LEADER_NOT_AVAILABLE
        : found;
  }

  private static boolean known(long timestamp, short version) {
    return timestamp >= 0
        || (timestamp > -FIRST_VERSION_BY_NAME.length
            && version >= FIRST_VERSION_BY_NAME[(int) -timestamp]);
  }

  @Override
  public ApiMessage errorResponse(ListOffsetsRequest request, ApiException error) {
    ListOffsetsResponse response = new ListOffsetsResponse();
    for (ListOffsetsTopic topic : request.topics()) {
      ListOffsetsTopicResponse answer = new ListOffsetsTopicResponse().name(topic.name());
      for (ListOffsetsPartition asked : topic.partitions()) {
        answer
            .partitions()
            .add(
                new ListOffsetsPartitionResponse()
                    .partitionIndex(asked.partitionIndex())
                    .errorCode(error.errorCode().code()));
      }
      response.topics().add(answer);
    }
    return response;
  }
}
