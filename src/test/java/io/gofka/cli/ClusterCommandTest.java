package io.gofka.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.client.ScriptedNode;
import io.gofka.client.ScriptedNode.Asked;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.NodeNames;
import io.gofka.protocol.message.AddRaftVoterRequest;
import io.gofka.protocol.message.AddRaftVoterResponse;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.PartitionData;
import io.gofka.protocol.message.DescribeQuorumResponse.ReplicaState;
import io.gofka.protocol.message.DescribeQuorumResponse.TopicData;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.gofka.protocol.message.RemoveRaftVoterRequest;
import io.gofka.protocol.message.RemoveRaftVoterResponse;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people see of a cluster whose node answers as the test says. */
@Timeout(60)
class ClusterCommandTest {
  private static final UUID DIRECTORY = new UUID(4, 4);
  private static final UUID OTHER_DIRECTORY = new UUID(5, 5);
  private static final ApiKey[] OFFERED = {
    ApiKey.DESCRIBE_CLUSTER,
    ApiKey.DESCRIBE_QUORUM,
    ApiKey.METADATA,
    ApiKey.ADD_RAFT_VOTER,
    ApiKey.REMOVE_RAFT_VOTER
  };

  private final Vertx vertx = Vertx.vertx();
  private final CommandLineCalls command = new CommandLineCalls();
  private final StringWriter out = command.out;
  private final StringWriter err = command.err;
  private ErrorCode verdict = ErrorCode.NONE;
  private boolean controllersListener;
  private List<ApiKey> offered = List.of(OFFERED);
  private boolean silent;
  private boolean voteLost;
  private boolean voteRemoved;
  private ScriptedNode node;

  @BeforeEach
  void start() throws Exception {
    node =
        new ScriptedNode(
            vertx,
            asked -> {
              if (asked.key() == ApiKey.API_VERSIONS) {
                asked.offer(0, Short.MAX_VALUE, offered.toArray(ApiKey[]::new));
              } else if (!silent) {
                asked.answer(response(asked));
              }
            });
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private ApiMessage response(Asked asked) {
    return switch (asked.key()) {
      case DESCRIBE_CLUSTER -> cluster((DescribeClusterRequest) asked.request());
      case DESCRIBE_QUORUM -> quorum();
      case METADATA -> metadata();
      case ADD_RAFT_VOTER ->
          new AddRaftVoterResponse().errorCode(verdict.code()).errorMessage("for a reason");
      case REMOVE_RAFT_VOTER ->
          new RemoveRaftVoterResponse().errorCode(verdict.code()).errorMessage("for a reason");
      default -> throw new IllegalStateException("nobody asks for " + asked.key());
    };
  }

  private DescribeClusterResponse cluster(DescribeClusterRequest request) {
    if ((request.endpointType() == 2) != controllersListener) {
      return new DescribeClusterResponse()
          .errorCode(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code())
          .errorMessage("the other kind");
    }
    DescribeClusterResponse response =
        new DescribeClusterResponse().clusterId("the-id").endpointType(request.endpointType());
    if (!controllersListener) {
      response.brokers().add(broker(1).rack("east"));
      response.brokers().add(broker(5).isFenced(true));
    }
    return response;
  }

  private static DescribeClusterBroker broker(int id) {
    return new DescribeClusterBroker().brokerId(id).host("host" + id).port(9090 + id);
  }

  private DescribeQuorumResponse quorum() {
    PartitionData partition =
        new PartitionData().errorMessage(null).leaderId(1).leaderEpoch(7).highWatermark(100);
    partition.currentVoters().add(replica(1, 103, 5_000, 5_000));
    partition.currentVoters().add(replica(2, 100, 4_960, 4_000));
    partition.observers().add(replica(4, -1, -1, -1).replicaDirectoryId(DIRECTORY));
    if (voteLost) {
      partition.currentVoters().add(replica(5, 90, 800, 800).replicaDirectoryId(DIRECTORY));
      partition.observers().add(replica(5, 103, 4_990, 4_990).replicaDirectoryId(OTHER_DIRECTORY));
    }
    if (voteRemoved) {
      partition.observers().add(replica(5, 103, 4_990, 4_990).replicaDirectoryId(OTHER_DIRECTORY));
      partition.observers().add(replica(5, -1, -1, -1).replicaDirectoryId(DIRECTORY));
    }
    TopicData topic = new TopicData().topicName("__cluster_metadata");
    topic.partitions().add(partition);
    DescribeQuorumResponse response = new DescribeQuorumResponse().errorMessage(null);
    response.topics().add(topic);
    DescribeQuorumResponse.Node two = new DescribeQuorumResponse.Node().nodeId(2);
    two.listeners()
        .add(new DescribeQuorumResponse.Listener().name("GRPC").host("host2").port(42069));
    response.nodes().add(two);
    return response.unknownTaggedFields(List.of(NodeNames.field(Map.of(1, "one", 5, "five"))));
  }

  private static ReplicaState replica(int id, long end, long fetched, long caughtUp) {
    return new ReplicaState()
        .replicaId(id)
        .logEndOffset(end)
        .lastFetchTimestamp(fetched)
        .lastCaughtUpTimestamp(caughtUp);
  }

  private static MetadataResponse metadata() {
    MetadataResponseTopic topic = new MetadataResponseTopic().name("t");
    for (int index = 0; index < 3; index++) {
      topic
          .partitions()
          .add(
              new MetadataResponsePartition()
                  .partitionIndex(index)
                  .leaderId(1)
                  .replicaNodes(index == 0 ? List.of(1) : List.of(1, 5))
                  .isrNodes(List.of(1)));
    }
    MetadataResponse response = new MetadataResponse();
    response.topics().add(topic);
    return response;
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!all.contains("--bootstrap")) {
      all.addAll(List.of("--bootstrap", node.address().toString()));
    }
    return command.run(all);
  }

