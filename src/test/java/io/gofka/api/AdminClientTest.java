package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.node.GofkaNode;
import io.gofka.node.NodeConfig;
import io.gofka.node.NodeConfigReader;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The admin requests as Kafka's own client makes them and understands the answers. */
@Timeout(60)
class AdminClientTest {
  private static final ConfigResource BROKER = new ConfigResource(ConfigResource.Type.BROKER, "1");
  private static final ConfigResource ALL_BROKERS =
      new ConfigResource(ConfigResource.Type.BROKER, "");
  private static final ConfigResource LOGGERS =
      new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "1");

  @TempDir static Path folder;

  private static GofkaNode node;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        server:
          data_dir: %s
        kafka:
          listeners: PLAINTEXT://127.0.0.1:%d
          num.partitions: 3
          max.request.partition.size.limit: 7
        """
            .formatted(folder.resolve("data"), freePort()));
    NodeConfig config = NodeConfigReader.read(Optional.of(file), Map.of());
    node = await(GofkaNode.start(config));
    Properties properties = new Properties();
    properties.put("bootstrap.servers", String.join(",", node.bootstrapAddresses()));
    admin = Admin.create(properties);
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
    await(node.stop());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static <T> T await(KafkaFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static void assertRefused(Class<? extends Exception> error, KafkaFuture<?> future) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(future));
    assertInstanceOf(error, failed.getCause());
  }

  private static NewTopic topic(String name, int partitions) {
    return new NewTopic(name, partitions, (short) 1);
  }

  private static void create(NewTopic... topics) throws Exception {
    await(admin.createTopics(List.of(topics)).all());
  }

  private static TopicDescription describe(String topic) throws Exception {
    return await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private static Config config(ConfigResource resource) throws Exception {
    return await(admin.describeConfigs(List.of(resource)).all()).get(resource);
  }

  private static void alter(ConfigResource resource, String key, String value, OpType type)
      throws Exception {
    await(altering(resource, key, value, type));
  }

  private static KafkaFuture<Void> altering(
      ConfigResource resource, String key, String value, OpType type) {
    Collection<AlterConfigOp> operations =
        List.of(new AlterConfigOp(new ConfigEntry(key, value), type));
    return admin.incrementalAlterConfigs(Map.of(resource, operations)).all();
  }

  private static ConfigResource topicResource(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  @Test
  void clusterIsDescribedWithTheAddressTheClientHasReached() throws Exception {
    var cluster =
        admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    var nodes = await(cluster.nodes());
    assertEquals(1, nodes.size());
    var only = nodes.iterator().next();
    assertEquals(1, only.id());
    assertEquals(node.bootstrapAddresses(), List.of(only.host() + ":" + only.port()));
    assertEquals(1, await(cluster.controller()).id());
    assertEquals(22, await(cluster.clusterId()).length());
    assertTrue(await(cluster.authorizedOperations()).contains(AclOperation.ALTER));
  }

  @Test
  void createdTopicIsTherePartitionByPartitionWithItsConfiguration() throws Exception {
    CreateTopicsResult created =
        admin.createTopics(List.of(topic("created", 4).configs(Map.of("retention.ms", "1234567"))));
    await(created.all());
    assertEquals(4, await(created.numPartitions("created")));
    assertEquals(1, await(created.replicationFactor("created")));
    ConfigEntry retention = await(created.config("created")).get("retention.ms");
    assertEquals("1234567", retention.value());
    assertEquals(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.source());

    TopicDescription described = describe("created");
    assertEquals(await(created.topicId("created")), described.topicId());
    assertEquals(4, described.partitions().size());
    described
        .partitions()
        .forEach(
            partition -> {
              assertEquals(1, partition.leader().id());
              assertEquals(1, partition.isr().size());
              assertEquals(List.of(), partition.elr());
            });
    var byId =
        await(
            admin
                .describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                .allTopicIds());
    assertEquals("created", byId.get(described.topicId()).name());
  }

  @Test
  void defaultsOfTheBrokerHoldForPartitionsLeftOpen() throws Exception {
    create(new NewTopic("left-open", Optional.empty(), Optional.empty()));
    assertEquals(3, describe("left-open").partitions().size());
  }

  @Test
  void validationCreatesNothing() throws Exception {
    var options = new CreateTopicsOptions().validateOnly(true);
    await(admin.createTopics(List.of(topic("validated", 2)), options).all());
    assertFalse(await(admin.listTopics().names()).contains("validated"));
    assertRefused(
        InvalidPartitionsException.class,
        admin.createTopics(List.of(topic("validated", 0)), options).all());
  }

  @Test
  void refusalsReachTheClientAsWhatTheyAre() throws Exception {
    create(topic("refusals", 1));
    assertRefused(
        TopicExistsException.class, admin.createTopics(List.of(topic("refusals", 1))).all());
    assertRefused(
        InvalidConfigurationException.class,
        admin.createTopics(List.of(topic("refusals2", 1).configs(Map.of("no.such", "1")))).all());
    assertRefused(
        UnknownTopicOrPartitionException.class,
        admin.describeTopics(List.of("no-such-topic")).allTopicNames());
    assertRefused(
        UnknownTopicOrPartitionException.class, admin.deleteTopics(List.of("no-such-topic")).all());
    assertRefused(
        UnknownTopicIdException.class,
        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(new Uuid(1, 2)))).all());
    assertRefused(
        UnknownTopicOrPartitionException.class,
        admin.describeConfigs(List.of(topicResource("no-such-topic"))).all());
    assertRefused(
        InvalidRequestException.class, altering(BROKER, "num.partitions", "5", OpType.SET));
  }

  @Test
  void manyTopicsAreDescribedPageByPage() throws Exception {
    for (int i = 0; i < 9; i++) {
      create(topic("paged-" + i, 1 + i % 4));
    }
    Set<String> names = new java.util.TreeSet<>();
    for (int i = 0; i < 9; i++) {
      names.add("paged-" + i);
    }
    var options = new DescribeTopicsOptions().partitionSizeLimitPerResponse(3);
    var described = await(admin.describeTopics(names, options).allTopicNames());
    assertEquals(names, described.keySet());
    for (int i = 0; i < 9; i++) {
      assertEquals(1 + i % 4, described.get("paged-" + i).partitions().size());
    }
  }

  @Test
  void partitionsAreAdded() throws Exception {
    create(topic("growing", 2));
    await(admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(5))).all());
    assertEquals(5, describe("growing").partitions().size());
    assertRefused(
        InvalidPartitionsException.class,
        admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(5))).all());
  }

  @Test
  void deletedTopicIsGoneAndItsNameIsFree() throws Exception {
    create(topic("deleted", 1), topic("deleted-by-id", 1));
    Uuid first = describe("deleted").topicId();
    Uuid other = describe("deleted-by-id").topicId();
    await(admin.deleteTopics(List.of("deleted")).all());
    await(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(other))).all());
    Set<String> names = await(admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
    assertFalse(names.contains("deleted") || names.contains("deleted-by-id"));
    create(topic("deleted", 1));
    assertFalse(first.equals(describe("deleted").topicId()));
  }

  @Test
  void topicSettingsAreAlteredOneByOne() throws Exception {
    create(topic("altered", 1));
    ConfigResource resource = topicResource("altered");
    alter(resource, "max.message.bytes", "777", OpType.SET);
    alter(resource, "cleanup.policy", "compact", OpType.APPEND);
    ConfigEntry size = config(resource).get("max.message.bytes");
    assertEquals("777", size.value());
    assertEquals("delete,compact", config(resource).get("cleanup.policy").value());
    alter(resource, "cleanup.policy", "delete", OpType.SUBTRACT);
    assertEquals("compact", config(resource).get("cleanup.policy").value());
    alter(resource, "max.message.bytes", "", OpType.DELETE);
    assertTrue(config(resource).get("max.message.bytes").isDefault());
  }

  @Test
  void descriptionTellsSynonymsAndDocumentationWhenAsked() throws Exception {
    create(topic("described", 1));
    ConfigResource resource = topicResource("described");
    ConfigEntry plain = config(resource).get("retention.ms");
    assertTrue(plain.synonyms().isEmpty());
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    ConfigEntry full =
        await(admin.describeConfigs(List.of(resource), options).all())
            .get(resource)
            .get("retention.ms");
    assertFalse(full.synonyms().isEmpty());
    assertFalse(full.documentation().isEmpty());
    assertEquals(ConfigEntry.ConfigType.LONG, full.type());
  }

  @Test
  void brokerSettingsAreAlteredForOneAndForAll() throws Exception {
    alter(ALL_BROKERS, "message.max.bytes", "2000001", OpType.SET);
    alter(BROKER, "message.max.bytes", "2000002", OpType.SET);
    ConfigEntry own = config(BROKER).get("message.max.bytes");
    assertEquals("2000002", own.value());
    assertEquals(ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG, own.source());
    assertEquals("2000001", config(ALL_BROKERS).get("message.max.bytes").value());
    alter(BROKER, "message.max.bytes", "", OpType.DELETE);
    assertEquals("2000001", config(BROKER).get("message.max.bytes").value());
    alter(ALL_BROKERS, "message.max.bytes", "", OpType.DELETE);
    assertEquals(
        ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG,
        config(BROKER).get("num.partitions").source());
  }

  @Test
  void levelsOfLoggersAreSetAndTakenBack() throws Exception {
    String logger = "io.gofka.metadata.ControllerVerticle";
    String before = config(LOGGERS).get(logger).value();
    alter(LOGGERS, logger, "ERROR", OpType.SET);
    assertEquals("ERROR", config(LOGGERS).get(logger).value());
    alter(LOGGERS, logger, "", OpType.DELETE);
    assertEquals(before, config(LOGGERS).get(logger).value());
    assertRefused(
        InvalidConfigurationException.class,
        altering(LOGGERS, "no.such.Logger", "INFO", OpType.SET));
    assertRefused(
        InvalidConfigurationException.class, altering(LOGGERS, logger, "LOUD", OpType.SET));
    assertRefused(InvalidRequestException.class, altering(LOGGERS, "root", "", OpType.DELETE));
  }

  @Test
  void groupsAndSubscriptionsHaveSettingsThatAreListed() throws Exception {
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "a-group");
    ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "a-metric");
    alter(group, "consumer.session.timeout.ms", "50000", OpType.SET);
    alter(metrics, "interval.ms", "20000", OpType.SET);
    assertEquals("50000", config(group).get("consumer.session.timeout.ms").value());
    assertEquals("20000", config(metrics).get("interval.ms").value());
    var kinds = Set.of(ConfigResource.Type.GROUP, ConfigResource.Type.CLIENT_METRICS);
    Set<ConfigResource> listed =
        Set.copyOf(
            await(
                admin
                    .listConfigResources(
                        kinds, new org.apache.kafka.clients.admin.ListConfigResourcesOptions())
                    .all()));
    assertEquals(Set.of(group, metrics), listed);
    assertTrue(await(admin.listConfigResources().all()).contains(BROKER));
  }
}
