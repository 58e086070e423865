package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DeleteGroupsRequest;
import io.gofka.protocol.message.DescribeGroupsRequest;
import io.gofka.protocol.message.FindCoordinatorRequest;
import io.gofka.protocol.message.FindCoordinatorResponse;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.JoinGroupRequest;
import io.gofka.protocol.message.JoinGroupResponse;
import io.gofka.protocol.message.LeaveGroupRequest;
import io.gofka.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.gofka.protocol.message.LeaveGroupResponse;
import io.gofka.protocol.message.ListGroupsRequest;
import io.gofka.protocol.message.OffsetCommitRequest;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.gofka.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.gofka.protocol.message.OffsetDeleteRequest;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.gofka.protocol.message.SyncGroupRequest;
import io.gofka.protocol.message.SyncGroupResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every version of every API by which members find their group and live in it, over its wire
 * format, down to the log.
 */
@Timeout(60)
class GroupHandlersTest extends GroupBroker {
  // ---- finding

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
