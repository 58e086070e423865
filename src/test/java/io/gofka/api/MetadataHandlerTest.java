package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsResponse;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.security.authorizer.AclEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pcollections.TreePMap;

@Timeout(60)
class MetadataHandlerTest {
  @TempDir Path directory;

  private AdminBroker broker;
  private MetadataHandler handler;

  @BeforeEach
  void withTwoTopics() throws Exception {
    broker = new AdminBroker(directory, Map.of("num.partitions", "2"));
    handler = new MetadataHandler(broker.context);
    CreateTopicsRequest request = new CreateTopicsRequest();
    for (String name : List.of("a", "b")) {
      request
          .topics()
          .add(new CreatableTopic().name(name).numPartitions(3).replicationFactor((short) 1));
    }
    broker.ask(new CreateTopicsHandler(broker.context), request, 7, CreateTopicsResponse::read);
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
  }

  private MetadataResponse ask(MetadataRequest request, int version) throws Exception {
    return broker.ask(handler, request, version, MetadataResponse::read);
  }

  private static MetadataRequest named(String... names) {
    MetadataRequest request = new MetadataRequest();
    for (String name : names) {
      request.topics().add(new MetadataRequestTopic().name(name));
    }
    return request;
  }

  private static MetadataRequest identified(UUID id) {
    MetadataRequest request = new MetadataRequest();
    request.topics().add(new MetadataRequestTopic().name(null).topicId(id));
    return request;
  }

  private static List<String> names(MetadataResponse response) {
    return response.topics().stream().map(MetadataResponseTopic::name).toList();
  }

  @Test
  void everyVersionTellsBrokersAndTopics() throws Exception {
    for (int version = 0; version <= 13; version++) {
      MetadataResponse response = ask(named("a", "none"), version);
      assertEquals(1, response.brokers().size());
      assertEquals(1, response.brokers().get(0).nodeId());
      assertEquals("127.0.0.7", response.brokers().get(0).host(), "where the client has come to");
      assertEquals(9092, response.brokers().get(0).port());
      assertEquals(version >= 1 ? "rack-a" : null, response.brokers().get(0).rack());
      assertEquals(version >= 1 ? 1 : -1, response.controllerId());
      MetadataResponseTopic topic = response.topics().get(0);
      assertEquals(ErrorCode.NONE.code(), topic.errorCode());
      assertEquals(3, topic.partitions().size());
      assertEquals(1, topic.partitions().get(2).leaderId());
      assertEquals(List.of(1), topic.partitions().get(2).replicaNodes());
      assertEquals(version >= 10, !topic.topicId().equals(Uuids.ZERO));
    }
  }

  @Test
  void nullAsksForAllAndEmptyForNoneExceptInVersionZero() throws Exception {
    assertEquals(List.of("a", "b"), names(ask(new MetadataRequest(), 0)));
    for (int version = 1; version <= 13; version++) {
      assertEquals(List.of(), names(ask(new MetadataRequest(), version)));
      assertEquals(List.of("a", "b"), names(ask(new MetadataRequest().topics(null), version)));
    }
  }

