package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.FindEpochEnds;
import io.gofka.log.FindEpochEnds.Query;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.OffsetForLeaderEpochRequest;
import io.gofka.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.gofka.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.gofka.protocol.message.OffsetForLeaderEpochResponse;
import io.gofka.protocol.message.OffsetForLeaderEpochResponse.EpochEndOffset;
import io.gofka.protocol.message.OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * OffsetForLeaderEpoch, key 23, versions 2 to 4: where a leader epoch ended, by which clients find
 * out that the log was truncated (KIP-320). v3 replica id, v4 flexible.
 */
final class OffsetForLeaderEpochHandler implements ApiHandler<OffsetForLeaderEpochRequest> {
  private final BrokerContext broker;

  OffsetForLeaderEpochHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(OffsetForLeaderEpochRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    List<Query> queries = new ArrayList<>();
    List<EpochEndOffset> awaiting = new ArrayList<>();
    for (OffsetForLeaderTopic topic : request.topics()) {
      OffsetForLeaderTopicResult answer = new OffsetForLeaderTopicResult().topic(topic.topic());
      response.topics().add(answer);
      for (OffsetForLeaderPartition asked : topic.partitions()) {
        EpochEndOffset partAnswer = new EpochEndOffset().partition(asked.partition());
        answer.partitions().add(partAnswer);
        Optional<TopicIdPartition> partition =
            PartitionLookup.partition(image, topic.topic(), asked.partition());
        if (partition.isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else {
          queries.add(new Query(partition.get(), asked.currentLeaderEpoch(), asked.leaderEpoch()));
          awaiting.add(partAnswer);
        }
      }
    }
    return new ShardRequests<Query, FindEpochEnds, FindEpochEnds.EpochEnd>(
            broker,
            Addresses.LOG_FIND_EPOCH_ENDS,
            Query::partition,
            FindEpochEnds::new,
            (query, error) ->
                new FindEpochEnds.EpochEnd(query.partition(), error.errorCode(), -1, -1))
        .ask(queries)
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                FindEpochEnds.EpochEnd end = results.get(i);
                awaiting
                    .get(i)
                    .errorCode(end.error().code())
                    .leaderEpoch(end.leaderEpoch())
                    .endOffset(end.endOffset());
              }
              return Reply.of(response);
            });
  }

  @Override
  public ApiMessage errorResponse(OffsetForLeaderEpochRequest request, ApiException error) {
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    for (OffsetForLeaderTopic topic : request.topics()) {
      OffsetForLeaderTopicResult answer = new OffsetForLeaderTopicResult().topic(topic.topic());
      for (OffsetForLeaderPartition asked : topic.partitions()) {
        answer
            .partitions()
            .add(
                new EpochEndOffset()
                    .partition(asked.partition())
                    .errorCode(error.errorCode().code()));
      }
      response.topics().add(answer);
    }
    return response;
  }
}
