package io.gofka.metadata;

import static io.gofka.metadata.Images.assigned;
import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.on;
import static io.gofka.metadata.Images.topic;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.DeleteTopics.TopicReference;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TopicDecisionsTest {
  private static final ClusterImage CLUSTER =
      withTopic(withTopic(cluster(1, 2, 3), "old", 2, 1, 2), "a.b_c", 1, 1);

  private final AtomicLong lastId = new AtomicLong();
  private final TopicDecisions decisions = decisions(Map.of("num.partitions", "4"));

  private TopicDecisions decisions(Map<String, String> config) {
    ClusterConfig broker = new ClusterConfig(BrokerConfig.of(config));
    PartitionDecisions partitions = new PartitionDecisions(new Random(1));
    return new TopicDecisions(broker, partitions, () -> new UUID(1, lastId.incrementAndGet()));
  }

  private Decision<List<CreateTopics.Result>> create(NewTopic... topics) {
    return decisions.create(CLUSTER, new CreateTopics(List.of(topics), false));
  }

  private static NewTopic configured(String name, Map<String, String> configs) {
    return new NewTopic(name, 1, 1, List.of(), configs);
  }

  static Stream<Arguments> refusedTopics() {
    return Stream.of(
        // Names.
        refused(topic("", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic(".", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("..", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("a b", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("ä", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("x".repeat(250), 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("a_b.c", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(topic("__cluster_metadata", 1, 1), ErrorCode.TOPIC_AUTHORIZATION_FAILED),
        refused(topic("old", 1, 1), ErrorCode.TOPIC_ALREADY_EXISTS),
        // Numbers.
        refused(topic("t", 0, 1), ErrorCode.INVALID_PARTITIONS),
        refused(topic("t", -2, 1), ErrorCode.INVALID_PARTITIONS),
        refused(topic("t", 1, 0), ErrorCode.INVALID_REPLICATION_FACTOR),
        refused(topic("t", 1, -2), ErrorCode.INVALID_REPLICATION_FACTOR),
        refused(topic("t", 0, 0), ErrorCode.INVALID_REPLICATION_FACTOR),
        refused(topic("t", 1, 4), ErrorCode.INVALID_REPLICATION_FACTOR),
        // Assignments.
        refused(new NewTopic("t", 1, -1, List.of(on(0, 1)), Map.of()), ErrorCode.INVALID_REQUEST),
        refused(new NewTopic("t", -1, 1, List.of(on(0, 1)), Map.of()), ErrorCode.INVALID_REQUEST),
        refused(assigned("t", on(1, 1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, 1), on(2, 1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(-1, 1), on(0, 1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, 1), on(0, 2)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, 1, 1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, 9)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, -1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        refused(assigned("t", on(0, 1, 2), on(1, 3)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        // Configurations.
        refused(configured("t", Map.of("no.such", "1")), ErrorCode.INVALID_CONFIG),
        refused(configured("t", Map.of("segment.bytes", "x")), ErrorCode.INVALID_CONFIG),
        refused(
            configured("t", Collections.singletonMap("retention.ms", null)),
            ErrorCode.INVALID_CONFIG));
  }

  private static Arguments refused(NewTopic topic, ErrorCode error) {
    return Arguments.of(topic, error);
  }

  @ParameterizedTest
  @MethodSource("refusedTopics")
  void refusedTopicNamesItsErrorAndLeavesTheOthersAlone(NewTopic topic, ErrorCode error) {
    var decision = create(topic, topic("fine", 2, 2));
    CreateTopics.Result refused = decision.reply().get(0);
    assertEquals(error, refused.error(), () -> String.valueOf(refused.message()));
    assertTrue(refused.message().isPresent());
    assertEquals(Uuids.ZERO, refused.topicId());
    assertEquals(-1, refused.partitions());
    CreateTopics.Result created = decision.reply().get(1);
    assertEquals(ErrorCode.NONE, created.error());
    assertEquals(3, decision.records().size(), "a topic and two partitions");
  }

  @Test
  void longestNameIsAllowed() {
    assertEquals(ErrorCode.NONE, create(topic("x".repeat(249), 1, 1)).reply().get(0).error());
  }

  @Test
  void createdTopicIsInTheImageWithItsPartitionsAndOverrides() {
    NewTopic wanted =
        new NewTopic("t", 5, 2, List.of(), Map.of("retention.ms", "7", "segment.bytes", "2000000"));
    var decision = create(wanted);
    CreateTopics.Result result = decision.reply().get(0);
    ClusterImage image = ImageUpdate.apply(CLUSTER, 10, decision.records()).image();
    TopicImage topic = image.topic("t").orElseThrow();
    assertEquals(topic, image.topic(result.topicId()).orElseThrow());
    assertEquals(5, topic.partitions().size());
    assertEquals(5, result.partitions());
    assertEquals(2, result.replicationFactor());
    topic
        .partitions()
        .forEach(
            partition -> {
              assertEquals(2, partition.replicas().size());
              assertEquals(partition.replicas(), partition.isr());
              assertEquals(partition.replicas().get(0), partition.leader());
              assertEquals(0, partition.leaderEpoch());
            });
    assertEquals(wanted.configs(), image.overrides(ConfigResource.topic("t")));
  }

  @Test
  void defaultsComeFromTheConfiguration() {
    CreateTopics.Result result = create(NewTopic.withDefaults("t")).reply().get(0);
    assertEquals(4, result.partitions());
    assertEquals(1, result.replicationFactor());
  }

  @Test
  void manualAssignmentIsTakenAsItStands() {
    var decision = create(assigned("t", on(1, 3, 1), on(0, 2, 3)));
    ClusterImage image = ImageUpdate.apply(CLUSTER, 10, decision.records()).image();
    var partitions = image.topic("t").orElseThrow().partitions();
    assertEquals(List.of(2, 3), partitions.get(0).replicas());
    assertEquals(List.of(3, 1), partitions.get(1).replicas());
    assertEquals(3, partitions.get(1).leader());
  }

  @Test
  void fencedBrokerMayHoldAReplicaButNeitherLeadsNorIsInSync() {
    ClusterImage image = Images.apply(cluster(1, 2), Images.broker(2, Optional.empty(), true));
    var command =
        new CreateTopics(List.of(assigned("t", on(0, 2, 1)), assigned("u", on(0, 2))), false);
    var decision = decisions.create(image, command);
    assertEquals(ErrorCode.NONE, decision.reply().get(0).error());
    assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, decision.reply().get(1).error());
    var partition =
        ImageUpdate.apply(image, 10, decision.records()).image().topic("t").orElseThrow();
    assertEquals(1, partition.partitions().get(0).leader());
    assertEquals(List.of(1), partition.partitions().get(0).isr());
  }

  @Test
  void nameThatStandsTwiceIsRefusedOnce() {
    var decision = create(topic("t", 1, 1), topic("u", 1, 1), topic("t", 2, 1));
    assertEquals(
        List.of("t", "u"), decision.reply().stream().map(CreateTopics.Result::name).toList());
    assertEquals(ErrorCode.INVALID_REQUEST, decision.reply().get(0).error());
    assertEquals(ErrorCode.NONE, decision.reply().get(1).error());
  }

  @Test
  void namesOfOneRequestMustNotCollideEither() {
    var decision = create(topic("x.y", 1, 1), topic("x_y", 1, 1));
    assertEquals(ErrorCode.NONE, decision.reply().get(0).error());
    assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION, decision.reply().get(1).error());
  }

  @Test
  void validateOnlyTellsTheSameAndChangesNothing() {
    var command = new CreateTopics(List.of(topic("t", 3, 2), topic("old", 1, 1)), true);
    var decision = decisions.create(CLUSTER, command);
    assertEquals(List.of(), decision.records());
    assertEquals(3, decision.reply().get(0).partitions());
    assertEquals(Uuids.ZERO, decision.reply().get(0).topicId());
    assertEquals(ErrorCode.TOPIC_ALREADY_EXISTS, decision.reply().get(1).error());
  }

  @Test
  void tooManyPartitionsRefuseTheWholeRequest() {
    NewTopic[] within = {topic("t", 9_999, 1), topic("u", 1, 1)};
    assertEquals(10_002, create(within).records().size());
    NewTopic[] beyond = {topic("t", 9_999, 1), topic("u", 2, 1)};
    ApiException refused = assertThrows(ApiException.class, () -> create(beyond));
    assertEquals(ErrorCode.POLICY_VIOLATION, refused.errorCode());
    NewTopic[] huge = {topic("t", Integer.MAX_VALUE, 1), topic("u", Integer.MAX_VALUE, 1)};
    assertEquals(
        ErrorCode.POLICY_VIOLATION,
        assertThrows(ApiException.class, () -> create(huge)).errorCode());
  }

  @Test
  void refusedTopicsCountToo() {
    NewTopic[] refused = new NewTopic[10_001];
    for (int i = 0; i < refused.length; i++) {
      refused[i] = topic("t" + i, 0, 1);
    }
    assertEquals(
        ErrorCode.POLICY_VIOLATION,
        assertThrows(ApiException.class, () -> create(refused)).errorCode());
  }

  private static TopicReference named(String name) {
    return new TopicReference(Optional.of(name), Optional.empty());
  }

  private static TopicReference identified(UUID id) {
    return new TopicReference(Optional.empty(), Optional.of(id));
  }

  private List<ErrorCode> errorsOfDeleting(TopicReference... topics) {
    return decisions.delete(CLUSTER, new DeleteTopics(Arrays.asList(topics))).reply().stream()
        .map(DeleteTopics.Result::error)
        .toList();
  }

  @Test
  void topicsAreDeletedByNameAndById() {
    UUID byId = Images.id("a.b_c");
    var decision =
        decisions.delete(CLUSTER, new DeleteTopics(List.of(named("old"), identified(byId))));
    assertEquals(
        List.of(new TopicRemoved(Images.id("old")), new TopicRemoved(byId)), decision.records());
    decision
        .reply()
        .forEach(
            result -> {
              assertTrue(result.name().isPresent() && result.id().isPresent());
              assertEquals(ErrorCode.NONE, result.error());
            });
    ClusterImage image = ImageUpdate.apply(CLUSTER, 10, decision.records()).image();
    assertTrue(image.topicsByName().isEmpty() && image.topicsById().isEmpty());
  }

  @Test
  void referencesThatNameNothingOrTooMuchAreRefused() {
    TopicReference both = new TopicReference(Optional.of("old"), Optional.of(Images.id("old")));
    TopicReference neither = new TopicReference(Optional.empty(), Optional.empty());
    assertEquals(
        List.of(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.UNKNOWN_TOPIC_ID,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_REQUEST),
        errorsOfDeleting(named("new"), identified(new UUID(9, 9)), both, neither));
  }

  @Test
  void topicThatStandsTwiceIsDeletedAtMostOnce() {
    assertEquals(
        List.of(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST),
        errorsOfDeleting(named("old"), named("old")));
    assertEquals(
        List.of(ErrorCode.NONE, ErrorCode.INVALID_REQUEST),
        errorsOfDeleting(named("old"), identified(Images.id("old"))));
  }

  @Test
  void deletionCanBeDisabled() {
    TopicDecisions strict = decisions(Map.of("delete.topic.enable", "false"));
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> strict.delete(CLUSTER, new DeleteTopics(List.of(named("old")))));
    assertEquals(ErrorCode.TOPIC_DELETION_DISABLED, refused.errorCode());
  }
}
