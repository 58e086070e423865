package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.metadata.CreatePartitions;
import io.gofka.metadata.CreatePartitions.Growth;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.CreatePartitionsRequest;
import io.gofka.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.gofka.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.gofka.protocol.message.CreatePartitionsResponse;
import io.gofka.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * CreatePartitions, key 37, versions 0 to 3: give topics more partitions. v3 throttling by quota.
 *
 * <p>The answer comes when the partitions are committed and this node knows them.
 */
final class CreatePartitionsHandler implements ApiHandler<CreatePartitionsRequest> {
  private final BrokerContext broker;

  CreatePartitionsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(CreatePartitionsRequest request, RequestContext context) {
    List<Growth> topics =
        request.topics().stream()
            .map(topic -> new Growth(topic.name(), topic.count(), assignments(topic)))
            .toList();
    return broker
        .bus()
        .request(
            Addresses.CREATE_PARTITIONS,
            new CreatePartitions(topics, request.validateOnly(), request.timeoutMs()))
        .map(
            results -> {
              CreatePartitionsResponse response = new CreatePartitionsResponse();
              for (CreatePartitions.Result result : results) {
                response
                    .results()
                    .add(
                        new CreatePartitionsTopicResult()
                            .name(result.topic())
                            .errorCode(result.error().code())
                            .errorMessage(result.message().orElse(null)));
              }
              return Reply.of(response);
            });
  }

  private static Optional<List<List<Integer>>> assignments(CreatePartitionsTopic topic) {
    return Optional.ofNullable(topic.assignments())
        .map(given -> given.stream().map(CreatePartitionsAssignment::brokerIds).toList());
  }

  @Override
  public ApiMessage errorResponse(CreatePartitionsRequest request, ApiException error) {
    CreatePartitionsResponse response = new CreatePartitionsResponse();
    for (CreatePartitionsTopic topic : request.topics()) {
      response
          .results()
          .add(
              new CreatePartitionsTopicResult()
                  .name(topic.name())
                  .errorCode(error.errorCode().code())
                  .errorMessage(error.getMessage()));
    }
    return response;
  }
}
