package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ListPartitionReassignmentsRequest;
import io.gofka.protocol.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.IntStream;

/**
 * ListPartitionReassignments, key 46, version 0: which partitions are being moved (KIP-455), all of
 * them or among those asked for. A partition that isn't moved is left out, as is one that doesn't
 * exist.
 *
 * <p>Answered from this node's image.
 */
final class ListPartitionReassignmentsHandler
    implements ApiHandler<ListPartitionReassignmentsRequest> {
  private final BrokerContext broker;

  ListPartitionReassignmentsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(ListPartitionReassignmentsRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    ListPartitionReassignmentsResponse response =
        new ListPartitionReassignmentsResponse().errorMessage(null);
    if (request.topics() == null) {
      for (TopicImage topic : image.topicsByName().values()) {
        List<Integer> all = IntStream.range(0, topic.partitions().size()).boxed().toList();
        add(response, topic, all);
      }
    } else {
      for (ListPartitionReassignmentsTopics asked : request.topics()) {
        image
            .topic(asked.name())
            .ifPresent(topic -> add(response, topic, asked.partitionIndexes()));
      }
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private static void add(
      ListPartitionReassignmentsResponse response, TopicImage topic, List<Integer> indexes) {
    OngoingTopicReassignment ongoing = new OngoingTopicReassignment().name(topic.name());
    for (int index : indexes) {
      if (index >= 0 && index < topic.partitions().size()) {
        PartitionImage partition = topic.partitions().get(index);
        if (partition.isReassigning()) {
          ongoing
              .partitions()
              .add(
                  new OngoingPartitionReassignment()
                      .partitionIndex(index)
                      .replicas(partition.replicas())
                      .addingReplicas(partition.addingReplicas())
                      .removingReplicas(partition.removingReplicas()));
        }
      }
    }
    if (!ongoing.partitions().isEmpty()) {
      response.topics().add(ongoing);
    }
  }

  @Override
  public ApiMessage errorResponse(ListPartitionReassignmentsRequest request, ApiException error) {
    return new ListPartitionReassignmentsResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
