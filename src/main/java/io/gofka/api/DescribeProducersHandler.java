package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.DescribeProducers;
import io.gofka.log.DescribeProducers.ActiveProducer;
import io.gofka.log.DescribeProducers.Described;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeProducersRequest;
import io.gofka.protocol.message.DescribeProducersRequest.TopicRequest;
import io.gofka.protocol.message.DescribeProducersResponse;
import io.gofka.protocol.message.DescribeProducersResponse.PartitionResponse;
import io.gofka.protocol.message.DescribeProducersResponse.ProducerState;
import io.gofka.protocol.message.DescribeProducersResponse.TopicResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * DescribeProducers, key 61, version 0: the producers that partitions led here know, by which a
 * transaction that nobody ends can be found (KIP-664).
 */
final class DescribeProducersHandler implements ApiHandler<DescribeProducersRequest> {
  private final BrokerContext broker;

  DescribeProducersHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DescribeProducersRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    DescribeProducersResponse response = new DescribeProducersResponse();
    List<TopicIdPartition> questions = new ArrayList<>();
    List<PartitionResponse> awaiting = new ArrayList<>();
    for (TopicRequest topic : request.topics()) {
      TopicResponse answer = new TopicResponse().name(topic.name());
      response.topics().add(answer);
      for (int index : topic.partitionIndexes()) {
        PartitionResponse partAnswer = new PartitionResponse().partitionIndex(index);
        answer.partitions().add(partAnswer);
        Optional<TopicIdPartition> partition =
            PartitionLookup.partition(image, topic.name(), index);
        if (partition.isEmpty()) {
          partAnswer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } else {
          questions.add(partition.get());
          awaiting.add(partAnswer);
        }
      }
    }
    return new ShardRequests<TopicIdPartition, DescribeProducers, Described>(
            broker,
            Addresses.LOG_DESCRIBE_PRODUCERS,
            partition -> partition,
            DescribeProducers::new,
            (partition, error) -> new Described(partition, error.errorCode(), List.of()))
        .ask(questions)
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                fill(awaiting.get(i), results.get(i));
              }
              return Reply.of(response);
            });
  }

  private static void fill(PartitionResponse answer, Described described) {
    answer.errorCode(described.error().code());
    for (ActiveProducer producer : described.producers()) {
      answer
          .activeProducers()
          .add(
              new ProducerState()
                  .producerId(producer.producerId())
                  .producerEpoch(producer.epoch())
                  .lastSequence(producer.lastSequence())
                  .lastTimestamp(producer.lastTimestampMs())
                  .coordinatorEpoch(producer.coordinatorEpoch())
                  .currentTxnStartOffset(producer.transactionFirstOffset()));
    }
  }

  @Override
  public ApiMessage errorResponse(DescribeProducersRequest request, ApiException error) {
    DescribeProducersResponse response = new DescribeProducersResponse();
    for (TopicRequest topic : request.topics()) {
      TopicResponse answer = new TopicResponse().name(topic.name());
      for (int index : topic.partitionIndexes()) {
        answer
            .partitions()
            .add(
                new PartitionResponse()
                    .partitionIndex(index)
                    .errorCode(error.errorCode().code())
                    .errorMessage(error.getMessage()));
      }
      response.topics().add(answer);
    }
    return response;
  }
}