  @Test
  void clusterIsShownWithRolesLeaderTermAndLag() {
    assertEquals(0, run("cluster"), err::toString);
    assertEquals(
        """
        Cluster        the-id
        Controller     node 1 in term 7
        Metadata log   committed up to offset 100

        NODE  NAME  ROLES              ADDRESS             BROKER  CONTROLLER  LOG END  LAG  HEARD      EQUAL
        1     one   broker,controller  host1:9091          active  leader      103      0    0 ms ago   0 ms ago
        2     -     controller         GRPC://host2:42069  -       voter       100      3    40 ms ago  1000 ms ago
        4     -     controller         -                   -       observer    -        -    -          -
        5     five  broker             host5:9095          fenced  -           -        -    -          -
        """,
        out.toString());
  }

  @Test
  void voteThatIsLostIsShownWithWhatGivesANewOne() {
    voteLost = true;
    assertEquals(0, run("cluster"), err::toString);
    assertTrue(
        out.toString()
            .endsWith(
                """
                5     five  broker,controller  host5:9095          fenced  vote lost   103      0    10 ms ago  10 ms ago

                The vote of node 5 is lost: the directory %s has it, and node 5 runs with %s.
                For a new one: gofka cluster remove-controller 5, then gofka cluster add-controller 5.
                """
                    .formatted(Uuids.toBase64(DIRECTORY), Uuids.toBase64(OTHER_DIRECTORY))),
        out::toString);
    out.getBuffer().setLength(0);
    assertEquals(0, run("cluster", "--json"), err::toString);
    JsonObject five = new JsonObject(out.toString()).getJsonArray("nodes").getJsonObject(3);
    assertEquals("observer", five.getJsonObject("controller").getString("role"));
    assertEquals(Uuids.toBase64(DIRECTORY), five.getJsonObject("controller").getString("lostVote"));
  }

  @Test
  void lostVoteIsTakenAwayAndTheRunningDirectoryGetsOne() {
    voteLost = true;
    assertEquals(0, run("cluster", "remove-controller", "5"), err::toString);
    assertEquals(DIRECTORY, ((RemoveRaftVoterRequest) last().request()).voterDirectoryId());
    assertEquals(0, run("cluster", "add-controller", "5"), err::toString);
    assertEquals(OTHER_DIRECTORY, ((AddRaftVoterRequest) last().request()).voterDirectoryId());
  }

  @Test
  void directoryThatRunsGetsTheVoteAlsoWhenTheLostOneIsRememberedWithoutAny() {
    voteRemoved = true;
    assertEquals(0, run("cluster", "add-controller", "5"), err::toString);
    assertEquals(OTHER_DIRECTORY, ((AddRaftVoterRequest) last().request()).voterDirectoryId());
  }

  @Test
  void controllersListenerThatIsAskedForPartitionsSaysWhomToAsk() {
    controllersListener = true;
    offered = List.of(ApiKey.DESCRIBE_CLUSTER, ApiKey.DESCRIBE_QUORUM);
    assertEquals(1, run("brokers"));
    assertEquals(
        "The node can't answer that: "
            + node.address()
            + ": this listener is a controller's, which doesn't tell of partitions (Metadata); ask a"
            + " broker\n",
        err.toString());
  }

  @Test
  void clusterAsJsonHasTheSame() {
    assertEquals(0, run("cluster", "--json"), err::toString);
    JsonObject cluster = new JsonObject(out.toString());
    assertEquals("the-id", cluster.getString("clusterId"));
    assertEquals(1, cluster.getInteger("leaderId"));
    assertEquals(7, cluster.getInteger("term"));
    JsonObject two = cluster.getJsonArray("nodes").getJsonObject(1);
    assertEquals("voter", two.getJsonObject("controller").getString("role"));
    assertEquals(3, two.getJsonObject("controller").getInteger("lag"));
    JsonObject four = cluster.getJsonArray("nodes").getJsonObject(2);
    assertEquals(
        Uuids.toBase64(DIRECTORY), four.getJsonObject("controller").getString("directoryId"));
    assertTrue(
        cluster
            .getJsonArray("nodes")
            .getJsonObject(3)
            .getJsonObject("broker")
            .getBoolean("fenced"));
  }

