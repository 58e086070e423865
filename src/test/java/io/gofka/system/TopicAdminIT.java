package io.gofka.system;

import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.failureOf;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Creating, describing, growing and deleting topics through the Admin client. */
class TopicAdminIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(BrokerSettings.named("topic-admin").with("num.partitions", "2"));

  private static Admin admin;

  @BeforeAll
  static void connect() {
    admin = KafkaClients.admin(FIXTURE.bootstrap());
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static TopicDescription describe(String topic) throws Exception {
    return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private static Throwable refusalOf(NewTopic topic) throws Exception {
    return failureOf(admin.createTopics(List.of(topic)).all());
  }

  @Test
  void createdTopicIsListedAndDescribed() throws Exception {
    String topic = fresh("created");
    createTopic(admin, topic, 4, Map.of());

    assertTrue(get(admin.listTopics().names()).contains(topic));
    TopicDescription description = describe(topic);
    assertEquals(topic, description.name());
    assertFalse(description.isInternal());
    assertNotEquals(Uuid.ZERO_UUID, description.topicId());
    assertEquals(
        List.of(0, 1, 2, 3),
        description.partitions().stream().map(TopicPartitionInfo::partition).toList());
    for (TopicPartitionInfo partition : description.partitions()) {
      assertEquals(FIXTURE.broker().port(), partition.leader().port());
      assertEquals(List.of(partition.leader()), partition.replicas());
      assertEquals(List.of(partition.leader()), partition.isr());
    }
  }

  @Test
  void creationAnswersWithIdPartitionsAndConfigs() throws Exception {
    String topic = fresh("answer");
    var result =
        admin.createTopics(
            List.of(new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "1234567"))));

    assertEquals(3, get(result.numPartitions(topic)));
    assertEquals(1, get(result.replicationFactor(topic)));
    assertEquals("1234567", get(result.config(topic)).get("retention.ms").value());
    assertEquals("delete", get(result.config(topic)).get("cleanup.policy").value());
    assertEquals(describe(topic).topicId(), get(result.topicId(topic)));
  }

  @Test
  void brokersDefaultsAreUsedWhereTheRequestLeavesThemOpen() throws Exception {
    String topic = fresh("defaults");
    get(admin.createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty()))).all());
    assertEquals(2, describe(topic).partitions().size());
  }

  @Test
  void topicIsFoundByItsId() throws Exception {
    String topic = fresh("by-id");
    createTopic(admin, topic);
    Uuid id = describe(topic).topicId();
    assertEquals(
        topic,
        get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds())
            .get(id)
            .name());
    assertInstanceOf(
        UnknownTopicIdException.class,
        failureOf(
            admin
                .describeTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid())))
                .allTopicIds()));
  }

  @Test
  void manualAssignmentIsTakenAsGiven() throws Exception {
    int broker = get(admin.describeCluster().nodes()).iterator().next().id();
    String topic = fresh("assigned");
    get(
        admin
            .createTopics(
                List.of(new NewTopic(topic, Map.of(0, List.of(broker), 1, List.of(broker)))))
            .all());
    assertEquals(2, describe(topic).partitions().size());

    assertInstanceOf(
        InvalidReplicaAssignmentException.class,
        refusalOf(new NewTopic(fresh("gap"), Map.of(1, List.of(broker)))));
    assertInstanceOf(
        InvalidReplicaAssignmentException.class,
        refusalOf(new NewTopic(fresh("stranger"), Map.of(0, List.of(broker + 100)))));
    assertInstanceOf(
        InvalidReplicaAssignmentException.class,
        refusalOf(new NewTopic(fresh("twice"), Map.of(0, List.of(broker, broker)))));
  }

  @Test
  void secondTopicOfTheSameNameIsRefused() throws Exception {
    String topic = fresh("twice");
    createTopic(admin, topic);
    var failure = refusalOf(new NewTopic(topic, 1, (short) 1));
    assertInstanceOf(TopicExistsException.class, failure);
    assertTrue(failure.getMessage().contains(topic), failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "with space", "semi;colon", "slash/ed"})
  void namesKafkaForbidsAreRefused(String name) throws Exception {
    assertInstanceOf(InvalidTopicException.class, refusalOf(new NewTopic(name, 1, (short) 1)));
  }

  @Test
  void nameLongerThan249CharactersIsRefused() throws Exception {
    assertInstanceOf(
        InvalidTopicException.class, refusalOf(new NewTopic("n".repeat(250), 1, (short) 1)));
    createTopic(admin, "n".repeat(249));
  }

  @Test
  void namesThatDifferOnlyInDotAndUnderscoreCollide() throws Exception {
    String name = fresh("col.lide");
    createTopic(admin, name);
    assertInstanceOf(
        InvalidTopicException.class, refusalOf(new NewTopic(name.replace('.', '_'), 1, (short) 1)));
  }

  @Test
  void impossibleNumbersOfPartitionsAndReplicasAreRefused() throws Exception {
    assertInstanceOf(
        InvalidPartitionsException.class, refusalOf(new NewTopic(fresh("zero"), 0, (short) 1)));
    assertInstanceOf(
        InvalidPartitionsException.class, refusalOf(new NewTopic(fresh("minus"), -5, (short) 1)));
    assertInstanceOf(
        InvalidReplicationFactorException.class,
        refusalOf(new NewTopic(fresh("many"), 1, (short) 3)));
    assertInstanceOf(
        InvalidReplicationFactorException.class,
        refusalOf(new NewTopic(fresh("none"), 1, (short) 0)));
  }

  @ParameterizedTest
  @CsvSource({
    "no.such.config,1",
    "retention.ms,soon",
    "retention.ms,-2",
    "cleanup.policy,burn",
    "compression.type,rar",
    "segment.bytes,1",
    "min.insync.replicas,0",
    "min.cleanable.dirty.ratio,1.5"
  })
  void badTopicConfigsAreRefused(String key, String value) throws Exception {
    String topic = fresh("bad-config");
    assertInstanceOf(
        InvalidConfigurationException.class,
        refusalOf(new NewTopic(topic, 1, (short) 1).configs(Map.of(key, value))));
    assertFalse(get(admin.listTopics().names()).contains(topic));
  }

  @Test
  void validateOnlyChecksAndCreatesNothing() throws Exception {
    String topic = fresh("dry");
    var dry = new CreateTopicsOptions().validateOnly(true);
    get(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)), dry).all());
    assertFalse(get(admin.listTopics().names()).contains(topic));
    assertInstanceOf(
        InvalidReplicationFactorException.class,
        failureOf(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 9)), dry).all()));
  }

  @Test
  void goodTopicsOfARequestAreCreatedBesideBadOnes() throws Exception {
    String good = fresh("good");
    String bad = fresh("bad");
    var result =
        admin.createTopics(
            List.of(new NewTopic(good, 1, (short) 1), new NewTopic(bad, -1, (short) 7)));
    get(result.values().get(good));
    failureOf(result.values().get(bad));
    assertTrue(get(admin.listTopics().names()).contains(good));
  }

  @Test
  void deletedTopicIsGoneByNameAndById() throws Exception {
    String byName = fresh("delete-name");
    String byId = fresh("delete-id");
    createTopic(admin, byName, 3, Map.of());
    createTopic(admin, byId, 3, Map.of());

    get(admin.deleteTopics(List.of(byName)).all());
    get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(describe(byId).topicId()))).all());

    Set<String> left = get(admin.listTopics().names());
    assertFalse(left.contains(byName) || left.contains(byId));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        failureOf(admin.describeTopics(List.of(byName)).allTopicNames()));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        failureOf(admin.deleteTopics(List.of(byName)).all()));
    assertInstanceOf(
        UnknownTopicIdException.class,
        failureOf(
            admin.deleteTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid()))).all()));
  }

  @Test
  void recreatedTopicHasANewId() throws Exception {
    String topic = fresh("recreated");
    createTopic(admin, topic);
    Uuid first = describe(topic).topicId();
    get(admin.deleteTopics(List.of(topic)).all());
    createTopic(admin, topic);
    assertNotEquals(first, describe(topic).topicId());
  }

  @Test
  void partitionsOnlyGrow() throws Exception {
    String topic = fresh("grow");
    createTopic(admin, topic, 2, Map.of());
    get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
    assertEquals(5, describe(topic).partitions().size());

    for (int count : new int[] {5, 3, 0, -1}) {
      assertInstanceOf(
          InvalidPartitionsException.class,
          failureOf(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all()),
          "grow to " + count);
    }
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        failureOf(
            admin.createPartitions(Map.of(fresh("none"), NewPartitions.increaseTo(2))).all()));
  }

  @Test
  void newPartitionsTakeAManualAssignment() throws Exception {
    int broker = get(admin.describeCluster().nodes()).iterator().next().id();
    String topic = fresh("grow-assigned");
    createTopic(admin, topic);
    get(
        admin
            .createPartitions(
                Map.of(
                    topic, NewPartitions.increaseTo(3, List.of(List.of(broker), List.of(broker)))))
            .all());
    assertEquals(3, describe(topic).partitions().size());
    assertInstanceOf(
        InvalidReplicaAssignmentException.class,
        failureOf(
            admin
                .createPartitions(
                    Map.of(topic, NewPartitions.increaseTo(5, List.of(List.of(broker)))))
                .all()));
  }

  @Test
  void descriptionOfManyPartitionsComesInPages() throws Exception {
    String topic = fresh("pages");
    createTopic(admin, topic, 25, Map.of());
    var description =
        get(admin
                .describeTopics(
                    List.of(topic), new DescribeTopicsOptions().partitionSizeLimitPerResponse(7))
                .allTopicNames())
            .get(topic);
    assertEquals(
        IntStream.range(0, 25).boxed().toList(),
        description.partitions().stream().map(TopicPartitionInfo::partition).toList());
  }

  @Test
  void internalTopicsAreListedOnlyWhenAskedFor() throws Exception {
    try (var consumer =
        KafkaClients.consumer(FIXTURE.bootstrap(), Map.of("group.id", fresh("internal")))) {
      String topic = fresh("internal");
      createTopic(admin, topic);
      consumer.committed(Set.of(new org.apache.kafka.common.TopicPartition(topic, 0)));
    }
    assertFalse(get(admin.listTopics().names()).contains("__consumer_offsets"));
    assertTrue(
        get(admin.listTopics(new ListTopicsOptions().listInternal(true)).names())
            .contains("__consumer_offsets"));
    assertTrue(describe("__consumer_offsets").isInternal());
    assertEquals(5, describe("__consumer_offsets").partitions().size());
  }
}
