package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.DescribeQuorum;
import io.gofka.metadata.DescribeQuorum.Quorum;
import io.gofka.metadata.DescribeQuorum.Replica;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.NodeNames;
import io.gofka.protocol.message.DescribeQuorumRequest;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.Listener;
import io.gofka.protocol.message.DescribeQuorumResponse.Node;
import io.gofka.protocol.message.DescribeQuorumResponse.PartitionData;
import io.gofka.protocol.message.DescribeQuorumResponse.ReplicaState;
import io.gofka.protocol.message.DescribeQuorumResponse.TopicData;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * DescribeQuorum, key 55, versions 0 to 2: how the controllers do (KIP-595). v1 times of the last
 * fetch (KIP-836); v2 directory ids and where the voters are reached (KIP-853).
 *
 * <p>Any node answers: the active controller is asked. The metadata log goes by its name in Kafka,
 * {@code __cluster_metadata}, although no client can read it here. Voters are told with the
 * listeners for Kafka's tools and, under the name {@value #NODE_LISTENER}, the address where other
 * nodes reach them. A tagged field of Gofka's own tells the names of all nodes ({@link NodeNames}).
 */
final class DescribeQuorumHandler implements ApiHandler<DescribeQuorumRequest> {
  private static final String TOPIC = "__cluster_metadata";
  private static final String NODE_LISTENER = "GRPC";
  private static final short FIRST_WITH_TIMES = 1;
  private static final short FIRST_WITH_DIRECTORIES = 2;

  private final BrokerContext broker;

  DescribeQuorumHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DescribeQuorumRequest request, RequestContext context) {
    if (!asksForTheLog(request)) {
      return Future.succeededFuture(Reply.of(unknown(request)));
    }
    return broker
        .bus()
        .request(Addresses.DESCRIBE_QUORUM, new DescribeQuorum())
        .map(quorum -> Reply.of(response(quorum, context)));
  }

  private static boolean asksForTheLog(DescribeQuorumRequest request) {
    return request.topics().size() == 1
        && request.topics().get(0).topicName().equals(TOPIC)
        && request.topics().get(0).partitions().size() == 1
        && request.topics().get(0).partitions().get(0).partitionIndex() == 0;
  }

  private DescribeQuorumResponse response(Quorum quorum, RequestContext context) {
    short version = context.apiVersion();
    PartitionData partition =
        new PartitionData()
            .errorMessage(null)
            .leaderId(quorum.leaderId())
            .leaderEpoch(quorum.leaderEpoch())
            .highWatermark(quorum.highWatermark())
            .currentVoters(replicas(quorum.voters(), version))
            .observers(replicas(quorum.observers(), version));
    TopicData topic = new TopicData().topicName(TOPIC);
    topic.partitions().add(partition);
    DescribeQuorumResponse response = new DescribeQuorumResponse().errorMessage(null);
    response.topics().add(topic);
    ClusterImage image = broker.image().get();
    response.unknownTaggedFields(List.of(NodeNames.field(names(quorum, image))));
    if (version >= FIRST_WITH_DIRECTORIES) {
      quorum.voters().forEach(voter -> response.nodes().add(node(voter.id(), image, context)));
    }
    return response;
  }

  private static Map<Integer, String> names(Quorum quorum, ClusterImage image) {
    Map<Integer, String> names = new HashMap<>();
    image.brokers().forEach((id, other) -> names.put(id, other.nodeId()));
    quorum.observers().forEach(observer -> names.put(observer.id(), observer.nodeId()));
    quorum.voters().forEach(voter -> names.put(voter.id(), voter.nodeId()));
    return names;
  }

  private static List<ReplicaState> replicas(List<Replica> replicas, short version) {
    return replicas.stream().map(replica -> state(replica, version)).toList();
  }

  private static ReplicaState state(Replica replica, short version) {
    ReplicaState state =
        new ReplicaState().replicaId(replica.id()).logEndOffset(replica.logEndOffset());
    if (version >= FIRST_WITH_TIMES) {
      state
          .lastFetchTimestamp(replica.lastFetchTimestampMs())
          .lastCaughtUpTimestamp(replica.lastCaughtUpTimestampMs());
    }
    if (version >= FIRST_WITH_DIRECTORIES) {
      state.replicaDirectoryId(replica.directoryId());
    }
    return state;
  }

  private Node node(int id, ClusterImage image, RequestContext context) {
    Node node = new Node().nodeId(id);
    ControllerImage controller = image.controllers().get(id);
    if (controller != null) {
      for (Endpoint endpoint : controller.endpoints()) {
        ClientEndpoint reached =
            ClientEndpoint.of(endpoint, controller, broker.brokerId(), context.connection());
        node.listeners()
            .add(
                new Listener().name(endpoint.listener()).host(reached.host()).port(reached.port()));
      }
      controller
          .address()
          .ifPresent(
              at ->
                  node.listeners()
                      .add(new Listener().name(NODE_LISTENER).host(at.host()).port(at.port())));
    }
    return node;
  }

  /** Nothing else is replicated this way. */
  private static DescribeQuorumResponse unknown(DescribeQuorumRequest request) {
    DescribeQuorumResponse response = new DescribeQuorumResponse().errorMessage(null);
    for (DescribeQuorumRequest.TopicData asked : request.topics()) {
      TopicData topic = new TopicData().topicName(asked.topicName());
      for (DescribeQuorumRequest.PartitionData partition : asked.partitions()) {
        topic
            .partitions()
            .add(
                new PartitionData()
                    .partitionIndex(partition.partitionIndex())
                    .errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code())
                    .errorMessage("only " + TOPIC + "-0 is replicated by a quorum"));
      }
      response.topics().add(topic);
    }
    return response;
  }

  @Override
  public ApiMessage errorResponse(DescribeQuorumRequest request, ApiException error) {
    return new DescribeQuorumResponse()
        .errorCode(error.errorCode().code())
        .errorMessage(error.getMessage());
  }
}
