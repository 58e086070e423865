package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.metadata.AddRaftVoter;
import io.gofka.metadata.AlterPartitionReassignments;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.DescribeQuorum.Quorum;
import io.gofka.metadata.DescribeQuorum.Replica;
import io.gofka.metadata.ElectLeaders;
import io.gofka.metadata.ElectLeaders.ElectionType;
import io.gofka.metadata.PartitionOutcome;
import io.gofka.metadata.RemoveRaftVoter;
import io.gofka.metadata.UnregisterBroker;
import io.gofka.metadata.UpdateFeatures;
import io.gofka.metadata.UpdateFeatures.Update;
import io.gofka.metadata.UpdateFeatures.UpgradeType;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.protocol.NodeNames;
import io.gofka.protocol.message.AddRaftVoterRequest;
import io.gofka.protocol.message.AddRaftVoterResponse;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.gofka.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.gofka.protocol.message.AlterPartitionReassignmentsResponse;
import io.gofka.protocol.message.DescribeQuorumRequest;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.ReplicaState;
import io.gofka.protocol.message.ElectLeadersRequest;
import io.gofka.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.gofka.protocol.message.ElectLeadersResponse;
import io.gofka.protocol.message.RemoveRaftVoterRequest;
import io.gofka.protocol.message.RemoveRaftVoterResponse;
import io.gofka.protocol.message.UnregisterBrokerRequest;
import io.gofka.protocol.message.UnregisterBrokerResponse;
import io.gofka.protocol.message.UpdateFeaturesRequest;
import io.gofka.protocol.message.UpdateFeaturesRequest.FeatureUpdateKey;
import io.gofka.protocol.message.UpdateFeaturesResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What clients hear of a cluster of three, in every version; what is decided elsewhere is scripted.
 */
@Timeout(60)
class ClusterHandlersTest {
  private static final UUID DIRECTORY = new UUID(7, 7);
  private static final TopicPartition T0 = new TopicPartition("t", 0);
  private static final TopicPartition T1 = new TopicPartition("t", 1);
  private static final TopicPartition U5 = new TopicPartition("u", 5);

  private ScriptedCluster cluster;

