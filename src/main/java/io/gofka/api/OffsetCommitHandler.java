package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.group.CommitOffsets;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.OffsetCommitRequest;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.gofka.protocol.message.OffsetCommitResponse;
import io.gofka.protocol.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.gofka.protocol.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * OffsetCommit, key 8, versions 2 to 10. v2 to v4 the client may say how long to keep the offsets;
 * v6 leader epoch; v7 static members (KIP-345); v8 flexible; v9 member epoch of the newer group
 * protocol (KIP-848; no such groups here yet); v10 topic ids instead of names.
 *
 * <p>Offsets are kept with the id of their topic in all versions, so that a topic created again
 * under the same name begins without them.
 */
final class OffsetCommitHandler implements ApiHandler<OffsetCommitRequest> {
  private static final long DEFAULT_RETENTION = -1;

  private final BrokerContext broker;

  OffsetCommitHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(OffsetCommitRequest request, RequestContext context) {
    OffsetCommitResponse response = new OffsetCommitResponse();
    List<CommitOffsets.Offset> offsets = new ArrayList<>();
    List<OffsetCommitResponsePartition> awaiting = new ArrayList<>();
    for (OffsetCommitRequestTopic topic : request.topics()) {
      OffsetCommitResponseTopic answer =
          new OffsetCommitResponseTopic().name(topic.name()).topicId(topic.topicId());
      response.topics().add(answer);
      Optional<TopicImage> known =
          PartitionLookup.topic(broker.image().get(), topic.name(), topic.topicId());
      for (OffsetCommitRequestPartition partition : topic.partitions()) {
        OffsetCommitResponsePartition partAnswer =
            new OffsetCommitResponsePartition().partitionIndex(partition.partitionIndex());
        answer.partitions().add(partAnswer);
        if (known.isEmpty()) {
          partAnswer.errorCode(PartitionLookup.unknown(topic.topicId()).code());
        } else if (PartitionLookup.partition(known.get(), partition.partitionIndex()).isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else {
          offsets.add(offset(known.get(), partition));
          awaiting.add(partAnswer);
        }
      }
    }
    if (offsets.isEmpty()) {
      return Future.succeededFuture(Reply.of(response));
    }
    CommitOffsets commit =
        new CommitOffsets(
            request.groupId(),
            request.generationIdOrMemberEpoch(),
            request.memberId(),
            Optional.ofNullable(request.groupInstanceId()),
            request.retentionTimeMs() == DEFAULT_RETENTION
                ? OptionalLong.empty()
                : OptionalLong.of(request.retentionTimeMs()),
            offsets);
    return broker
        .bus()
        .request(Addresses.GROUP_COMMIT_OFFSETS, commit)
        .map(
            codes -> {
              for (int i = 0; i < codes.size(); i++) {
                awaiting.get(i).errorCode(codes.get(i).code());
              }
              return Reply.of(response);
            });
  }

  private static CommitOffsets.Offset offset(
      TopicImage topic, OffsetCommitRequestPartition partition) {
    return new CommitOffsets.Offset(
        new TopicPartition(topic.name(), partition.partitionIndex()),
        topic.id(),
        partition.committedOffset(),
        partition.committedLeaderEpoch(),
        partition.committedMetadata() == null ? "" : partition.committedMetadata());
  }

  @Override
  public ApiMessage errorResponse(OffsetCommitRequest request, ApiException error) {
    OffsetCommitResponse response = new OffsetCommitResponse();
    for (OffsetCommitRequestTopic topic : request.topics()) {
      OffsetCommitResponseTopic answer =
          new OffsetCommitResponseTopic().name(topic.name()).topicId(topic.topicId());
      response.topics().add(answer);
      for (OffsetCommitRequestPartition partition : topic.partitions()) {
        answer
            .partitions()
            .add(
                new OffsetCommitResponsePartition()
                    .partitionIndex(partition.partitionIndex())
                    .errorCode(error.errorCode().code()));
      }
    }
    return response;
  }
}
