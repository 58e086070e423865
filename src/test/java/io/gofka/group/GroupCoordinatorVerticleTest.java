package io.gofka.group;

import static io.gofka.group.CoordinatorDriver.GROUP;
import static io.gofka.group.CoordinatorNode.BROKER;
import static io.gofka.group.CoordinatorNode.await;
import static io.gofka.group.Joins.bytes;
import static io.gofka.group.Joins.sync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogDirs;
import io.gofka.log.LogShardVerticle;
import io.gofka.log.LogShards;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator on a real log shard. */
@Timeout(60)
class GroupCoordinatorVerticleTest {
  @TempDir Path directory;
  private final CoordinatorNode node = new CoordinatorNode();

  @BeforeEach
  void start() {
    await(
        node.vertx.deployVerticle(
            new LogShardVerticle(
                node.bus,
                0,
                new LogShards(1),
                BROKER,
                LogDirs.of(directory.toString()),
                BrokerConfig.of(Map.of()))));
    node.startCoordinator();
    node.offsetsLedBy(BROKER, 0);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void offsetsAndMembersSurviveARestart() {
    JoinGroupResult joined = node.join(Joins.newcomer());
    String member = joined.memberId();
    SyncGroupResult synced =
        node.request(Addresses.GROUP_SYNC, sync(1, member, Map.of(member, "all")));
    assertEquals(bytes("all"), synced.assignment());
    CommitOffsets commit = CoordinatorDriver.commitOf("t", 5, 1, member);
    assertEquals(List.of(ErrorCode.NONE), node.request(Addresses.GROUP_COMMIT_OFFSETS, commit));

    node.restartCoordinator();

    assertEquals(
        ErrorCode.NONE,
        node.request(
            Addresses.GROUP_HEARTBEAT,
            new Heartbeat(GROUP, 1, member, java.util.Optional.empty())));
    assertEquals(5, node.committed("t"));
    assertEquals(
        bytes("all"), node.request(Addresses.GROUP_SYNC, sync(1, member, Map.of())).assignment());
  }

  @Test
  void manyRecordsAreLoadedInSeveralReads() {
    List<Future<List<ErrorCode>>> commits = new ArrayList<>();
    assertEquals(ErrorCode.NONE, node.commitNow("first", 1)); // Loaded from here on.
    for (int i = 0; i < 5_000; i++) {
      commits.add(
          node.bus.request(
              Addresses.GROUP_COMMIT_OFFSETS, CoordinatorNode.commit("topic-" + i % 100, i)));
      if (i % 100 == 99) {
        await(Future.all(commits));
        commits.clear();
      }
    }

    node.restartCoordinator();

    for (int i = 0; i < 100; i++) {
      int topic = i;
      assertEquals(4_900 + topic, node.committed("topic-" + topic));
    }
  }

  @Test
  void brokerThatDoesNotLeadIsNotTheCoordinator() {
    node.commitNow("t", 5);
    node.offsetsLedBy(2, 1);
    node.until(() -> node.fetch("t").error() == ErrorCode.NOT_COORDINATOR);
    ApiException refused = assertThrows(ApiException.class, () -> node.commitNow("t", 6));
    assertEquals(ErrorCode.NOT_COORDINATOR, refused.errorCode());
    assertEquals(
        ErrorCode.NOT_COORDINATOR,
        node.request(Addresses.GROUP_DESCRIBE, new DescribeGroups(List.of(GROUP))).get(0).error());
    assertEquals(
        List.of(ErrorCode.NOT_COORDINATOR),
        node.request(Addresses.GROUP_DELETE, new DeleteGroups(List.of(GROUP))));
  }

  @Test
  void whoWaitsWhenTheLeadershipGoesIsSentToTheNextCoordinator() {
    String leader = node.join(Joins.newcomer()).memberId();
    Future<JoinGroupResult> waiting =
        node.bus.request(Addresses.GROUP_JOIN, Joins.newcomer().toJoin());
    node.until(
        () ->
            node.request(Addresses.GROUP_DESCRIBE, new DescribeGroups(List.of(GROUP)))
                    .get(0)
                    .members()
                    .size()
                == 2);
    node.offsetsLedBy(2, 1);
    ApiException refused = assertThrows(ApiException.class, () -> await(waiting));
    assertEquals(ErrorCode.NOT_COORDINATOR, refused.errorCode());
    assertTrue(leader.startsWith("client-"));
  }

  // Pitfall 9: a coordinator that woke up from a pause in which another one took over.
  @Test
  void brokerWhoseLeaseIsOverDoesNotTellOffsetsThatMayBeOld() {
    node.commitNow("t", 5);
    node.bus.announce(Addresses.BROKER_LEASE, BrokerLease.NONE);
    node.until(() -> node.fetch("t").error() == ErrorCode.NOT_COORDINATOR);
    long nowMs = System.nanoTime() / 1_000_000;
    node.bus.announce(Addresses.BROKER_LEASE, new BrokerLease(nowMs + 600_000));
    node.until(() -> node.fetch("t").error() == ErrorCode.NONE);
    assertEquals(5, node.committed("t"));
    node.bus.announce(Addresses.BROKER_LEASE, new BrokerLease(nowMs));
    node.until(() -> node.fetch("t").error() == ErrorCode.NOT_COORDINATOR);
  }

  // Found by the simulator: that there is nothing to delete, may be old as well.
  @Test
  void brokerWhoseLeaseIsOverDoesNotSayThatNothingIsLeftToDelete() {
    node.commitNow("t", 5);
    DeleteOffsets unknown = new DeleteOffsets(GROUP, List.of(new TopicPartition("u", 0)));
    node.bus.announce(Addresses.BROKER_LEASE, BrokerLease.NONE);
    node.until(() -> node.fetch("t").error() == ErrorCode.NOT_COORDINATOR);
    assertEquals(
        List.of(ErrorCode.NOT_COORDINATOR),
        node.request(Addresses.GROUP_DELETE, new DeleteGroups(List.of("other"))));
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> await(node.bus.request(Addresses.GROUP_DELETE_OFFSETS, unknown)));
    assertEquals(ErrorCode.NOT_COORDINATOR, refused.errorCode());
  }

