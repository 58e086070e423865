package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.group.GroupCoordinatorVerticle;
import io.gofka.group.GroupSettings;
import io.gofka.log.LogDirs;
import io.gofka.log.LogShardVerticle;
import io.gofka.log.LogShards;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsResponse;
import io.gofka.protocol.message.DeleteGroupsRequest;
import io.gofka.protocol.message.DeleteGroupsResponse;
import io.gofka.protocol.message.DescribeGroupsRequest;
import io.gofka.protocol.message.DescribeGroupsResponse;
import io.gofka.protocol.message.FindCoordinatorRequest;
import io.gofka.protocol.message.FindCoordinatorResponse;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.HeartbeatResponse;
import io.gofka.protocol.message.JoinGroupRequest;
import io.gofka.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.gofka.protocol.message.JoinGroupResponse;
import io.gofka.protocol.message.LeaveGroupRequest;
import io.gofka.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.gofka.protocol.message.LeaveGroupResponse;
import io.gofka.protocol.message.ListGroupsRequest;
import io.gofka.protocol.message.ListGroupsResponse;
import io.gofka.protocol.message.OffsetCommitRequest;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.gofka.protocol.message.OffsetCommitResponse;
import io.gofka.protocol.message.OffsetDeleteRequest;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.gofka.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.gofka.protocol.message.OffsetDeleteResponse;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.gofka.protocol.message.OffsetFetchResponse;
import io.gofka.protocol.message.SyncGroupRequest;
import io.gofka.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.gofka.protocol.message.SyncGroupResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every version of every API of consumer groups, over its wire format, down to the log. */
@Timeout(60)
class GroupHandlersTest {
  private static final short NONE = ErrorCode.NONE.code();

  @TempDir Path directory;
  private AdminBroker broker;
  private UUID topicId;