  @Test
  void controllersListenerTellsOfControllersOnly() {
    controllersListener = true;
    assertEquals(0, run("cluster", "--json"), err::toString);
    assertEquals(3, new JsonObject(out.toString()).getJsonArray("nodes").size());
  }

  @Test
  void brokersAreShownWithWhatTheyHaveToDo() {
    assertEquals(0, run("brokers"), err::toString);
    assertEquals(
        """
        BROKER  NAME  ADDRESS     RACK  STATE   LEADERS  REPLICAS  OUT OF SYNC
        1       one   host1:9091  east  active  3        3         0
        5       five  host5:9095  -     fenced  0        2         2
        """,
        out.toString());
    assertEquals(0, run("brokers", "--json"));
  }

  @Test
  void controllerIsAddedWithTheDirectoryThatTheLeaderKnows() {
    assertEquals(0, run("cluster", "add-controller", "4"), err::toString);
    assertEquals("Controller 4 votes.\n", out.toString());
    AddRaftVoterRequest request = (AddRaftVoterRequest) last().request();
    assertEquals(4, request.voterId());
    assertEquals(DIRECTORY, request.voterDirectoryId());
    assertEquals("the-id", request.clusterId());
  }

  @Test
  void directoryThatIsNamedIsTaken() {
    UUID other = new UUID(9, 9);
    assertEquals(
        0, run("cluster", "remove-controller", "4", "--directory-id", Uuids.toBase64(other)));
    assertEquals("Controller 4 votes no more.\n", out.toString());
    assertEquals(other, ((RemoveRaftVoterRequest) last().request()).voterDirectoryId());
  }

  private Asked last() {
    return node.asked.get(node.asked.size() - 1);
  }

  @Test
  void refusalEndsWithOneAndItsReason() {
    verdict = ErrorCode.DUPLICATE_VOTER;
    assertEquals(1, run("cluster", "add-controller", "4"));
    assertEquals("DUPLICATE_VOTER: for a reason\n", err.toString());
    assertEquals(1, run("cluster", "remove-controller", "33"));
    assertTrue(
        err.toString().contains("VOTER_NOT_FOUND: no controller 33 is known"), err.toString());
    assertFalse(err.toString().contains("start it"), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void clusterThatIsNotThereEndsWithOneAndTheAddress() {
    assertEquals(1, run("cluster", "--bootstrap", "127.0.0.1:1"));
    assertEquals("The cluster can't be reached: 127.0.0.1:1: connection refused\n", err.toString());
  }

  @Test
  void hostThatNobodyKnowsIsNamedInPlainWords() {
    assertEquals(1, run("cluster", "--bootstrap", "no-such-host.invalid:9092"));
    assertEquals(
        "The cluster can't be reached: no-such-host.invalid:9092: there is no host of that name\n",
        err.toString());
  }

  @Test
  void silenceEndsWithOneAndTellsOfTheControllers() {
    silent = true;
    assertEquals(1, run("brokers", "--timeout", "1"));
    assertTrue(
        err.toString().endsWith("Perhaps no majority of the controllers answers.\n"),
        err.toString());
  }

  @Test
  void wrongOptionPointsToTheHelpOfItsOwnCommand() {
    assertEquals(2, run("cluster", "balance", "--drian", "3"));
    List<String> lines = err.toString().lines().toList();
    assertTrue(lines.get(1).startsWith("Usage: gofka cluster balance "), lines.get(1));
    assertTrue(lines.get(1).contains("--drain=BROKER"), lines.get(1));
    assertTrue(lines.get(1).contains("--bootstrap=HOST:PORT[,HOST:PORT...]"), lines.get(1));
    assertEquals("Try 'gofka cluster balance --help'.", lines.get(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cluster --bootstrap nowhere                  | --bootstrap is not of the form host:port
          cluster --timeout 0                          | --timeout takes 1 to 3600 seconds
          cluster add-controller                       | Missing required parameter: 'NODE'
          cluster add-controller x                     | Invalid value for positional parameter
          cluster remove-controller 4 --directory-id x | --directory-id takes 22 characters
          """)
  void wrongCommandLinesEndWithTwo(String arguments, String told) {
    assertEquals(2, run(arguments.split(" ", -1)));
    assertTrue(err.toString().startsWith(told), err.toString());
    assertEquals(List.of(), node.asked);
  }
}
