package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.gofka.common.ErrorCode;
import io.gofka.protocol.message.DeleteGroupsRequest;
import io.gofka.protocol.message.DeleteGroupsResponse;
import io.gofka.protocol.message.DescribeGroupsRequest;
import io.gofka.protocol.message.ListGroupsRequest;
import io.gofka.protocol.message.OffsetDeleteRequest;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.gofka.protocol.message.OffsetDeleteResponse;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.gofka.protocol.message.OffsetFetchResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every version of every API of groups' offsets, and of those that administer groups, over its wire
 * format, down to the log.
 */
@Timeout(60)
class GroupOffsetsHandlersTest extends GroupBroker {
  // ---- offsets

  @Test
  void offsetIsCommittedInEveryVersion() throws Exception {
    for (int version = 2; version <= 10; version++) {
      String group = "g" + version;
      assertEquals(NONE, code(commit(group, "topic", topicId, 1, version, version)));
      OffsetFetchRequest all = new OffsetFetchRequest();
      all.groups().add(new OffsetFetchRequestGroup().groupId(group).topics(null));
      var topic = fetch(all, 10).groups().get(0).topics().get(0);
      assertEquals(topicId, topic.topicId());
      assertEquals(1, topic.partitions().get(0).partitionIndex());
      assertEquals(version, topic.partitions().get(0).committedOffset());
      assertEquals("", topic.partitions().get(0).metadata());
    }
  }

  @Test
  void commitToWhatDoesNotExistIsRefused() throws Exception {
    for (int version = 2; version <= 10; version++) {
      ErrorCode unknown =
          version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      assertEquals(unknown.code(), code(commit("g", "none", new UUID(1, 1), 0, 5, version)));
      assertEquals(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(),
          code(commit("g", "topic", topicId, 2, 5, version)));
    }
  }

  @Test
  void offsetsAreFetchedInEveryVersion() throws Exception {
    commit("g", "topic", topicId, 0, 5, 9);
    for (int version = 1; version <= 7; version++) {
      OffsetFetchRequest request = new OffsetFetchRequest().groupId("g");
      request
          .topics()
          .add(new OffsetFetchRequestTopic().name("topic").partitionIndexes(List.of(0, 1)));
      var partitions = fetch(request, version).topics().get(0).partitions();
      assertEquals(5, partitions.get(0).committedOffset());
      assertEquals(-1, partitions.get(1).committedOffset());
      assertEquals(NONE, partitions.get(1).errorCode());
      if (version >= 2) {
        OffsetFetchRequest all = new OffsetFetchRequest().groupId("g").topics(null);
        assertEquals(1, fetch(all, version).topics().get(0).partitions().size());
      }
    }
    for (int version = 8; version <= 10; version++) {
      OffsetFetchRequestTopics topic =
          new OffsetFetchRequestTopics().partitionIndexes(List.of(0, 1));
      OffsetFetchRequestTopics unknown =
          new OffsetFetchRequestTopics().partitionIndexes(List.of(0));
      if (version >= 10) {
        topic.topicId(topicId);
        unknown.topicId(new UUID(1, 1));
      } else {
        topic.name("topic");
        unknown.name("none");
      }
      OffsetFetchRequest request = new OffsetFetchRequest().requireStable(true);
      request
          .groups()
          .add(new OffsetFetchRequestGroup().groupId("g").topics(List.of(unknown, topic)));
      request.groups().add(new OffsetFetchRequestGroup().groupId("other").topics(null));
      OffsetFetchResponse response = fetch(request, version);
      var topics = response.groups().get(0).topics();
      assertEquals(5, topics.get(1).partitions().get(0).committedOffset());
      assertEquals(-1, topics.get(1).partitions().get(1).committedOffset());
      assertEquals(-1, topics.get(0).partitions().get(0).committedOffset());
      assertEquals(
          version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID.code() : NONE,
          topics.get(0).partitions().get(0).errorCode());
      assertEquals("other", response.groups().get(1).groupId());
      assertEquals(List.of(), response.groups().get(1).topics());
    }
  }

