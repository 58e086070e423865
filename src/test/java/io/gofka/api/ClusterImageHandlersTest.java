package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.gofka.protocol.message.ListPartitionReassignmentsRequest;
import io.gofka.protocol.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients hear of a cluster's image, in every version. */
@Timeout(60)
class ClusterImageHandlersTest {
  private ScriptedCluster cluster;

  @BeforeEach
  void start() {
    cluster = new ScriptedCluster();
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  // ListPartitionReassignments

  private ListPartitionReassignmentsResponse list(ListPartitionReassignmentsRequest request)
      throws Exception {
    return cluster.ask(
        new ListPartitionReassignmentsHandler(cluster.context),
        request,
        0,
        ListPartitionReassignmentsResponse::read);
  }

  @Test
  void onlyPartitionsThatMoveAreListed() throws Exception {
    ListPartitionReassignmentsResponse all = list(new ListPartitionReassignmentsRequest());
    assertEquals(1, all.topics().size());
    assertEquals("moving", all.topics().get(0).name());
    assertEquals(1, all.topics().get(0).partitions().size());
    var moving = all.topics().get(0).partitions().get(0);
    assertEquals(1, moving.partitionIndex());
    assertEquals(List.of(1, 2, 3), moving.replicas());
    assertEquals(List.of(3), moving.addingReplicas());
    assertEquals(List.of(1), moving.removingReplicas());
  }

  @Test
  void partitionsAskedForThatDontMoveOrDontExistAreLeftOut() throws Exception {
    ListPartitionReassignmentsRequest request =
        new ListPartitionReassignmentsRequest().topics(new ArrayList<>());
    for (String name : List.of("moving", "resting", "unknown")) {
      request
          .topics()
          .add(
              new ListPartitionReassignmentsTopics()
                  .name(name)
                  .partitionIndexes(List.of(-1, 0, 1, 2)));
    }
    assertEquals(list(new ListPartitionReassignmentsRequest()), list(request));
    request.topics().get(0).partitionIndexes(List.of(0));
    assertEquals(List.of(), list(request).topics());
  }

  // DescribeCluster, Metadata, ApiVersions

  private DescribeClusterResponse describe(
      BrokerContext context, String listener, DescribeClusterRequest request, int version)
      throws Exception {
    return cluster.ask(
        listener,
        new DescribeClusterHandler(context),
        request,
        version,
        DescribeClusterResponse::read);
  }

  private static List<Integer> brokers(DescribeClusterResponse response) {
    return response.brokers().stream().map(DescribeClusterBroker::brokerId).toList();
  }

  @Test
  void fencedBrokersAreToldToWhoAsksForThem() throws Exception {
    for (int version = 0; version <= 2; version++) {
      assertEquals(
          List.of(1, 2),
          brokers(describe(cluster.context, "PLAINTEXT", new DescribeClusterRequest(), version)));
    }
    DescribeClusterResponse all =
        describe(
            cluster.context,
            "PLAINTEXT",
            new DescribeClusterRequest().includeFencedBrokers(true),
            2);
    assertEquals(List.of(1, 2, 3), brokers(all));
    assertEquals(
        List.of(false, false, true),
        all.brokers().stream().map(DescribeClusterBroker::isFenced).toList());
    assertEquals("rack-3", all.brokers().get(2).rack());
  }

  @Test
  void otherBrokerWithoutAHostIsReachedWhereNodesReachIt() throws Exception {
    DescribeClusterResponse response =
        describe(cluster.context, "PLAINTEXT", new DescribeClusterRequest(), 2);
    assertEquals(
        List.of("127.0.0.7", "host2"),
        response.brokers().stream().map(DescribeClusterBroker::host).toList());
  }

  @Test
  void controllersAreToldAtAControllersListenerOnly() throws Exception {
    DescribeClusterRequest controllers = new DescribeClusterRequest().endpointType((byte) 2);
    for (int version = 1; version <= 2; version++) {
      DescribeClusterResponse response =
          describe(cluster.context.forControllers(), "CONTROLLER", controllers, version);
      assertEquals(0, response.errorCode());
      assertEquals(2, response.endpointType());
      assertEquals(2, response.controllerId());
      assertEquals(List.of(2, 4), brokers(response));
      assertEquals(
          ErrorCode.MISMATCHED_ENDPOINT_TYPE.code(),
          describe(cluster.context, "PLAINTEXT", controllers, version).errorCode());
      assertEquals(
          ErrorCode.MISMATCHED_ENDPOINT_TYPE.code(),
          describe(
                  cluster.context.forControllers(),
                  "CONTROLLER",
                  new DescribeClusterRequest(),
                  version)
              .errorCode());
    }
  }

  @Test
  void metadataTellsWhichReplicasAreOffline() throws Exception {
    for (int version = 5; version <= 13; version++) {
      MetadataResponse response =
          cluster.ask(
              new MetadataHandler(cluster.context),
              new MetadataRequest().topics(null),
              version,
              MetadataResponse::read);
      assertEquals(2, response.controllerId());
      assertEquals(List.of(1, 2), response.brokers().stream().map(b -> b.nodeId()).toList());
      assertEquals(List.of(3), response.topics().get(0).partitions().get(1).offlineReplicas());
    }
  }

  private ApiVersionsResponse versions(BrokerContext context, int version) throws Exception {
    ApiRegistry apis = ControllerApis.create(context);
    return cluster.ask(
        new ApiVersionsHandler(apis, context),
        version < 3
            ? new ApiVersionsRequest()
            : new ApiVersionsRequest().clientSoftwareName("a").clientSoftwareVersion("1"),
        version,
        ApiVersionsResponse::read);
  }

  @Test
  void featuresAreToldFromVersionThreeOnAndThoseFromLevelZeroFromFour() throws Exception {
    for (int version = 0; version <= 2; version++) {
      assertEquals(List.of(), versions(cluster.context, version).finalizedFeatures());
    }
    ApiVersionsResponse three = versions(cluster.context, 3);
    assertEquals(
        List.of("metadata.version"),
        three.supportedFeatures().stream().map(feature -> feature.name()).toList());
    ApiVersionsResponse four = versions(cluster.context, 4);
    assertEquals(
        List.of("eligible.leader.replicas.version", "kraft.version", "metadata.version"),
        four.supportedFeatures().stream().map(feature -> feature.name()).toList());
    assertEquals(0, four.supportedFeatures().get(1).minVersion());
    assertEquals(1, four.supportedFeatures().get(1).maxVersion());
    for (ApiVersionsResponse response : List.of(three, four)) {
      assertEquals(1, response.finalizedFeatures().size());
      assertEquals("metadata.version", response.finalizedFeatures().get(0).name());
      assertEquals(29, response.finalizedFeatures().get(0).maxVersionLevel());
      assertEquals(29, response.finalizedFeatures().get(0).minVersionLevel());
      assertEquals(ScriptedCluster.METADATA_OFFSET, response.finalizedFeaturesEpoch());
    }
  }

  @Test
  void controllersListenerOffersNoRecordsAndNoGroups() throws Exception {
    var keys = versions(cluster.context, 4).apiKeys().stream().map(key -> key.apiKey()).toList();
    assertEquals(
        List.of(18, 19, 20, 32, 33, 37, 43, 44, 45, 46, 55, 57, 60, 64, 80, 81),
        keys.stream().map(Short::intValue).toList());
  }
}
