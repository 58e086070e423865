package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.DeleteRecordsBefore;
import io.gofka.log.DeleteRecordsBefore.Cut;
import io.gofka.log.DeleteRecordsBefore.Deleted;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DeleteRecordsRequest;
import io.gofka.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.gofka.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.gofka.protocol.message.DeleteRecordsResponse;
import io.gofka.protocol.message.DeleteRecordsResponse.DeleteRecordsPartitionResult;
import io.gofka.protocol.message.DeleteRecordsResponse.DeleteRecordsTopicResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * DeleteRecords, key 21, versions 0 to 2: move the log start offset forward (KIP-107). Internal
 * topics are refused, as Kafka does.
 */
final class DeleteRecordsHandler implements ApiHandler<DeleteRecordsRequest> {
  private static final long NO_WATERMARK = -1;

  private final BrokerContext broker;

  DeleteRecordsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DeleteRecordsRequest request, RequestContext context) {
    int timeoutMs = ShardRequests.boundedMs(request.timeoutMs());
    ClusterImage image = broker.image().get();
    DeleteRecordsResponse response = new DeleteRecordsResponse();
    List<Cut> cuts = new ArrayList<>();
    List<DeleteRecordsPartitionResult> awaiting = new ArrayList<>();
    for (DeleteRecordsTopic topic : request.topics()) {
      boolean internal = image.topic(topic.name()).map(TopicImage::internal).orElse(false);
      DeleteRecordsTopicResult answer = new DeleteRecordsTopicResult().name(topic.name());
      response.topics().add(answer);
      for (DeleteRecordsPartition asked : topic.partitions()) {
        DeleteRecordsPartitionResult partAnswer =
            new DeleteRecordsPartitionResult()
                .partitionIndex(asked.partitionIndex())
                .lowWatermark(NO_WATERMARK);
        answer.partitions().add(partAnswer);
        Optional<TopicIdPartition> partition =
            PartitionLookup.partition(image, topic.name(), asked.partitionIndex());
        if (partition.isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else if (internal) {
          partAnswer.errorCode(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        } else {
          cuts.add(new Cut(partition.get(), asked.offset()));
          awaiting.add(partAnswer);
        }
      }
    }
    return new ShardRequests<Cut, DeleteRecordsBefore, Deleted>(
            broker,
            Addresses.LOG_DELETE_RECORDS,
            Cut::partition,
            some -> new DeleteRecordsBefore(some, timeoutMs),
            (cut, error) -> new Deleted(cut.partition(), error.errorCode(), NO_WATERMARK))
        .ask(cuts)
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                awaiting
                    .get(i)
                    .errorCode(results.get(i).error().code())
                    .lowWatermark(results.get(i).lowWatermark());
              }
              return Reply.of(response);
            });
  }

  @Override
  public ApiMessage errorResponse(DeleteRecordsRequest request, ApiException error) {
    DeleteRecordsResponse response = new DeleteRecordsResponse();
    for (DeleteRecordsTopic topic : request.topics()) {
      DeleteRecordsTopicResult answer = new DeleteRecordsTopicResult().name(topic.name());
      for (DeleteRecordsPartition asked : topic.partitions()) {
        answer
            .partitions()
            .add(
                new DeleteRecordsPartitionResult()
                    .partitionIndex(asked.partitionIndex())
                    .lowWatermark(NO_WATERMARK)
                    .errorCode(error.errorCode().code()));
      }
      response.topics().add(answer);
    }
    return response;
  }
}
