package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.consumer;
import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.failureOf;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Groups and their offsets as the Admin client sees and changes them. */
class GroupAdminIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE = new BrokerFixture(BrokerSettings.named("group-admin"));

  private static Admin admin;
  private static String bootstrap;

  @BeforeAll
  static void connect() {
    bootstrap = FIXTURE.bootstrap();
    admin = KafkaClients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static Consumer<String, String> member(String group, String topic, String instance) {
    var settings = new java.util.HashMap<String, String>();
    settings.put("group.id", group);
    settings.put("client.id", "the-client");
    settings.put("heartbeat.interval.ms", "500");
    if (instance != null) {
      settings.put("group.instance.id", instance);
    }
    var member = consumer(bootstrap, settings);
    member.subscribe(List.of(topic));
    Await.until(
        "a member has its share",
        LIMIT,
        () -> {
          member.poll(Duration.ofMillis(20));
          return !member.assignment().isEmpty();
        });
    return member;
  }

  private static void commit(String group, TopicPartition partition, long offset) throws Exception {
    get(
        admin
            .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(offset)))
            .all());
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(String group) throws Exception {
    return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  private static GroupListing listing(String group) throws Exception {
    return get(admin.listGroups().all()).stream()
        .filter(listed -> listed.groupId().equals(group))
        .findFirst()
        .orElse(null);
  }

  @Test
  void stableGroupIsListedAndDescribedWithItsMembers() throws Exception {
    String topic = fresh("described");
    String group = fresh("described");
    createTopic(admin, topic, 3, Map.of());
    try (var member = member(group, topic, null)) {
      Await.until(
          "the group is stable",
          LIMIT,
          () -> {
            member.poll(Duration.ofMillis(20));
            return get(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState()
                == GroupState.STABLE;
          });
      var description = get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
      assertEquals(GroupType.CLASSIC, description.type());
      assertEquals("range", description.partitionAssignor());
      assertEquals(1, description.members().size());
      var only = description.members().iterator().next();
      assertEquals("the-client", only.clientId());
      assertTrue(only.consumerId().startsWith("the-client-"), only.consumerId());
      assertEquals("/127.0.0.1", only.host());
      assertEquals(3, only.assignment().topicPartitions().size());
      assertEquals(GroupState.STABLE, listing(group).groupState().orElseThrow());
      assertEquals("consumer", listing(group).protocol());
      assertEquals(GroupType.CLASSIC, listing(group).type().orElseThrow());
    }
    assertEquals(
        GroupState.EMPTY,
        get(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState());
  }

  @Test
  void groupsAreFilteredByState() throws Exception {
    String group = fresh("filtered");
    commit(group, createTopic(admin, fresh("filtered")), 0);
    var empty = new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY));
    var stable = new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE));
    assertTrue(ids(empty).contains(group));
    assertFalse(ids(stable).contains(group));
  }

  private static Set<String> ids(ListGroupsOptions options) throws Exception {
    return get(admin.listGroups(options).all()).stream()
        .map(GroupListing::groupId)
        .collect(Collectors.toSet());
  }

  @Test
  void unknownGroupIsNotFound() throws Exception {
    String group = fresh("unknown");
    assertInstanceOf(
        GroupIdNotFoundException.class,
        failureOf(admin.describeConsumerGroups(List.of(group)).all()));
    assertInstanceOf(
        GroupIdNotFoundException.class,
        failureOf(admin.deleteConsumerGroups(List.of(group)).all()));
    assertEquals(Map.of(), offsets(group));
  }

  @Test
  void offsetsAreAlteredAndReadForSeveralGroupsAtOnce() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("altered"));
    String first = fresh("altered");
    String second = fresh("altered");
    commit(first, partition, 5);
    commit(second, partition, 6);
    commit(second, partition, 7);

    var all =
        get(
            admin
                .listConsumerGroupOffsets(
                    Map.of(
                        first,
                        new ListConsumerGroupOffsetsSpec(),
                        second,
                        new ListConsumerGroupOffsetsSpec()
                            .topicPartitions(
                                List.of(partition, new TopicPartition(partition.topic(), 9)))))
                .all());

    assertEquals(5, all.get(first).get(partition).offset());
    assertEquals(7, all.get(second).get(partition).offset());
    assertNull(all.get(second).get(new TopicPartition(partition.topic(), 9)));
  }

  @Test
  void offsetsOfALiveGroupAreNotAltered() throws Exception {
    String topic = fresh("live");
    String group = fresh("live");
    TopicPartition partition = createTopic(admin, topic);
    try (var member = member(group, topic, null)) {
      var failure =
          failureOf(
              admin
                  .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1)))
                  .partitionResult(partition));
      assertInstanceOf(UnknownMemberIdException.class, failure);
      assertInstanceOf(
          GroupNotEmptyException.class,
          failureOf(admin.deleteConsumerGroups(List.of(group)).all()));
      member.poll(Duration.ofMillis(10));
    }
  }

  @Test
  void singleOffsetsAreDeletedUnlessSomebodyStillSubscribes() throws Exception {
    TopicPartition kept = createTopic(admin, fresh("kept"));
    TopicPartition dropped = createTopic(admin, fresh("dropped"));
    String group = fresh("delete-offsets");
    commit(group, kept, 3);
    commit(group, dropped, 4);
    try (var member = member(group, kept.topic(), null)) {
      get(admin.deleteConsumerGroupOffsets(group, Set.of(dropped)).all());
      assertInstanceOf(
          GroupSubscribedToTopicException.class,
          failureOf(admin.deleteConsumerGroupOffsets(group, Set.of(kept)).partitionResult(kept)));
      member.poll(Duration.ofMillis(10));
    }
    assertEquals(Set.of(kept), offsets(group).keySet());
  }

  @Test
  void deletedGroupIsGoneWithItsOffsets() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("deleted"));
    String group = fresh("deleted");
    commit(group, partition, 4);
    get(admin.deleteConsumerGroups(List.of(group)).all());
    assertNull(listing(group));
    assertEquals(Map.of(), offsets(group));
  }

  @Test
  void offsetsOfADeletedTopicAreForgotten() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("gone"));
    String group = fresh("gone");
    commit(group, partition, 4);
    get(admin.deleteTopics(List.of(partition.topic())).all());
    Await.until("the offset is forgotten", LIMIT, () -> offsets(group).isEmpty());
  }

  @Test
  void adminRemovesStaticMembers() throws Exception {
    String topic = fresh("removed");
    String group = fresh("removed");
    createTopic(admin, topic);
    member(group, topic, "instance-1").close();
    assertEquals(
        1, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().size());

    var toRemove =
        new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("instance-1")));
    get(admin.removeMembersFromConsumerGroup(group, toRemove).all());

    assertEquals(
        0, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().size());
    assertInstanceOf(
        UnknownMemberIdException.class,
        failureOf(
            admin
                .removeMembersFromConsumerGroup(group, toRemove)
                .memberResult(new MemberToRemove("instance-1"))));
  }
}