  @Test
  void missingTopicIsCreatedWhenBothSidesWantIt() throws Exception {
    MetadataResponse created = ask(named("wanted"), 13);
    assertEquals(ErrorCode.NONE.code(), created.topics().get(0).errorCode());
    assertEquals(2, created.topics().get(0).partitions().size());
    assertTrue(broker.image().topic("wanted").isPresent());

    MetadataResponse refused = ask(named("unwanted").allowAutoTopicCreation(false), 13);
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), refused.topics().get(0).errorCode());
    assertTrue(broker.image().topic("unwanted").isEmpty());
  }

  @Test
  void internalTopicIsCreatedAsItsSettingsSay() throws Exception {
    MetadataResponse created = ask(named(TopicImage.CONSUMER_OFFSETS), 13);
    assertEquals(50, created.topics().get(0).partitions().size());
    assertTrue(created.topics().get(0).isInternal());
  }

  @Test
  void namesThatNoTopicMayHaveAreToldSo() throws Exception {
    MetadataResponse response = ask(named("no good", "a.x", "a_x"), 13);
    assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), response.topics().get(0).errorCode());
    assertEquals(ErrorCode.NONE.code(), response.topics().get(1).errorCode());
    assertEquals(
        ErrorCode.INVALID_TOPIC_EXCEPTION.code(),
        response.topics().get(2).errorCode(),
        "it collides with the topic before it");
  }

  @Test
  void topicsAreFoundByIdFromVersionTwelveOn() throws Exception {
    UUID id = broker.image().topic("b").orElseThrow().id();
    for (int version : new int[] {12, 13}) {
      assertEquals(List.of("b"), names(ask(identified(id), version)));
      MetadataResponseTopic unknown = ask(identified(new UUID(4, 4)), version).topics().get(0);
      assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), unknown.errorCode());
      assertNull(unknown.name());
      assertEquals(new UUID(4, 4), unknown.topicId());
    }
    for (int version : new int[] {10, 11}) {
      assertEquals(
          ErrorCode.INVALID_REQUEST.code(),
          ask(identified(id), version).topics().get(0).errorCode());
    }
  }

  @Test
  void authorizedOperationsAreToldOnlyWhenAsked() throws Exception {
    MetadataRequest asking =
        named("a").includeTopicAuthorizedOperations(true).includeClusterAuthorizedOperations(true);
    assertEquals(
        bits(ResourceType.TOPIC), ask(asking, 8).topics().get(0).topicAuthorizedOperations());
    assertEquals(bits(ResourceType.CLUSTER), ask(asking, 10).clusterAuthorizedOperations());
    MetadataResponse unasked = ask(named("a"), 8);
    assertEquals(Integer.MIN_VALUE, unasked.topics().get(0).topicAuthorizedOperations());
    assertEquals(Integer.MIN_VALUE, unasked.clusterAuthorizedOperations());
  }

  /** All operations that Kafka knows for a kind of resource. */
  private static int bits(ResourceType type) {
    int bits = 0;
    for (AclOperation operation : AclEntry.supportedOperations(type)) {
      bits |= 1 << operation.code();
    }
    return bits;
  }

  @Test
  void leaderThatClientsCannotReachIsNamedByVersion() {
    BrokerImage elsewhere =
        new BrokerImage(
            2,
            "n2",
            0,
            List.of(new Endpoint("OTHER", Optional.of("h"), 1)),
            Optional.empty(),
            false);
    PartitionImage onTwo = new PartitionImage(List.of(2, 3), List.of(2), 2, 0, 0);
    PartitionImage onThree = new PartitionImage(List.of(3), List.of(3), 3, 0, 0);
    TopicImage topic = new TopicImage(new UUID(1, 1), "t", List.of(onTwo, onThree));
    ClusterImage image =
        new ClusterImage(
            "c",
            0,
            -1,
            TreePMap.singleton(2, elsewhere),
            ClusterImage.EMPTY.topicsByName(),
            ClusterImage.EMPTY.topicsById(),
            ClusterImage.EMPTY.configs());
    assertEquals(ErrorCode.LEADER_NOT_AVAILABLE.code(), describe(topic, 0, image, 5).errorCode());
    assertEquals(ErrorCode.LISTENER_NOT_FOUND.code(), describe(topic, 0, image, 6).errorCode());
    assertEquals(ErrorCode.LEADER_NOT_AVAILABLE.code(), describe(topic, 1, image, 13).errorCode());
    assertEquals(List.of(3), describe(topic, 0, image, 13).offlineReplicas());
    assertEquals(-1, describe(topic, 0, image, 13).leaderId());
  }

  private static MetadataResponse.MetadataResponsePartition describe(
      TopicImage topic, int index, ClusterImage image, int version) {
    return PartitionMetadata.describe(topic, index, image, AdminBroker.CONNECTION, (short) version);
  }
}
