package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.ConfigResource;
import io.gofka.protocol.message.AlterConfigsRequest;
import io.gofka.protocol.message.AlterConfigsResponse;
import io.gofka.protocol.message.CreatePartitionsRequest;
import io.gofka.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.gofka.protocol.message.CreatePartitionsResponse;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsResponse;
import io.gofka.protocol.message.DeleteTopicsRequest;
import io.gofka.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.gofka.protocol.message.DeleteTopicsResponse;
import io.gofka.protocol.message.DescribeClusterRequest;
import io.gofka.protocol.message.DescribeClusterResponse;
import io.gofka.protocol.message.DescribeConfigsRequest;
import io.gofka.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.gofka.protocol.message.DescribeConfigsResponse;
import io.gofka.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.gofka.protocol.message.DescribeTopicPartitionsRequest;
import io.gofka.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.gofka.protocol.message.DescribeTopicPartitionsResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse;
import io.gofka.protocol.message.InitProducerIdRequest;
import io.gofka.protocol.message.InitProducerIdResponse;
import io.gofka.protocol.message.ListConfigResourcesRequest;
import io.gofka.protocol.message.ListConfigResourcesResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What differs between versions, and what no well-behaved client would ask. */
@Timeout(60)
class AdminHandlersTest {
  private static final byte TOPIC = ConfigResource.Type.TOPIC.code();
  private static final byte BROKER = ConfigResource.Type.BROKER.code();
  private static final byte BROKER_LOGGER = ConfigResource.Type.BROKER_LOGGER.code();

  @TempDir Path directory;

  private AdminBroker broker;

  private void start(Map<String, String> settings) throws Exception {
    broker = new AdminBroker(directory, settings);
  }

  private void start() throws Exception {
    start(Map.of());
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
  }

  private static BrokerLoggers loggers() {
    return new BrokerLoggers((LoggerContext) LoggerFactory.getILoggerFactory());
  }

  private CreateTopicsResponse create(String name, int partitions, int version) throws Exception {
    CreateTopicsRequest request = new CreateTopicsRequest();
    request
        .topics()
        .add(
            new CreatableTopic().name(name).numPartitions(partitions).replicationFactor((short) 1));
    return broker.ask(
        new CreateTopicsHandler(broker.context), request, version, CreateTopicsResponse::read);
  }

  private DeleteTopicsResponse delete(DeleteTopicsRequest request, int version) throws Exception {
    return broker.ask(
        new DeleteTopicsHandler(broker.context), request, version, DeleteTopicsResponse::read);
  }

  @Test
  void createTopicsTellsMoreInLaterVersions() throws Exception {
    start();
    for (int version = 2; version <= 7; version++) {
      var result = create("v" + version, 2, version).topics().get(0);
      assertEquals(ErrorCode.NONE.code(), result.errorCode());
      assertNull(result.errorMessage());
      assertEquals(version >= 5 ? 2 : -1, result.numPartitions());
      assertEquals(version >= 5, !result.configs().isEmpty());
      assertEquals(version >= 7, !result.topicId().equals(Uuids.ZERO));
      var again = create("v" + version, 2, version).topics().get(0);
      assertEquals(ErrorCode.TOPIC_ALREADY_EXISTS.code(), again.errorCode());
      assertNotNull(again.errorMessage());
    }
  }

  @Test
  void requestForTooManyPartitionsIsRefusedAsAWhole() throws Exception {
    start();
    assertEquals(
        ErrorCode.POLICY_VIOLATION.code(), create("t", 10_001, 7).topics().get(0).errorCode());
  }

  @Test
  void topicsAreDeletedInEveryVersion() throws Exception {
    start();
    for (int version = 1; version <= 6; version++) {
      create("t", 1, 7);
      DeleteTopicsRequest request = new DeleteTopicsRequest().timeoutMs(10_000);
      if (version < 6) {
        request.topicNames(List.of("t"));
      } else {
        request.topics().add(new DeleteTopicState().name("t"));
      }
      var result = delete(request, version).responses().get(0);
      assertEquals(ErrorCode.NONE.code(), result.errorCode());
      assertEquals("t", result.name());
      assertTrue(broker.image().topicsByName().isEmpty());
    }
  }