  @BeforeEach
  void start() {
    cluster = new ScriptedCluster();
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  // DescribeQuorum

  private DescribeQuorumResponse describeQuorum(String topic, int partition, int version)
      throws Exception {
    DescribeQuorumRequest.TopicData asked = new DescribeQuorumRequest.TopicData().topicName(topic);
    asked.partitions().add(new DescribeQuorumRequest.PartitionData().partitionIndex(partition));
    DescribeQuorumRequest request = new DescribeQuorumRequest();
    request.topics().add(asked);
    return cluster.ask(
        new DescribeQuorumHandler(cluster.context), request, version, DescribeQuorumResponse::read);
  }

  @Test
  void quorumIsToldInEveryVersionWithWhatItHasRoomFor() throws Exception {
    cluster.answer(
        Addresses.DESCRIBE_QUORUM,
        new Quorum(
            2,
            9,
            501,
            List.of(
                new Replica(1, "n1", DIRECTORY, 498, 1_000, 990),
                new Replica(2, "n2", new UUID(8, 8), 501, 1_100, 1_100)),
            List.of(new Replica(3, "n3", new UUID(9, 9), -1, -1, -1))));
    for (int version = 0; version <= 2; version++) {
      DescribeQuorumResponse response = describeQuorum("__cluster_metadata", 0, version);
      assertEquals(0, response.errorCode());
      var partition = response.topics().get(0).partitions().get(0);
      assertEquals(2, partition.leaderId());
      assertEquals(9, partition.leaderEpoch());
      assertEquals(501, partition.highWatermark());
      assertEquals(List.of(1, 2), ids(partition.currentVoters()));
      assertEquals(List.of(3), ids(partition.observers()));
      ReplicaState first = partition.currentVoters().get(0);
      assertEquals(498, first.logEndOffset());
      assertEquals(version >= 1 ? 1_000 : -1, first.lastFetchTimestamp());
      assertEquals(version >= 1 ? 990 : -1, first.lastCaughtUpTimestamp());
      assertEquals(version >= 2 ? DIRECTORY : Uuids.ZERO, first.replicaDirectoryId());
      assertEquals(version >= 2 ? 2 : 0, response.nodes().size());
      assertEquals(Map.of(1, "n1", 2, "n2", 3, "n3"), NodeNames.in(response.unknownTaggedFields()));
    }
    var listeners = describeQuorum("__cluster_metadata", 0, 2).nodes().get(1).listeners();
    assertEquals("CONTROLLER", listeners.get(0).name());
    assertEquals("host2", listeners.get(0).host());
    assertEquals("GRPC", listeners.get(1).name());
    assertEquals(42069, listeners.get(1).port());
  }

  private static List<Integer> ids(List<ReplicaState> replicas) {
    return replicas.stream().map(ReplicaState::replicaId).toList();
  }

  @Test
  void nothingButTheMetadataLogHasAQuorum() throws Exception {
    for (DescribeQuorumResponse response :
        List.of(describeQuorum("t", 0, 2), describeQuorum("__cluster_metadata", 1, 2))) {
      assertEquals(0, response.errorCode());
      assertEquals(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(),
          response.topics().get(0).partitions().get(0).errorCode());
    }
  }

  @Test
  void quorumWithoutALeaderIsAnError() throws Exception {
    cluster.refuse(Addresses.DESCRIBE_QUORUM, ErrorCode.REQUEST_TIMED_OUT);
    for (int version = 0; version <= 2; version++) {
      assertEquals(
          ErrorCode.REQUEST_TIMED_OUT.code(),
          describeQuorum("__cluster_metadata", 0, version).errorCode());
    }
  }

  // AddRaftVoter, RemoveRaftVoter

  @Test
  void voterIsAddedInEveryVersion() throws Exception {
    cluster.answer(Addresses.ADD_RAFT_VOTER, null);
    for (int version = 0; version <= 1; version++) {
      AddRaftVoterRequest request =
          new AddRaftVoterRequest()
              .clusterId("c")
              .timeoutMs(700)
              .voterId(4)
              .voterDirectoryId(DIRECTORY)
              .ackWhenCommitted(version == 0);
      request
          .listeners()
          .add(new AddRaftVoterRequest.Listener().name("CONTROLLER").host("h").port(65_535));
      AddRaftVoterResponse response = add(request, version);
      assertEquals(0, response.errorCode());
      assertNull(response.errorMessage());
      assertEquals(
          new AddRaftVoter(
              Optional.of("c"),
              4,
              DIRECTORY,
              List.of(new Endpoint("CONTROLLER", Optional.of("h"), 65_535)),
              version == 0,
              700),
          cluster.lastCommand());
    }
  }

  private AddRaftVoterResponse add(AddRaftVoterRequest request, int version) throws Exception {
    return cluster.ask(
        new AddRaftVoterHandler(cluster.context), request, version, AddRaftVoterResponse::read);
  }

  @Test
  void refusalOfAVoterIsToldWithItsReason() throws Exception {
    cluster.refuse(Addresses.ADD_RAFT_VOTER, ErrorCode.DUPLICATE_VOTER);
    AddRaftVoterResponse added = add(new AddRaftVoterRequest().clusterId(null), 1);
    assertEquals(ErrorCode.DUPLICATE_VOTER.code(), added.errorCode());
    assertEquals(ScriptedCluster.REASON, added.errorMessage());

    cluster.refuse(Addresses.REMOVE_RAFT_VOTER, ErrorCode.VOTER_NOT_FOUND);
    RemoveRaftVoterResponse removed =
        cluster.ask(
            new RemoveRaftVoterHandler(cluster.context),
            new RemoveRaftVoterRequest().clusterId(null).voterId(4).voterDirectoryId(DIRECTORY),
            0,
            RemoveRaftVoterResponse::read);
    assertEquals(ErrorCode.VOTER_NOT_FOUND.code(), removed.errorCode());
    assertEquals(ScriptedCluster.REASON, removed.errorMessage());
    assertEquals(new RemoveRaftVoter(Optional.empty(), 4, DIRECTORY), cluster.lastCommand());
  }

  // UnregisterBroker

  private UnregisterBrokerResponse unregister(int brokerId) throws Exception {
    return cluster.ask(
        new UnregisterBrokerHandler(cluster.context),
        new UnregisterBrokerRequest().brokerId(brokerId),
        0,
        UnregisterBrokerResponse::read);
  }

  @Test
  void brokerIsUnregistered() throws Exception {
    cluster.answer(Addresses.UNREGISTER_BROKER, null);
    UnregisterBrokerResponse response = unregister(3);
    assertEquals(0, response.errorCode());
    assertNull(response.errorMessage());
    assertEquals(new UnregisterBroker(3), cluster.lastCommand());
  }

  @Test
  void unknownBrokerIsNotUnregistered() throws Exception {
    cluster.refuse(Addresses.UNREGISTER_BROKER, ErrorCode.BROKER_ID_NOT_REGISTERED);
    UnregisterBrokerResponse response = unregister(33);
    assertEquals(ErrorCode.BROKER_ID_NOT_REGISTERED.code(), response.errorCode());
    assertEquals(ScriptedCluster.REASON, response.errorMessage());
  }

  // UpdateFeatures

  private UpdateFeaturesResponse update(UpdateFeaturesRequest request, int version)
      throws Exception {
    return cluster.ask(
        new UpdateFeaturesHandler(cluster.context), request, version, UpdateFeaturesResponse::read);
  }

  private static UpdateFeaturesRequest one(FeatureUpdateKey update) {
    UpdateFeaturesRequest request = new UpdateFeaturesRequest().timeoutMs(800);
    request.featureUpdates().add(update.feature("group.version").maxVersionLevel((short) 1));
    return request;
  }

  @Test
  void featureIsUpdatedInEveryVersionInItsOwnWords() throws Exception {
    cluster.answer(Addresses.UPDATE_FEATURES, null);
    for (boolean downgrade : new boolean[] {false, true}) {
      assertEquals(0, update(one(new FeatureUpdateKey().allowDowngrade(downgrade)), 0).errorCode());
      assertEquals(
          downgrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE, lastUpdate().type());
    }
    for (int version = 1; version <= 2; version++) {
      for (UpgradeType type : UpgradeType.values()) {
        UpdateFeaturesResponse response =
            update(
                one(new FeatureUpdateKey().upgradeType(type.code())).validateOnly(true), version);
        assertEquals(0, response.errorCode());
        assertEquals(version == 1 ? 1 : 0, response.results().size());
        assertEquals(new Update("group.version", (short) 1, type), lastUpdate());
        assertTrue(((UpdateFeatures) cluster.lastCommand()).validateOnly());
        assertEquals(800, cluster.lastCommand().timeoutMs());
      }
    }
  }

  private Update lastUpdate() {
    return ((UpdateFeatures) cluster.lastCommand()).updates().get(0);
  }

  @Test
  void refusedFeatureIsAnErrorOfTheWholeRequest() throws Exception {
    cluster.refuse(Addresses.UPDATE_FEATURES, ErrorCode.INVALID_UPDATE_VERSION);
    for (int version = 0; version <= 2; version++) {
      UpdateFeaturesResponse response = update(one(new FeatureUpdateKey()), version);
      assertEquals(ErrorCode.INVALID_UPDATE_VERSION.code(), response.errorCode());
      assertTrue(response.errorMessage().endsWith(": " + ScriptedCluster.REASON));
    }
    UpdateFeaturesResponse unknown = update(one(new FeatureUpdateKey().upgradeType((byte) 4)), 2);
    assertEquals(ErrorCode.INVALID_REQUEST.code(), unknown.errorCode());
  }

  // ElectLeaders

  private ElectLeadersResponse elect(ElectLeadersRequest request, int version) throws Exception {
    return cluster.ask(
        new ElectLeadersHandler(cluster.context), request, version, ElectLeadersResponse::read);
  }

  private static ElectLeadersRequest elections(int version, ElectionType type) {
    ElectLeadersRequest request = new ElectLeadersRequest().timeoutMs(900);
    request.topicPartitions().add(new TopicPartitions().topic("t").partitions(List.of(0, 1)));
    request.topicPartitions().add(new TopicPartitions().topic("u").partitions(List.of(5)));
    return version >= 1 ? request.electionType(type.code()) : request;
  }

  @Test
  void electionsAreToldByTopicInEveryVersion() throws Exception {
    cluster.answer(
        Addresses.ELECT_LEADERS,
        List.of(
            new PartitionOutcome(T0, ErrorCode.NONE, Optional.empty()),
            new PartitionOutcome(T1, ErrorCode.ELECTION_NOT_NEEDED, Optional.of("leads")),
            new PartitionOutcome(U5, ErrorCode.NONE, Optional.empty())));
    for (int version = 0; version <= 2; version++) {
      ElectLeadersResponse response = elect(elections(version, ElectionType.UNCLEAN), version);
      assertEquals(0, response.errorCode());
      assertEquals(2, response.replicaElectionResults().size());
      var results = response.replicaElectionResults().get(0).partitionResult();
      assertEquals(ErrorCode.NONE.code(), results.get(0).errorCode());
      assertNull(results.get(0).errorMessage());
      assertEquals(ErrorCode.ELECTION_NOT_NEEDED.code(), results.get(1).errorCode());
      assertEquals("leads", results.get(1).errorMessage());
      ElectionType type = version == 0 ? ElectionType.PREFERRED : ElectionType.UNCLEAN;
      assertEquals(
          new ElectLeaders(type, Optional.of(List.of(T0, T1, U5)), 900), cluster.lastCommand());
    }
  }

  @Test
  void nullAsksForAllPartitions() throws Exception {
    cluster.answer(Addresses.ELECT_LEADERS, List.of());
    for (int version = 0; version <= 2; version++) {
      ElectLeadersRequest request = new ElectLeadersRequest().topicPartitions(null);
      assertEquals(0, elect(request, version).errorCode());
      assertEquals(Optional.empty(), ((ElectLeaders) cluster.lastCommand()).partitions());
    }
  }

  @Test
  void failedElectionsAreToldWhereTheVersionHasRoom() throws Exception {
    cluster.refuse(Addresses.ELECT_LEADERS, ErrorCode.REQUEST_TIMED_OUT);
    short timedOut = ErrorCode.REQUEST_TIMED_OUT.code();
    for (int version = 0; version <= 2; version++) {
      ElectLeadersResponse response = elect(elections(version, ElectionType.PREFERRED), version);
      assertEquals(version >= 1 ? timedOut : 0, response.errorCode());
      assertEquals(
          timedOut, response.replicaElectionResults().get(1).partitionResult().get(0).errorCode());
    }
    ElectLeadersRequest unknown = elections(1, ElectionType.PREFERRED).electionType((byte) 2);
    assertEquals(ErrorCode.INVALID_REQUEST.code(), elect(unknown, 2).errorCode());
  }

  // AlterPartitionReassignments

  private AlterPartitionReassignmentsResponse reassign(
      AlterPartitionReassignmentsRequest request, int version) throws Exception {
    return cluster.ask(
        new AlterPartitionReassignmentsHandler(cluster.context),
        request,
        version,
        AlterPartitionReassignmentsResponse::read);
  }

  private static AlterPartitionReassignmentsRequest moves(boolean mayChangeFactor) {
    ReassignableTopic t = new ReassignableTopic().name("t");
    t.partitions().add(new ReassignablePartition().partitionIndex(0).replicas(List.of(2, 3)));
    t.partitions().add(new ReassignablePartition().partitionIndex(1).replicas(null));
    AlterPartitionReassignmentsRequest request =
        new AlterPartitionReassignmentsRequest()
            .timeoutMs(600)
            .allowReplicationFactorChange(mayChangeFactor);
    request.topics().add(t);
    return request;
  }

  @Test
  void movesAndCancellationsAreToldByTopic() throws Exception {
    cluster.answer(
        Addresses.ALTER_PARTITION_REASSIGNMENTS,
        List.of(
            new PartitionOutcome(T0, ErrorCode.NONE, Optional.empty()),
            new PartitionOutcome(
                T1, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, Optional.of("nothing to cancel"))));
    for (int version = 0; version <= 1; version++) {
      boolean mayChangeFactor = version == 0;
      AlterPartitionReassignmentsResponse response = reassign(moves(mayChangeFactor), version);
      assertEquals(0, response.errorCode());
      assertNull(response.errorMessage());
      assertEquals(mayChangeFactor, response.allowReplicationFactorChange());
      var results = response.responses().get(0).partitions();
      assertEquals(0, results.get(0).errorCode());
      assertEquals(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS.code(), results.get(1).errorCode());
      assertEquals(
          new AlterPartitionReassignments(
              List.of(new Move(T0, Optional.of(List.of(2, 3))), new Move(T1, Optional.empty())),
              mayChangeFactor,
              600),
          cluster.lastCommand());
    }
  }

  @Test
  void refusedMovesAreAnErrorOfTheWholeRequest() throws Exception {
    cluster.refuse(Addresses.ALTER_PARTITION_REASSIGNMENTS, ErrorCode.REQUEST_TIMED_OUT);
    for (int version = 0; version <= 1; version++) {
      AlterPartitionReassignmentsResponse response = reassign(moves(true), version);
      assertEquals(ErrorCode.REQUEST_TIMED_OUT.code(), response.errorCode());
      assertEquals(ScriptedCluster.REASON, response.errorMessage());
    }
  }

  @Test
  void requestThatNobodyServesIsRefused() throws Exception {
    UnregisterBrokerResponse response = unregister(1);
    assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE.code(), response.errorCode());
  }
}