  @BeforeEach
  void start() throws Exception {
    broker =
        new AdminBroker(
            directory.resolve("metadata"),
            Map.of("group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "2"));
    BrokerConfig config = broker.context.config().get();
    LogShards shards = new LogShards(1);
    deploy(
        new LogShardVerticle(
            broker.context.bus(), 0, shards, 1, LogDirs.of(directory.toString()), config));
    deploy(new GroupCoordinatorVerticle(broker.context.bus(), 1, shards, GroupSettings.of(config)));
    CreateTopicsRequest create = new CreateTopicsRequest();
    create
        .topics()
        .add(new CreatableTopic().name("topic").numPartitions(2).replicationFactor((short) 1));
    topicId =
        broker
            .ask(
                new CreateTopicsHandler(broker.context),
                create,
                7,
                CreateTopicsRequest::read,
                CreateTopicsResponse::read)
            .topics()
            .get(0)
            .topicId();
    find(new FindCoordinatorRequest().key("g"), 3);
    while (list(new ListGroupsRequest(), 5).errorCode()
        == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code()) {
      Thread.onSpinWait();
    }
  }

  private void deploy(io.vertx.core.Deployable verticle) throws Exception {
    broker
        .context
        .vertx()
        .deployVerticle(verticle)
        .toCompletionStage()
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  // ---- finding

  private FindCoordinatorResponse find(FindCoordinatorRequest request, int version)
      throws Exception {
    return broker.ask(
        new FindCoordinatorHandler(broker.context),
        request,
        version,
        FindCoordinatorRequest::read,
        FindCoordinatorResponse::read);
  }

  @Test
  void coordinatorIsFoundWhereTheClientHasReachedUs() throws Exception {
    for (int version = 0; version <= 3; version++) {
      FindCoordinatorResponse found = find(new FindCoordinatorRequest().key("g"), version);
      assertEquals(NONE, found.errorCode());
      assertEquals(1, found.nodeId());
      assertEquals("127.0.0.7", found.host());
      assertEquals(9092, found.port());
    }
    for (int version = 4; version <= 6; version++) {
      FindCoordinatorResponse found =
          find(new FindCoordinatorRequest().coordinatorKeys(List.of("g", "h")), version);
      assertEquals(List.of("g", "h"), found.coordinators().stream().map(one -> one.key()).toList());
      assertEquals("127.0.0.7", found.coordinators().get(1).host());
    }
    assertTrue(broker.image().topic(TopicImage.CONSUMER_OFFSETS).isPresent());
  }

  @Test
  void clientIsToldWhatIsNotCoordinatedHere() throws Exception {
    ErrorCode[] expected = {
      ErrorCode.UNSUPPORTED_VERSION, ErrorCode.UNSUPPORTED_VERSION, ErrorCode.INVALID_REQUEST
    };
    for (int type = 1; type <= 3; type++) {
      FindCoordinatorResponse found =
          find(
              new FindCoordinatorRequest().keyType((byte) type).coordinatorKeys(List.of("key")), 6);
      assertEquals(expected[type - 1].code(), found.coordinators().get(0).errorCode());
      assertEquals(
          expected[type - 1].code(),
          find(new FindCoordinatorRequest().keyType((byte) type).key("key"), 2).errorCode());
    }
  }

  // ---- membership

  private JoinGroupResponse join(String group, String memberId, String instanceId, int version)
      throws Exception {
    JoinGroupRequest request =
        new JoinGroupRequest()
            .groupId(group)
            .memberId(memberId)
            .groupInstanceId(instanceId)
            .sessionTimeoutMs(10_000)
            .rebalanceTimeoutMs(20_000)
            .protocolType("consumer");
    request.protocols().add(new JoinGroupRequestProtocol().name("range").metadata(bytes("wants")));
    return broker.ask(
        new JoinGroupHandler(broker.context),
        request,
        version,
        JoinGroupRequest::read,
        JoinGroupResponse::read);
  }

  private SyncGroupResponse sync(String group, JoinGroupResponse joined, int version)
      throws Exception {
    SyncGroupRequest request =
        new SyncGroupRequest()
            .groupId(group)
            .memberId(joined.memberId())
            .generationId(joined.generationId())
            .protocolType("consumer")
            .protocolName("range");
    request
        .assignments()
        .add(
            new SyncGroupRequestAssignment().memberId(joined.memberId()).assignment(bytes("gets")));
    return broker.ask(
        new SyncGroupHandler(broker.context),
        request,
        version,
        SyncGroupRequest::read,
        SyncGroupResponse::read);
  }

  private short heartbeat(String group, JoinGroupResponse joined, int version) throws Exception {
    return broker
        .ask(
            new HeartbeatHandler(broker.context),
            new HeartbeatRequest()
                .groupId(group)
                .memberId(joined.memberId())
                .generationId(joined.generationId()),
            version,
            HeartbeatRequest::read,
            HeartbeatResponse::read)
        .errorCode();
  }

  private LeaveGroupResponse leave(LeaveGroupRequest request, int version) throws Exception {
    return broker.ask(
        new LeaveGroupHandler(broker.context),
        request,
        version,
        LeaveGroupRequest::read,
        LeaveGroupResponse::read);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  /** A member of a group of its own, with an assignment. */
  private JoinGroupResponse member(String group) throws Exception {
    JoinGroupResponse joined = join(group, "", null, 3);
    assertEquals(NONE, sync(group, joined, 2).errorCode());
    return joined;
  }

  @Test
  void memberJoinsInEveryVersion() throws Exception {
    for (int version = 0; version <= 9; version++) {
      String group = "g" + version;
      JoinGroupResponse joined = join(group, "", null, version);
      if (version >= 4) {
        assertEquals(ErrorCode.MEMBER_ID_REQUIRED.code(), joined.errorCode());
        joined = join(group, joined.memberId(), null, version);
      }
      assertEquals(NONE, joined.errorCode());
      assertEquals(1, joined.generationId());
      assertEquals("range", joined.protocolName());
      assertEquals(version >= 7 ? "consumer" : null, joined.protocolType());
      assertEquals(joined.memberId(), joined.leader());
      assertEquals(bytes("wants"), joined.members().get(0).metadata());
    }
  }

  @Test
  void refusedJoinIsToldInEveryVersion() throws Exception {
    for (int version = 0; version <= 9; version++) {
      JoinGroupResponse refused = join("g", "stranger", null, version);
      assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), refused.errorCode());
      assertEquals(-1, refused.generationId());
      assertEquals(version >= 7 ? null : "", refused.protocolName());
    }
  }

  @Test
  void staticMemberJoinsFromVersion5On() throws Exception {
    for (int version = 5; version <= 9; version++) {
      JoinGroupResponse joined = join("s" + version, "", "instance", version);
      assertEquals(NONE, joined.errorCode());
      assertEquals("instance", joined.members().get(0).groupInstanceId());
    }
  }

  @Test
  void memberSyncsAndIsAliveInEveryVersion() throws Exception {
    JoinGroupResponse joined = join("g", "", null, 3);
    for (int version = 0; version <= 5; version++) {
      SyncGroupResponse synced = sync("g", joined, version);
      assertEquals(NONE, synced.errorCode());
      assertEquals(bytes("gets"), synced.assignment());
      assertEquals(version >= 5 ? "range" : null, synced.protocolName());
    }
    for (int version = 0; version <= 4; version++) {
      assertEquals(NONE, heartbeat("g", joined, version));
      assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), heartbeat("other", joined, version));
    }
  }