  @Test
  void groupsAreListedDescribedAndDeletedTogether() {
    node.commitNow("t", 5);
    assertEquals(
        List.of(GROUP),
        node.request(Addresses.GROUP_LIST, new ListGroups(Set.of(), Set.of())).groups().stream()
            .map(ListGroups.Listed::groupId)
            .toList());
    assertEquals(
        List.of(GroupState.EMPTY, GroupState.DEAD),
        node.request(Addresses.GROUP_DESCRIBE, new DescribeGroups(List.of(GROUP, "other"))).stream()
            .map(DescribeGroups.Described::state)
            .toList());
    assertEquals(
        List.of(ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.NONE),
        node.request(Addresses.GROUP_DELETE, new DeleteGroups(List.of("other", GROUP))));
    node.restartCoordinator();
    assertEquals(-1, node.committed("t"));
  }

  @Test
  void offsetsGoWithTheirTopic() {
    UUID id = new UUID(3, 3);
    node.commitNow("t", 5);
    TopicImage offsets =
        new TopicImage(
            CoordinatorNode.OFFSETS_TOPIC,
            TopicImage.CONSUMER_OFFSETS,
            List.of(new PartitionImage(List.of(BROKER, 2), List.of(BROKER), BROKER, 0, 0)));
    node.announce(List.of(offsets), List.of(new TopicImage(id, "t", List.of())));
    node.until(() -> node.committed("t") == -1);
  }

  @Test
  void nobodyIsServedWithoutTheTopic() {
    node.announce(List.of(), List.of());
    node.until(() -> node.fetch("t").error() == ErrorCode.NOT_COORDINATOR);
  }
}
