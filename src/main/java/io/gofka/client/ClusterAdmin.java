package io.gofka.client;

import io.gofka.client.ClientException.Kind;
import io.gofka.client.ClusterDescription.Broker;
import io.gofka.client.ClusterDescription.Controller;
import io.gofka.client.ClusterDescription.Node;
import io.gofka.client.ClusterDescription.Quorum;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.NodeNames;
import io.gofka.protocol.message.AddRaftVoterRequest;
import io.gofka.protocol.message.AddRaftVoterResponse;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.gofka.protocol.message.DescribeQuorumRequest;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.PartitionData;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.gofka.protocol.message.RemoveRaftVoterRequest;
import io.gofka.protocol.message.RemoveRaftVoterResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Questions and orders to a cluster as a whole, through whichever of its nodes is reached first:
 * every node answers them. Confined to the Vert.x context on which it was connected.
 */
public final class ClusterAdmin {
  private static final String METADATA_TOPIC = "__cluster_metadata";
  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;

  /** How much longer than the node itself the client waits, so that the node's answer is heard. */
  private static final int ANSWER_MARGIN_MS = 5_000;

  private final ClusterChannel channel;

  private ClusterAdmin(ClusterChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects to the first of the addresses that answers. Called on a Vert.x context.
   *
   * <p>Fails with a {@link ClientException} that names each address and its reason.
   */
  public static Future<ClusterAdmin> connect(
      Vertx vertx, List<HostPort> bootstrap, ClientSettings settings) {
    return ClusterChannel.connect(vertx, bootstrap, settings).map(ClusterAdmin::new);
  }

  /** Where partitions lie, and orders to have that changed. */
  public PartitionAdmin partitions() {
    return new PartitionAdmin(channel);
  }

  /** Holds copies to a rate. */
  public ReplicationThrottle throttle() {
    return new ReplicationThrottle(channel);
  }

  public Future<Void> close() {
    return channel.close();
  }

  /** Nodes, their roles and states. */
  public Future<ClusterDescription> describe() {
    return describeQuorum()
        .compose(
            quorum ->
                describeCluster(BROKERS)
                    .recover(this::otherwiseControllers)
                    .map(cluster -> description(cluster, quorum)))
        .onSuccess(this::learn);
  }

  private void learn(ClusterDescription cluster) {
    Map<Integer, HostPort> alive = new TreeMap<>();
    cluster
        .nodes()
        .forEach(
            node ->
                node.broker()
                    .filter(broker -> !broker.fenced())
                    .ifPresent(broker -> alive.put(node.id(), broker.address())));
    channel.learn(alive);
  }

  /** Who asks a controller's listener hears of brokers nothing. */
  private Future<DescribeClusterResponse> otherwiseControllers(Throwable cause) {
    return cause instanceof ApiException refused
            && refused.errorCode() == ErrorCode.MISMATCHED_ENDPOINT_TYPE
        ? describeCluster(CONTROLLERS)
        : Future.failedFuture(cause);
  }

  private Future<DescribeClusterResponse> describeCluster(byte endpointType) {
    return channel
        .send(
            ApiKey.DESCRIBE_CLUSTER,
            version -> {
              DescribeClusterRequest request = new DescribeClusterRequest();
              if (version >= 1) {
                request.endpointType(endpointType);
              }
              return version >= 2 ? request.includeFencedBrokers(endpointType == BROKERS) : request;
            },
            DescribeClusterResponse.class)
        .map(
            response -> {
              PartitionAdmin.check(response.errorCode(), response.errorMessage());
              return response;
            });
  }

  private Future<DescribeQuorumResponse> describeQuorum() {
    DescribeQuorumRequest request = new DescribeQuorumRequest();
    DescribeQuorumRequest.TopicData topic =
        new DescribeQuorumRequest.TopicData().topicName(METADATA_TOPIC);
    topic.partitions().add(new DescribeQuorumRequest.PartitionData());
    request.topics().add(topic);
    return channel
        .send(ApiKey.DESCRIBE_QUORUM, version -> request, DescribeQuorumResponse.class)
        .map(
            response -> {
              PartitionAdmin.check(response.errorCode(), response.errorMessage());
              partition(response);
              return response;
            });
  }

  private static PartitionData partition(DescribeQuorumResponse response) {
    if (response.topics().size() != 1 || response.topics().get(0).partitions().size() != 1) {
      throw new ClientException(Kind.UNREADABLE, "the node tells of no quorum");
    }
    PartitionData partition = response.topics().get(0).partitions().get(0);
    PartitionAdmin.check(partition.errorCode(), partition.errorMessage());
    return partition;
  }

  private static ClusterDescription description(
      DescribeClusterResponse cluster, DescribeQuorumResponse quorum) {
    PartitionData partition = partition(quorum);
    Map<Integer, Controller> controllers = new QuorumReader(quorum, partition).controllers();
    Map<Integer, String> names = NodeNames.in(quorum.unknownTaggedFields());
    Map<Integer, Node> nodes = new TreeMap<>();
    controllers.forEach(
        (id, controller) ->
            nodes.put(
                id,
                new Node(
                    id,
                    Optional.ofNullable(names.get(id)),
                    Optional.empty(),
                    Optional.of(controller))));
    if (cluster.endpointType() == BROKERS) {
      for (DescribeClusterBroker broker : cluster.brokers()) {
        Broker role =
            new Broker(
                new HostPort(broker.host(), broker.port()),
                Optional.ofNullable(broker.rack()),
                broker.isFenced());
        nodes.put(
            broker.brokerId(),
            new Node(
                broker.brokerId(),
                Optional.ofNullable(names.get(broker.brokerId())),
                Optional.of(role),
                Optional.ofNullable(controllers.get(broker.brokerId()))));
      }
    }
    OptionalInt leader =
        partition.leaderId() < 0 ? OptionalInt.empty() : OptionalInt.of(partition.leaderId());
    return new ClusterDescription(
        cluster.clusterId(),
        new Quorum(leader, partition.leaderEpoch(), partition.highWatermark()),
        List.copyOf(nodes.values()));
  }

  /** Brokers, fenced ones included, with what they have to do, by their ids. */
  public Future<Map<Integer, BrokerLoad>> brokerLoads() {
    return channel
        .send(
            ApiKey.METADATA,
            version -> new MetadataRequest().topics(null).allowAutoTopicCreation(version < 4),
            MetadataResponse.class)
        .map(
            response -> {
              PartitionAdmin.check(response.errorCode(), null);
              Map<Integer, BrokerLoad> loads = new TreeMap<>();
              for (MetadataResponseTopic topic : response.topics()) {
                for (MetadataResponsePartition partition : topic.partitions()) {
                  count(partition, loads);
                }
              }
              return loads;
            });
  }

  private static void count(MetadataResponsePartition partition, Map<Integer, BrokerLoad> loads) {
    for (int id : partition.replicaNodes()) {
      boolean leader = id == partition.leaderId();
      boolean inSync = partition.isrNodes().contains(id);
      loads.put(id, loads.getOrDefault(id, BrokerLoad.NONE).plus(leader, inSync));
    }
  }

  /**
   * Lets a controller vote that so far only follows.
   *
   * @param id numeric id of the controller
   * @param directoryId of its metadata directory; empty to take the one that the leader knows
   */
  public Future<Void> addController(int id, Optional<UUID> directoryId) {
    return describe()
        .compose(
            cluster -> {
              AddRaftVoterRequest request =
                  new AddRaftVoterRequest()
                      .clusterId(cluster.clusterId())
                      .timeoutMs(channel.settings().requestTimeoutMs())
                      .voterId(id)
                      .voterDirectoryId(
                          directoryId.orElseGet(
                              () ->
                                  directoryOf(
                                      cluster, id, "follows the metadata log; start it first")));
              return channel.send(
                  ApiKey.ADD_RAFT_VOTER,
                  version -> request,
                  AddRaftVoterResponse.class,
                  channel.settings().requestTimeoutMs() + ANSWER_MARGIN_MS);
            })
        .map(
            response -> {
              PartitionAdmin.check(response.errorCode(), response.errorMessage());
              return null;
            });
  }

  /**
   * Lets a controller vote no more.
   *
   * @param id numeric id of the controller
   * @param directoryId of its metadata directory; empty to take the one that has the vote
   */
  public Future<Void> removeController(int id, Optional<UUID> directoryId) {
    return describe()
        .compose(
            cluster -> {
              RemoveRaftVoterRequest request =
                  new RemoveRaftVoterRequest()
                      .clusterId(cluster.clusterId())
                      .voterId(id)
                      .voterDirectoryId(
                          directoryId.orElseGet(
                              () -> voterOf(cluster, id, "is known to the cluster")));
              return channel.send(
                  ApiKey.REMOVE_RAFT_VOTER, version -> request, RemoveRaftVoterResponse.class);
            })
        .map(
            response -> {
              PartitionAdmin.check(response.errorCode(), response.errorMessage());
              return null;
            });
  }

  private static UUID directoryOf(ClusterDescription cluster, int id, String lacking) {
    return controllerOf(cluster, id, lacking).directoryId();
  }

  /** A lost vote is the one to take away; who runs has none. */
  private static UUID voterOf(ClusterDescription cluster, int id, String lacking) {
    Controller controller = controllerOf(cluster, id, lacking);
    return controller.lostVote().orElse(controller.directoryId());
  }

  private static Controller controllerOf(ClusterDescription cluster, int id, String lacking) {
    return cluster
        .node(id)
        .flatMap(Node::controller)
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.VOTER_NOT_FOUND, "no controller %d %s".formatted(id, lacking)));
  }
}