  @Test
  void syncMustSayTheProtocolFromVersion5On() throws Exception {
    JoinGroupResponse joined = join("g", "", null, 3);
    SyncGroupResponse refused =
        broker.ask(
            new SyncGroupHandler(broker.context),
            new SyncGroupRequest()
                .groupId("g")
                .memberId(joined.memberId())
                .generationId(joined.generationId()),
            5,
            SyncGroupRequest::read,
            SyncGroupResponse::read);
    assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL.code(), refused.errorCode());
  }

  @Test
  void memberLeavesInEveryVersion() throws Exception {
    for (int version = 0; version <= 5; version++) {
      String group = "g" + version;
      String memberId = member(group).memberId();
      LeaveGroupRequest request = new LeaveGroupRequest().groupId(group);
      if (version < 3) {
        request.memberId(memberId);
      } else {
        request.members(
            List.of(
                new MemberIdentity().memberId(memberId),
                new MemberIdentity().memberId("").groupInstanceId("nobody")));
      }
      LeaveGroupResponse left = leave(request, version);
      assertEquals(NONE, left.errorCode());
      if (version >= 3) {
        assertEquals(NONE, left.members().get(0).errorCode());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), left.members().get(1).errorCode());
        assertEquals("nobody", left.members().get(1).groupInstanceId());
      } else {
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), leave(request, version).errorCode());
      }
    }
  }

  // ---- offsets

  private OffsetCommitResponse commit(
      String group, String topic, UUID id, int partition, long offset, int version)
      throws Exception {
    OffsetCommitRequest request = new OffsetCommitRequest().groupId(group);
    OffsetCommitRequestTopic asked = new OffsetCommitRequestTopic();
    if (version >= 10) {
      asked.topicId(id);
    } else {
      asked.name(topic);
    }
    asked
        .partitions()
        .add(
            new OffsetCommitRequestPartition()
                .partitionIndex(partition)
                .committedOffset(offset)
                .committedMetadata(null));
    request.topics().add(asked);
    return broker.ask(
        new OffsetCommitHandler(broker.context),
        request,
        version,
        OffsetCommitRequest::read,
        OffsetCommitResponse::read);
  }

  private static short code(OffsetCommitResponse response) {
    return response.topics().get(0).partitions().get(0).errorCode();
  }

  private OffsetFetchResponse fetch(OffsetFetchRequest request, int version) throws Exception {
    return broker.ask(
        new OffsetFetchHandler(broker.context),
        request,
        version,
        OffsetFetchRequest::read,
        OffsetFetchResponse::read);
  }

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
        broker.ask(
            new OffsetDeleteHandler(broker.context),
            request,
            0,
            OffsetDeleteRequest::read,
            OffsetDeleteResponse::read);
    assertEquals(NONE, response.topics().get(0).partitions().get(0).errorCode());
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(),
        response.topics().get(1).partitions().get(0).errorCode());
    OffsetFetchRequest all = new OffsetFetchRequest().groupId("g").topics(null);
    assertEquals(List.of(), fetch(all, 7).topics());
  }

  // ---- administration

  private ListGroupsResponse list(ListGroupsRequest request, int version) throws Exception {
    return broker.ask(
        new ListGroupsHandler(broker.context),
        request,
        version,
        ListGroupsRequest::read,
        ListGroupsResponse::read);
  }

  private DescribeGroupsResponse describe(DescribeGroupsRequest request, int version)
      throws Exception {
    return broker.ask(
        new DescribeGroupsHandler(broker.context),
        request,
        version,
        DescribeGroupsRequest::read,
        DescribeGroupsResponse::read);
  }

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
              DeleteGroupsRequest::read,
              DeleteGroupsResponse::read);
      assertEquals(
          List.of(NONE, ErrorCode.NON_EMPTY_GROUP.code(), ErrorCode.GROUP_ID_NOT_FOUND.code()),
          response.results().stream().map(result -> result.errorCode()).toList());
    }
  }

  // ---- errors of whole requests

  /** Asks in each version of a broker that has no coordinator. */
  private static <Q extends ApiMessage> void errorHasAForm(
      ApiHandler<Q> handler, Q request, int first, int last) {
    io.gofka.common.ApiException error =
        new io.gofka.common.ApiException(ErrorCode.NOT_COORDINATOR, "gone");
    for (int version = first; version <= last; version++) {
      handler.errorResponse(request, error).size((short) version);
    }
  }

  @Test
  void errorOfAWholeRequestHasAFormInEveryVersion() {
    BrokerContext context = broker.context;
    errorHasAForm(new FindCoordinatorHandler(context), new FindCoordinatorRequest().key("g"), 0, 3);
    errorHasAForm(
        new FindCoordinatorHandler(context),
        new FindCoordinatorRequest().coordinatorKeys(List.of("g")),
        4,
        6);
    errorHasAForm(new JoinGroupHandler(context), new JoinGroupRequest(), 0, 9);
    errorHasAForm(new SyncGroupHandler(context), new SyncGroupRequest(), 0, 5);
    errorHasAForm(new HeartbeatHandler(context), new HeartbeatRequest(), 0, 4);
    errorHasAForm(new LeaveGroupHandler(context), new LeaveGroupRequest(), 0, 5);
    OffsetCommitRequest commit = new OffsetCommitRequest();
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().topicId(Uuids.ZERO);
    topic.partitions().add(new OffsetCommitRequestPartition());
    commit.topics().add(topic);
    errorHasAForm(new OffsetCommitHandler(context), commit, 2, 10);
    OffsetFetchRequest fetch = new OffsetFetchRequest();
    fetch.topics().add(new OffsetFetchRequestTopic().name("topic").partitionIndexes(List.of(0)));
    errorHasAForm(new OffsetFetchHandler(context), fetch, 1, 7);
    OffsetFetchRequest groups = new OffsetFetchRequest();
    groups.groups().add(new OffsetFetchRequestGroup().groupId("g"));
    errorHasAForm(new OffsetFetchHandler(context), groups, 8, 10);
    errorHasAForm(new OffsetDeleteHandler(context), new OffsetDeleteRequest(), 0, 0);
    errorHasAForm(new ListGroupsHandler(context), new ListGroupsRequest(), 0, 5);
    errorHasAForm(
        new DescribeGroupsHandler(context), new DescribeGroupsRequest().groups(List.of("g")), 0, 6);
    errorHasAForm(
        new DeleteGroupsHandler(context),
        new DeleteGroupsRequest().groupsNames(List.of("g")),
        0,
        2);
  }
}
