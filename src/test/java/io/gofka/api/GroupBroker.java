package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.group.GroupCoordinatorVerticle;
import io.gofka.group.GroupSettings;
import io.gofka.log.LogDirs;
import io.gofka.log.LogShardVerticle;
import io.gofka.log.LogShards;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsResponse;
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
import io.gofka.protocol.message.LeaveGroupResponse;
import io.gofka.protocol.message.ListGroupsRequest;
import io.gofka.protocol.message.ListGroupsResponse;
import io.gofka.protocol.message.OffsetCommitRequest;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.gofka.protocol.message.OffsetCommitResponse;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchResponse;
import io.gofka.protocol.message.SyncGroupRequest;
import io.gofka.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.gofka.protocol.message.SyncGroupResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Deployable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A broker with its coordinator of groups, and one topic; what clients ask of it. */
abstract class GroupBroker {
  static final short NONE = ErrorCode.NONE.code();

  @TempDir Path directory;
  AdminBroker broker;
  UUID topicId;

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
        ask(CreateTopicsHandler::new, create, 7, CreateTopicsResponse::read)
            .topics()
            .get(0)
            .topicId();
    find(new FindCoordinatorRequest().key("g"), 3);
    while (list(new ListGroupsRequest(), 5).errorCode()
        == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code()) {
      Thread.onSpinWait();
    }
  }

  <Q extends ApiMessage, R extends ApiMessage> R ask(
      Function<BrokerContext, ApiHandler<Q>> handler,
      Q request,
      int version,
      MessageReader<R> responseReader)
      throws Exception {
    return broker.ask(handler.apply(broker.context), request, version, responseReader);
  }

  private void deploy(Deployable verticle) throws Exception {
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

  FindCoordinatorResponse find(FindCoordinatorRequest request, int version) throws Exception {
    return ask(FindCoordinatorHandler::new, request, version, FindCoordinatorResponse::read);
  }

  // ---- membership

  JoinGroupResponse join(String group, String memberId, String instanceId, int version)
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
    return ask(JoinGroupHandler::new, request, version, JoinGroupResponse::read);
  }

  SyncGroupResponse sync(String group, JoinGroupResponse joined, int version) throws Exception {
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
    return ask(SyncGroupHandler::new, request, version, SyncGroupResponse::read);
  }

  short heartbeat(String group, JoinGroupResponse joined, int version) throws Exception {
    return ask(
            HeartbeatHandler::new,
            new HeartbeatRequest()
                .groupId(group)
                .memberId(joined.memberId())
                .generationId(joined.generationId()),
            version,
            HeartbeatResponse::read)
        .errorCode();
  }

  LeaveGroupResponse leave(LeaveGroupRequest request, int version) throws Exception {
    return ask(LeaveGroupHandler::new, request, version, LeaveGroupResponse::read);
  }

  static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  /** A member of a group of its own, with an assignment. */
  JoinGroupResponse member(String group) throws Exception {
    JoinGroupResponse joined = join(group, "", null, 3);
    assertEquals(NONE, sync(group, joined, 2).errorCode());
    return joined;
  }

  // ---- offsets

  OffsetCommitResponse commit(
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
    return ask(OffsetCommitHandler::new, request, version, OffsetCommitResponse::read);
  }

  static short code(OffsetCommitResponse response) {
    return response.topics().get(0).partitions().get(0).errorCode();
  }

  OffsetFetchResponse fetch(OffsetFetchRequest request, int version) throws Exception {
    return ask(OffsetFetchHandler::new, request, version, OffsetFetchResponse::read);
  }

  // ---- administration

  ListGroupsResponse list(ListGroupsRequest request, int version) throws Exception {
    return ask(ListGroupsHandler::new, request, version, ListGroupsResponse::read);
  }

  DescribeGroupsResponse describe(DescribeGroupsRequest request, int version) throws Exception {
    return ask(DescribeGroupsHandler::new, request, version, DescribeGroupsResponse::read);
  }
}