  @Test
  void offsetsAreDeleted() throws Exception {
    commit("g", "topic", topicId, 0, 5, 9);
    OffsetDeleteRequest request = new OffsetDeleteRequest().groupId("g");
    for (String name : List.of("topic", "none")) {
      OffsetDeleteRequestTopic topic = new OffsetDeleteRequestTopic().name(name);
      topic.partitions().add(new OffsetDeleteRequestPartition().partitionIndex(0));
      request.topics().add(topic);
    }
    OffsetDeleteResponse response =
        broker.ask(new OffsetDeleteHandler(broker.context), request, 0, OffsetDeleteResponse::read);
    assertEquals(NONE, response.topics().get(0).partitions().get(0).errorCode());
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(),
        response.topics().get(1).partitions().get(0).errorCode());
    OffsetFetchRequest all = new OffsetFetchRequest().groupId("g").topics(null);
    assertEquals(List.of(), fetch(all, 7).topics());
  }

  // ---- administration

  @Test
  void groupsAreListedInEveryVersion() throws Exception {
    member("g");
    commit("simple", "topic", topicId, 0, 5, 9);
    for (int version = 0; version <= 5; version++) {
      var groups = list(new ListGroupsRequest(), version).groups();
      assertEquals(2, groups.size());
      var group = groups.stream().filter(one -> one.groupId().equals("g")).findFirst();
      assertEquals("consumer", group.orElseThrow().protocolType());
      assertEquals(version >= 4 ? "Stable" : "", group.orElseThrow().groupState());
      assertEquals(version >= 5 ? "classic" : "", group.orElseThrow().groupType());
    }
    assertEquals(
        1, list(new ListGroupsRequest().statesFilter(List.of("EMPTY")), 4).groups().size());
    assertEquals(
        0, list(new ListGroupsRequest().typesFilter(List.of("Consumer")), 5).groups().size());
  }

  @Test
  void groupsAreDescribedInEveryVersion() throws Exception {
    String memberId = member("g").memberId();
    for (int version = 0; version <= 6; version++) {
      DescribeGroupsRequest request = new DescribeGroupsRequest().groups(List.of("g", "none"));
      if (version >= 3) {
        request.includeAuthorizedOperations(true);
      }
      var groups = describe(request, version).groups();
      assertEquals("Stable", groups.get(0).groupState());
      assertEquals("range", groups.get(0).protocolData());
      var member = groups.get(0).members().get(0);
      assertEquals(memberId, member.memberId());
      assertEquals("test", member.clientId());
      assertEquals("/127.0.0.1", member.clientHost());
      assertEquals(bytes("wants"), member.memberMetadata());
      assertEquals(bytes("gets"), member.memberAssignment());
      assertEquals(
          version >= 3 ? AuthorizedOperations.GROUP : AuthorizedOperations.NOT_ASKED,
          groups.get(0).authorizedOperations());
      assertEquals("Dead", groups.get(1).groupState());
      assertEquals(
          version >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND.code() : NONE, groups.get(1).errorCode());
      if (version < 6) {
        assertNull(groups.get(1).errorMessage());
      }
    }
  }

  @Test
  void groupsAreDeletedInEveryVersion() throws Exception {
    member("busy");
    for (int version = 0; version <= 2; version++) {
      commit("g", "topic", topicId, 0, 5, 9);
      DeleteGroupsResponse response =
          broker.ask(
              new DeleteGroupsHandler(broker.context),
              new DeleteGroupsRequest().groupsNames(List.of("g", "busy", "none", "g")),
              version,
              DeleteGroupsResponse::read);
      assertEquals(
          List.of(NONE, ErrorCode.NON_EMPTY_GROUP.code(), ErrorCode.GROUP_ID_NOT_FOUND.code()),
          response.results().stream().map(result -> result.errorCode()).toList());
    }
  }
}
