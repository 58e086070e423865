package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.metadata.ElectLeaders;
import io.gofka.metadata.ElectLeaders.ElectionType;
import io.gofka.metadata.PartitionOutcome;
import io.gofka.protocol.message.ElectLeadersRequest;
import io.gofka.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.gofka.protocol.message.ElectLeadersResponse;
import io.gofka.protocol.message.ElectLeadersResponse.PartitionResult;
import io.gofka.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ElectLeaders, key 43, versions 0 to 2: let partitions elect a leader (KIP-460). v0 elects
 * preferred leaders; v1 unclean ones, too, and an error for the request as a whole; v2 flexible.
 */
final class ElectLeadersHandler implements ApiHandler<ElectLeadersRequest> {
  private static final short FIRST_WITH_TYPE_AND_ERROR = 1;

  private final BrokerContext broker;

  ElectLeadersHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(ElectLeadersRequest request, RequestContext context) {
    return Future.succeededFuture(request)
        .compose(asked -> broker.bus().request(Addresses.ELECT_LEADERS, command(asked)))
        .map(results -> Reply.of(response(results)))
        .recover(
            cause ->
                cause instanceof ApiException refused
                        && context.apiVersion() >= FIRST_WITH_TYPE_AND_ERROR
                    ? Future.succeededFuture(
                        Reply.of(
                            errorResponse(request, refused).errorCode(refused.errorCode().code())))
                    : Future.failedFuture(cause));
  }

  /** The field that version 0 lacks has the code of preferred elections as its default. */
  private static ElectLeaders command(ElectLeadersRequest request) {
    ElectionType type =
        ElectionType.of(request.electionType())
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.INVALID_REQUEST,
                        "there is no election type " + request.electionType()));
    if (request.topicPartitions() == null) {
      return new ElectLeaders(type, Optional.empty(), request.timeoutMs());
    }
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicPartitions topic : request.topicPartitions()) {
      topic.partitions().forEach(index -> partitions.add(new TopicPartition(topic.topic(), index)));
    }
    return new ElectLeaders(type, Optional.of(partitions), request.timeoutMs());
  }

  private static ElectLeadersResponse response(List<PartitionOutcome> results) {
    Map<String, ReplicaElectionResult> topics = new LinkedHashMap<>();
    for (PartitionOutcome result : results) {
      topics
          .computeIfAbsent(
              result.partition().topic(), name -> new ReplicaElectionResult().topic(name))
          .partitionResult()
          .add(
              new PartitionResult()
                  .partitionId(result.partition().partition())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null)));
    }
    return new ElectLeadersResponse().replicaElectionResults(List.copyOf(topics.values()));
  }

  /** Every version has room for it; from v1 on, the request as a whole has an error, too. */
  @Override
  public ElectLeadersResponse errorResponse(ElectLeadersRequest request, ApiException error) {
    ElectLeadersResponse response = new ElectLeadersResponse();
    if (request.topicPartitions() == null) {
      return response;
    }
    for (TopicPartitions topic : request.topicPartitions()) {
      ReplicaElectionResult result = new ReplicaElectionResult().topic(topic.topic());
      for (int index : topic.partitions()) {
        result
            .partitionResult()
            .add(
                new PartitionResult()
                    .partitionId(index)
                    .errorCode(error.errorCode().code())
                    .errorMessage(error.getMessage()));
      }
      response.replicaElectionResults().add(result);
    }
    return response;
  }
}
