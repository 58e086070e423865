package io.gofka.group;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.LogShards;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinates the groups whose partitions of {@code __consumer_offsets} this broker leads. Lives on
 * a control loop: sends each request to the {@link CoordinatorShell} of its group, and begins and
 * ends those as leadership comes and goes.
 *
 * <p>What has been committed, or that there is nothing to delete, is told only while nobody else
 * can be the coordinator: a broker whose lease is over, say because its process stood still, may
 * know less than its successor, and members that began there would read again what they have
 * committed elsewhere. All else that would do harm needs the log, which takes nothing from a former
 * leader.
 *
 * <p>A partition whose leader epoch has changed is loaded anew even if this broker leads it again:
 * another broker may have written to it in between.
 */
public final class GroupCoordinatorVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCoordinatorVerticle.class);

  private record Led(TopicIdPartition partition, int leaderEpoch, CoordinatorShell offsets) {}

  private final Bus bus;
  private final int brokerId;
  private final LogShards shards;
  private final GroupSettings settings;
  private final Supplier<Moment> clock;
  private final ClassicMembership.MemberIds memberIds;
  private final Map<Integer, Led> led = new TreeMap<>();
  private int numPartitions;
  private long metadataOffset = Long.MIN_VALUE;
  private BrokerLease lease = BrokerLease.ENDLESS;

  /**
   * @param brokerId numeric id of this broker
   */
  public GroupCoordinatorVerticle(Bus bus, int brokerId, LogShards shards, GroupSettings settings) {
    this(
        bus,
        brokerId,
        shards,
        settings,
        () -> new Moment(System.nanoTime() / 1_000_000, System.currentTimeMillis()),
        GroupCoordinatorVerticle::newMemberId);
  }

  GroupCoordinatorVerticle(
      Bus bus,
      int brokerId,
      LogShards shards,
      GroupSettings settings,
      Supplier<Moment> clock,
      ClassicMembership.MemberIds memberIds) {
    this.bus = bus;
    this.brokerId = brokerId;
    this.shards = shards;
    this.settings = settings;
    this.clock = clock;
    this.memberIds = memberIds;
  }

  /** As Kafka makes them. Who guesses one could speak for the member, so they are secure. */
  private static String newMemberId(String prefix) {
    return prefix + "-" + UUID.randomUUID();
  }

  @Override
  public Future<?> start() {
    return Future.all(
            List.of(
                bus.serve(Addresses.GROUP_JOIN, this::join),
                bus.serve(Addresses.GROUP_SYNC, this::sync),
                bus.serve(Addresses.GROUP_HEARTBEAT, this::heartbeat),
                bus.serve(Addresses.GROUP_LEAVE, this::leave),
                bus.serve(Addresses.GROUP_COMMIT_OFFSETS, this::commitOffsets),
                bus.serve(Addresses.GROUP_FETCH_OFFSETS, this::fetchOffsets),
                bus.serve(Addresses.GROUP_DELETE_OFFSETS, this::deleteOffsets),
                bus.serve(Addresses.GROUP_LIST, this::list),
                bus.serve(Addresses.GROUP_DESCRIBE, this::describe),
                bus.serve(Addresses.GROUP_DELETE, this::delete),
                bus.listen(Addresses.BROKER_LEASE, announced -> lease = announced),
                bus.listen(Addresses.METADATA_CHANGED, this::onMetadataChanged)))
        .compose(served -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .onSuccess(this::onImage);
  }

  @Override
  public Future<?> stop() {
    led.values().forEach(one -> one.offsets.close(ErrorCode.NOT_COORDINATOR));
    led.clear();
    List<Address<?, ?>> served =
        List.of(
            Addresses.GROUP_JOIN,
            Addresses.GROUP_SYNC,
            Addresses.GROUP_HEARTBEAT,
            Addresses.GROUP_LEAVE,
            Addresses.GROUP_COMMIT_OFFSETS,
            Addresses.GROUP_FETCH_OFFSETS,
            Addresses.GROUP_DELETE_OFFSETS,
            Addresses.GROUP_LIST,
            Addresses.GROUP_DESCRIBE,
            Addresses.GROUP_DELETE);
    return Future.all(served.stream().map(bus::withdraw).toList());
  }

  // ---- leadership

  private void onMetadataChanged(ImageChange change) {
    onImage(change.image());
    if (!change.deletedTopics().isEmpty()) {
      Map<String, UUID> deleted = new TreeMap<>();
      change.deletedTopics().forEach(topic -> deleted.put(topic.name(), topic.id()));
      for (Led one : led.values()) {
        one.offsets.tell(coordinator -> coordinator.onTopicsDeleted(deleted, clock.get()));
      }
    }
  }

  private void onImage(ClusterImage image) {
    if (image.metadataOffset() < metadataOffset) {
      return; // The image asked for at the start may be older than one that was announced.
    }
    metadataOffset = image.metadataOffset();
    Optional<TopicImage> topic = image.topic(TopicImage.CONSUMER_OFFSETS);
    numPartitions = topic.map(known -> known.partitions().size()).orElse(0);
    for (Led one : List.copyOf(led.values())) {
      if (topic.isEmpty() || !stillLed(topic.get(), one)) {
        LOG.info("Coordinator of {} resigns", one.partition);
        led.remove(one.partition.partition());
        one.offsets.close(ErrorCode.NOT_COORDINATOR);
      }
    }
    for (int index = 0; index < numPartitions; index++) {
      PartitionImage partition = topic.orElseThrow().partitions().get(index);
      if (partition.leader() == brokerId && !led.containsKey(index)) {
        begin(topic.orElseThrow().partition(index), partition.leaderEpoch());
      }
    }
  }

  private boolean stillLed(TopicImage topic, Led one) {
    int index = one.partition.partition();
    if (!topic.id().equals(one.partition.topicId()) || index >= topic.partitions().size()) {
      return false;
    }
    PartitionImage partition = topic.partitions().get(index);
    return partition.leader() == brokerId && partition.leaderEpoch() == one.leaderEpoch;
  }

  private void begin(TopicIdPartition partition, int leaderEpoch) {
    OffsetsLogShell log = new OffsetsLogShell(bus, shards, partition, leaderEpoch, settings);
    CoordinatorShell offsets =
        new CoordinatorShell(
            vertx,
            clock,
            memberIds,
            log,
            settings,
            () -> {
              LOG.warn("Coordinator of {} does not know what its log has and loads it", partition);
              begin(partition, leaderEpoch);
            });
    led.put(partition.partition(), new Led(partition, leaderEpoch, offsets));
    offsets.load();
  }

  /**
   * @throws ApiException NOT_COORDINATOR when another broker leads the group's partition
   */
  private CoordinatorShell of(String groupId) {
    Led one = numPartitions == 0 ? null : led.get(GroupPartitions.of(groupId, numPartitions));
    if (one == null) {
      throw new ApiException(
          ErrorCode.NOT_COORDINATOR, "broker " + brokerId + " doesn't coordinate group " + groupId);
    }
    return one.offsets;
  }

  // ---- requests

  private Future<JoinGroupResult> join(JoinGroup join) {
    return of(join.groupId()).request((core, id, moment) -> core.join(id, join, moment));
  }

  private Future<SyncGroupResult> sync(SyncGroup sync) {
    return of(sync.groupId()).request((core, id, moment) -> core.sync(id, sync, moment));
  }

  private Future<ErrorCode> heartbeat(Heartbeat heartbeat) {
    return of(heartbeat.groupId())
        .request((core, id, moment) -> core.heartbeat(id, heartbeat, moment));
  }

  private Future<LeaveGroup.Result> leave(LeaveGroup leave) {
    return of(leave.groupId()).request((core, id, moment) -> core.leave(id, leave, moment));
  }

  private Future<List<ErrorCode>> commitOffsets(CommitOffsets commit) {
    return of(commit.groupId())
        .request((core, id, moment) -> core.commitOffsets(id, commit, moment));
  }

  private Future<DeleteOffsets.Result> deleteOffsets(DeleteOffsets delete) {
    CoordinatorShell coordinator = of(delete.groupId());
    checkLease(delete.groupId()); // When there is nothing to delete, the log isn't asked.
    return coordinator.request((core, id, moment) -> core.deleteOffsets(id, delete, moment));
  }

  private Future<List<FetchOffsets.Result>> fetchOffsets(FetchOffsets fetch) {
    List<FetchOffsets.Result> results = new ArrayList<>();
    for (FetchOffsets.Query query : fetch.queries()) {
      try {
        CoordinatorShell coordinator = of(query.groupId());
        checkLease(query.groupId());
        results.add(coordinator.ask(core -> core.fetchOffsets(query)));
      } catch (ApiException refused) {
        results.add(new FetchOffsets.Result(query.groupId(), refused.errorCode(), List.of()));
      }
    }
    return Future.succeededFuture(results);
  }

  /**
   * @throws ApiException NOT_COORDINATOR when there may be another coordinator by now
   */
  private void checkLease(String groupId) {
    if (lease.isOver(clock.get().nowMs())) {
      throw new ApiException(
          ErrorCode.NOT_COORDINATOR,
          "broker " + brokerId + " may not coordinate group " + groupId + " any more");
    }
  }

  private Future<ListGroups.Result> list(ListGroups wanted) {
    if (led.values().stream().anyMatch(one -> one.offsets.loading())) {
      throw new ApiException(
          ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, "not all groups have been loaded");
    }
    List<ListGroups.Listed> groups = new ArrayList<>();
    led.values().forEach(one -> groups.addAll(one.offsets.ask(core -> core.list(wanted))));
    return Future.succeededFuture(new ListGroups.Result(groups));
  }

  private Future<List<DescribeGroups.Described>> describe(DescribeGroups describe) {
    List<DescribeGroups.Described> described = new ArrayList<>();
    for (String groupId : describe.groupIds()) {
      try {
        described.add(of(groupId).ask(core -> core.describe(groupId)));
      } catch (ApiException refused) {
        described.add(DescribeGroups.Described.refused(groupId, refused.errorCode()));
      }
    }
    return Future.succeededFuture(described);
  }

  private Future<List<ErrorCode>> delete(DeleteGroups delete) {
    List<Future<ErrorCode>> deletions = new ArrayList<>();
    for (String groupId : delete.groupIds()) {
      deletions.add(
          Future.succeededFuture()
              .compose(
                  begun -> {
                    CoordinatorShell coordinator = of(groupId);
                    checkLease(groupId);
                    return coordinator.<ErrorCode>request(
                        (core, id, moment) -> core.deleteGroup(id, groupId, moment));
                  })
              .recover(
                  cause ->
                      cause instanceof ApiException refused
                          ? Future.succeededFuture(refused.errorCode())
                          : Future.failedFuture(cause)));
    }
    return Future.join(deletions).map(done -> deletions.stream().map(Future::result).toList());
  }
}