  @Test
  void topicUnknownByIdIsAnsweredWithoutAName() throws Exception {
    start();
    DeleteTopicsRequest request = new DeleteTopicsRequest().timeoutMs(10_000);
    request.topics().add(new DeleteTopicState().name(null).topicId(new java.util.UUID(3, 3)));
    request.topics().add(new DeleteTopicState().name(null));
    var results = delete(request, 6).responses();
    assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), results.get(0).errorCode());
    assertNull(results.get(0).name());
    assertEquals(ErrorCode.INVALID_REQUEST.code(), results.get(1).errorCode());
  }

  @Test
  void disabledDeletionIsToldInWordsTheClientKnows() throws Exception {
    start(Map.of("delete.topic.enable", "false"));
    for (int version = 1; version <= 5; version++) {
      var result =
          delete(new DeleteTopicsRequest().timeoutMs(10_000).topicNames(List.of("t")), version)
              .responses()
              .get(0);
      ErrorCode expected =
          version < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED;
      assertEquals(expected.code(), result.errorCode());
    }
  }

  @Test
  void partitionsAreAddedInEveryVersion() throws Exception {
    start();
    create("t", 1, 7);
    for (int version = 0; version <= 3; version++) {
      CreatePartitionsRequest request = new CreatePartitionsRequest().timeoutMs(10_000);
      request
          .topics()
          .add(new CreatePartitionsTopic().name("t").count(2 + version).assignments(null));
      var response =
          broker.ask(
              new CreatePartitionsHandler(broker.context),
              request,
              version,
              CreatePartitionsResponse::read);
      assertEquals(ErrorCode.NONE.code(), response.results().get(0).errorCode());
      assertNull(response.results().get(0).errorMessage());
      assertEquals(2 + version, broker.image().topic("t").orElseThrow().partitions().size());
    }
  }

  private DescribeConfigsResult describe(byte type, String name, List<String> keys, int version)
      throws Exception {
    DescribeConfigsRequest request =
        new DescribeConfigsRequest().includeSynonyms(true).includeDocumentation(version >= 3);
    request
        .resources()
        .add(
            new DescribeConfigsResource()
                .resourceType(type)
                .resourceName(name)
                .configurationKeys(keys));
    return broker
        .ask(
            new DescribeConfigsHandler(broker.context, loggers()),
            request,
            version,
            DescribeConfigsResponse::read)
        .results()
        .get(0);
  }

  @Test
  void configurationsAreDescribedInEveryVersion() throws Exception {
    start();
    create("t", 1, 7);
    for (int version = 1; version <= 4; version++) {
      var topic = describe(TOPIC, "t", null, version);
      assertEquals(ErrorCode.NONE.code(), topic.errorCode());
      assertNull(topic.errorMessage());
      assertTrue(topic.configs().size() > 20);
      assertEquals(
          topic.configs().size(), describe(TOPIC, "t", List.of(), version).configs().size());
      var one = describe(TOPIC, "t", List.of("retention.ms", "no.such"), version).configs();
      assertEquals(1, one.size());
      assertEquals("retention.ms", one.get(0).name());
      assertEquals("604800000", one.get(0).value());
      assertEquals(version >= 3, !one.get(0).documentation().isEmpty());
      assertTrue(describe(BROKER, "1", null, version).configs().size() > 100);
      assertTrue(describe(BROKER_LOGGER, "1", null, version).configs().size() > 1);
    }
  }

  @Test
  void resourcesThatThisBrokerDoesNotSpeakForAreRefused() throws Exception {
    start();
    Map<String, Byte> refused =
        Map.of("2", BROKER, "x", BROKER, "17", BROKER_LOGGER, "y", (byte) 99, "", BROKER_LOGGER);
    for (Map.Entry<String, Byte> resource : refused.entrySet()) {
      var result = describe(resource.getValue(), resource.getKey(), null, 4);
      assertEquals(ErrorCode.INVALID_REQUEST.code(), result.errorCode(), resource::toString);
      assertEquals(resource.getValue(), result.resourceType());
      assertEquals(resource.getKey(), result.resourceName());
    }
    assertEquals(
        ErrorCode.INVALID_REQUEST.code(),
        describe(ConfigResource.Type.GROUP.code(), "", null, 4).errorCode());
    assertEquals(
        ErrorCode.INVALID_TOPIC_EXCEPTION.code(), describe(TOPIC, "a b", null, 4).errorCode());
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), describe(TOPIC, "t", null, 4).errorCode());
  }

  private static AlterConfigsResource change(
      byte type, String name, String key, int operation, String value) {
    AlterConfigsResource resource =
        new AlterConfigsResource().resourceType(type).resourceName(name);
    resource
        .configs()
        .add(new AlterableConfig().name(key).configOperation((byte) operation).value(value));
    return resource;
  }

  private List<ErrorCode> alter(int version, AlterConfigsResource... resources) throws Exception {
    IncrementalAlterConfigsRequest request =
        new IncrementalAlterConfigsRequest().resources(new ArrayList<>(List.of(resources)));
    var response =
        broker.ask(
            new IncrementalAlterConfigsHandler(broker.context, loggers()),
            request,
            version,
            IncrementalAlterConfigsResponse::read);
    for (int i = 0; i < resources.length; i++) {
      assertEquals(resources[i].resourceName(), response.responses().get(i).resourceName());
      assertEquals(resources[i].resourceType(), response.responses().get(i).resourceType());
    }
    return response.responses().stream().map(one -> ErrorCode.of(one.errorCode())).toList();
  }

  @Test
  void eachResourceOfARequestHasItsOwnFate() throws Exception {
    start();
    create("t", 1, 7);
    for (int version = 0; version <= 1; version++) {
      assertEquals(
          List.of(
              ErrorCode.NONE,
              ErrorCode.INVALID_REQUEST,
              ErrorCode.INVALID_REQUEST,
              ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
              ErrorCode.INVALID_REQUEST,
              ErrorCode.INVALID_REQUEST,
              ErrorCode.NONE),
          alter(
              version,
              change(TOPIC, "t", "retention.ms", 0, "9"),
              change((byte) 77, "x", "k", 0, "v"),
              change(BROKER, "9", "log.retention.ms", 0, "1"),
              change(TOPIC, "none", "retention.ms", 0, "9"),
              change(BROKER, "1", "log.retention.ms", 9, "1"),
              change(BROKER, "", "log.retention.ms", 0, null),
              change(BROKER_LOGGER, "1", "io.gofka.metadata.ControllerVerticle", 1, null)));
      assertEquals(
          Map.of("retention.ms", "9"), broker.image().overrides(ConfigResource.topic("t")));
    }
  }

  @Test
  void resourceOrKeyThatStandsTwiceIsRefused() throws Exception {
    start();
    create("t", 1, 7);
    assertEquals(
        List.of(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST),
        alter(
            1,
            change(TOPIC, "t", "retention.ms", 0, "9"),
            change(TOPIC, "t", "segment.bytes", 0, "2000000")));
    AlterConfigsResource twice = change(TOPIC, "t", "retention.ms", 0, "9");
    twice.configs().add(new AlterableConfig().name("retention.ms").configOperation((byte) 1));
    assertEquals(List.of(ErrorCode.INVALID_REQUEST), alter(1, twice));
    assertEquals(Map.of(), broker.image().overrides(ConfigResource.topic("t")));
  }

  @Test
  void legacyAlterReplacesAllOverrides() throws Exception {
    start();
    create("t", 1, 7);
    for (int version = 0; version <= 2; version++) {
      alter(1, change(TOPIC, "t", "segment.bytes", 0, "2000000"));
      AlterConfigsRequest request = new AlterConfigsRequest();
      AlterConfigsRequest.AlterConfigsResource resource =
          new AlterConfigsRequest.AlterConfigsResource().resourceType(TOPIC).resourceName("t");
      resource
          .configs()
          .add(new AlterConfigsRequest.AlterableConfig().name("retention.ms").value("5"));
      request.resources().add(resource);
      var response =
          broker.ask(
              new AlterConfigsHandler(broker.context, loggers()),
              request,
              version,
              AlterConfigsResponse::read);
      assertEquals(ErrorCode.NONE.code(), response.responses().get(0).errorCode());
      assertEquals(
          Map.of("retention.ms", "5"), broker.image().overrides(ConfigResource.topic("t")));
    }
  }

  @Test
  void onlyBrokersAreDescribedByABroker() throws Exception {
    start();
    Map<Integer, ErrorCode> byType =
        Map.of(
            1, ErrorCode.NONE,
            2, ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE);
    for (Map.Entry<Integer, ErrorCode> type : byType.entrySet()) {
      for (int version = type.getKey() == 1 ? 0 : 1; version <= 2; version++) {
        var response =
            broker.ask(
                new DescribeClusterHandler(broker.context),
                new DescribeClusterRequest().endpointType(type.getKey().byteValue()),
                version,
                DescribeClusterResponse::read);
        assertEquals(type.getValue().code(), response.errorCode());
        assertEquals(type.getKey() == 1 ? 1 : 0, response.brokers().size());
      }
    }
  }

  private DescribeTopicPartitionsResponse page(
      int limit, DescribeTopicPartitionsRequest.Cursor cursor, String... topics) throws Exception {
    DescribeTopicPartitionsRequest request =
        new DescribeTopicPartitionsRequest().responsePartitionLimit(limit).cursor(cursor);
    for (String topic : topics) {
      request.topics().add(new TopicRequest().name(topic));
    }
    return broker.ask(
        new DescribeTopicPartitionsHandler(broker.context),
        request,
        0,
        DescribeTopicPartitionsResponse::read);
  }

  @Test
  void pagesFollowEachOtherWithoutGapsOrRepetition() throws Exception {
    start();
    create("a", 3, 7);
    create("b", 2, 7);
    create("c", 1, 7);
    for (int limit = 1; limit <= 8; limit++) {
      List<String> seen = new ArrayList<>();
      DescribeTopicPartitionsRequest.Cursor cursor = null;
      do {
        var response = page(limit, cursor);
        int before = seen.size();
        for (var topic : response.topics()) {
          topic
              .partitions()
              .forEach(partition -> seen.add(topic.name() + partition.partitionIndex()));
        }
        assertTrue(seen.size() - before <= limit && seen.size() > before);
        var next = response.nextCursor();
        cursor =
            next == null
                ? null
                : new DescribeTopicPartitionsRequest.Cursor()
                    .topicName(next.topicName())
                    .partitionIndex(next.partitionIndex());
      } while (cursor != null);
      assertEquals(List.of("a0", "a1", "a2", "b0", "b1", "c0"), seen, "limit " + limit);
    }
  }

  @Test
  void unknownTopicsAreNamedAndBadCursorsRefused() throws Exception {
    start();
    create("a", 1, 7);
    var topics = page(10, null, "zz", "a", "b d").topics();
    assertEquals(List.of("a", "b d", "zz"), topics.stream().map(topic -> topic.name()).toList());
    assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), topics.get(1).errorCode());
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), topics.get(2).errorCode());
    var negative = new DescribeTopicPartitionsRequest.Cursor().topicName("a").partitionIndex(-1);
    assertEquals(
        ErrorCode.INVALID_REQUEST.code(), page(10, negative, "a").topics().get(0).errorCode());
    var beyond = new DescribeTopicPartitionsRequest.Cursor().topicName("a").partitionIndex(99);
    assertEquals(0, page(10, beyond, "a").topics().get(0).partitions().size());
  }

  @Test
  void configResourcesAreListedByKind() throws Exception {
    start();
    create("t", 1, 7);
    assertEquals(List.of(), list(0));
    assertEquals(List.of("t", "1", "1"), list(1));
    assertEquals(List.of("t"), list(1, TOPIC));
    var refused =
        broker.ask(
            new ListConfigResourcesHandler(broker.context),
            new ListConfigResourcesRequest().resourceTypes(List.of((byte) 99)),
            1,
            ListConfigResourcesResponse::read);
    assertEquals(ErrorCode.UNSUPPORTED_VERSION.code(), refused.errorCode());
  }

  private List<String> list(int version, Byte... types) throws Exception {
    var response =
        broker.ask(
            new ListConfigResourcesHandler(broker.context),
            new ListConfigResourcesRequest().resourceTypes(List.of(types)),
            version,
            ListConfigResourcesResponse::read);
    return response.configResources().stream().map(one -> one.resourceName()).toList();
  }

  private InitProducerIdResponse init(InitProducerIdRequest request, int version) throws Exception {
    return broker.ask(
        new InitProducerIdHandler(broker.context),
        request.transactionTimeoutMs(1000),
        version,
        InitProducerIdResponse::read);
  }

  @Test
  void idempotentProducersGetNewIdsInEveryVersion() throws Exception {
    start();
    long last = -1;
    for (int version = 0; version <= 5; version++) {
      InitProducerIdRequest request = new InitProducerIdRequest().transactionalId(null);
      if (version >= 3) {
        request.producerId(last).producerEpoch((short) 4);
      }
      InitProducerIdResponse response = init(request, version);
      assertEquals(ErrorCode.NONE.code(), response.errorCode());
      assertTrue(response.producerId() > last);
      assertEquals(0, response.producerEpoch());
      last = response.producerId();
    }
  }

  @Test
  void producersWithHalfAnIdentityOrATransactionalIdAreRefused() throws Exception {
    start();
    var half = new InitProducerIdRequest().transactionalId(null).producerId(5);
    assertEquals(ErrorCode.INVALID_REQUEST.code(), init(half, 3).errorCode());
    var empty = new InitProducerIdRequest().transactionalId("");
    assertEquals(ErrorCode.INVALID_REQUEST.code(), init(empty, 3).errorCode());
    var transactional = init(new InitProducerIdRequest().transactionalId("tx"), 5);
    assertEquals(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code(), transactional.errorCode());
    assertEquals(-1, transactional.producerId());
  }
}
