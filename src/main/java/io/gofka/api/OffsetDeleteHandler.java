package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.group.DeleteOffsets;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.OffsetDeleteRequest;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.gofka.protocol.message.OffsetDeleteResponse;
import io.gofka.protocol.message.OffsetDeleteResponse.OffsetDeleteResponsePartition;
import io.gofka.protocol.message.OffsetDeleteResponse.OffsetDeleteResponseTopic;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetDelete, key 47, version 0: forgets committed offsets of a group, also of one with members
 * as long as none of them subscribes to the topic (KIP-496).
 */
final class OffsetDeleteHandler implements ApiHandler<OffsetDeleteRequest> {
  private final BrokerContext broker;

  OffsetDeleteHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(OffsetDeleteRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    OffsetDeleteResponse response = new OffsetDeleteResponse();
    List<TopicPartition> partitions = new ArrayList<>();
    List<OffsetDeleteResponsePartition> awaiting = new ArrayList<>();
    for (OffsetDeleteRequestTopic topic : request.topics()) {
      OffsetDeleteResponseTopic answer = new OffsetDeleteResponseTopic().name(topic.name());
      response.topics().add(answer);
      for (OffsetDeleteRequestPartition partition : topic.partitions()) {
        OffsetDeleteResponsePartition partAnswer =
            new OffsetDeleteResponsePartition().partitionIndex(partition.partitionIndex());
        answer.partitions().add(partAnswer);
        if (PartitionLookup.partition(image, topic.name(), partition.partitionIndex()).isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else {
          partitions.add(new TopicPartition(topic.name(), partition.partitionIndex()));
          awaiting.add(partAnswer);
        }
      }
    }
    return broker
        .bus()
        .request(Addresses.GROUP_DELETE_OFFSETS, new DeleteOffsets(request.groupId(), partitions))
        .map(
            result -> {
              if (result.error() != ErrorCode.NONE) {
                return Reply.of(new OffsetDeleteResponse().errorCode(result.error().code()));
              }
              for (int i = 0; i < awaiting.size(); i++) {
                awaiting.get(i).errorCode(result.partitions().get(i).code());
              }
              return Reply.of(response);
            });
  }

  @Override
  public ApiMessage errorResponse(OffsetDeleteRequest request, ApiException error) {
    return new OffsetDeleteResponse().errorCode(error.errorCode().code());
  }
}
