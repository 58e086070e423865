package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartitionReassignments;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.PartitionOutcome;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * AlterPartitionReassignments, key 45, versions 0 and 1: move partitions to other replicas, or
 * cancel that (KIP-455). v1 may forbid that the number of replicas changes (KIP-860).
 *
 * <p>The answer comes when the moves are accepted; ListPartitionReassignments tells how far they
 * are.
 */
final class AlterPartitionReassignmentsHandler
    implements ApiHandler<AlterPartitionReassignmentsRequest> {
  private final BrokerContext broker;

  AlterPartitionReassignmentsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(AlterPartitionReassignmentsRequest request, RequestContext context) {
    List<Move> moves = new ArrayList<>();
    for (ReassignableTopic topic : request.topics()) {
      for (ReassignablePartition partition : topic.partitions()) {
        moves.add(
            new Move(
                new TopicPartition(topic.name(), partition.partitionIndex()),
                Optional.ofNullable(partition.replicas())));
      }
    }
    return broker
        .bus()
        .request(
            Addresses.ALTER_PARTITION_REASSIGNMENTS,
            new AlterPartitionReassignments(
                moves, request.allowReplicationFactorChange(), request.timeoutMs()))
        .map(
            results ->
                Reply.of(
                    response(results)
                        .allowReplicationFactorChange(request.allowReplicationFactorChange())));
  }

  private static AlterPartitionReassignmentsResponse response(List<PartitionOutcome> results) {
    Map<String, ReassignableTopicResponse> topics = new LinkedHashMap<>();
    for (PartitionOutcome result : results) {
      topics
          .computeIfAbsent(
              result.partition().topic(), name -> new ReassignableTopicResponse().name(name))
          .partitions()
          .add(
              new ReassignablePartitionResponse()
                  .partitionIndex(result.partition().partition())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null)));
    }
    return new AlterPartitionReassignmentsResponse()
        .errorMessage(null)
        .responses(List.copyOf(topics.values()));
  }

  @Override
  public ApiMessage errorResponse(AlterPartitionReassignmentsRequest request, ApiException error) {
    return new AlterPartitionReassignmentsResponse()
        .allowReplicationFactorChange(request.allowReplicationFactorChange())
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
