package io.gofka.simulation;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.CommitOffsets;
import io.gofka.group.FetchOffsets;
import io.gofka.group.GroupSettings;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * A group of consumers, and somebody who looks after the offsets of others. All of them find the
 * coordinator as real clients do, and believe nobody else.
 */
final class GroupClients {
  static final String GROUP = "readers";
  private static final int MEMBERS = 3;

  /** After these a client looks for the coordinator again, and tries once more. */
  static final Set<ErrorCode> RETRIABLE =
      Set.of(
          ErrorCode.NOT_COORDINATOR,
          ErrorCode.COORDINATOR_NOT_AVAILABLE,
          ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
          ErrorCode.REQUEST_TIMED_OUT);

  private final DataClients clients;
  private final ReplicationWorkload workload;
  private final World world;
  private final CommittedOffsets offsets = new CommittedOffsets();
  private final GroupSettings settings;
  private final List<GroupMember> members = new ArrayList<>();
  private final Map<Integer, Map<TopicPartition, String>> owners = new HashMap<>();
  private final Map<Integer, Long> consumedEnds = new TreeMap<>();
  private int latestGeneration = -1;
  private int acknowledged;
  private int numCommits;
  private boolean stopped;

  GroupClients(DataClients clients) {
    this.clients = clients;
    this.workload = clients.workload();
    this.world = workload.cluster().world();
    this.settings =
        new GroupSettings(
            3_600_000,
            10_000,
            (int) workload.sessionTimeoutMs(),
            5 << 20,
            0,
            4096,
            (int) world.between(0, 1) * 500,
            1,
            1_000_000,
            100);
    for (int i = 0; i < MEMBERS; i++) {
      members.add(new GroupMember(this, i));
    }
  }

  DataClients clients() {
    return clients;
  }

  World world() {
    return world;
  }

  CommittedOffsets offsets() {
    return offsets;
  }

  GroupSettings settings() {
    return settings;
  }

  int sessionTimeoutMs() {
    return (int) (3 * workload.sessionTimeoutMs());
  }

  int rebalanceTimeoutMs() {
    return (int) (4 * workload.sessionTimeoutMs());
  }

  /** Commits of which somebody was told that they count. */
  int acknowledged() {
    return acknowledged;
  }

  void start() {
    createTopic();
    members.forEach(GroupMember::start);
    new OffsetsAdmin(this).start();
    strikeSoon();
  }

  /** Groups come into being after the brokers; as long as there is no topic nobody coordinates. */
  private void createTopic() {
    clients.createTopic(
        new NewTopic(TopicImage.CONSUMER_OFFSETS, 1, 3, List.of(), workload.topicConfigs()));
  }

  /** Nothing is committed any more. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  private void strikeSoon() {
    clients
        .machine()
        .afterwards(
            world.about(4L * sessionTimeoutMs() * World.MILLIS),
            () -> {
              if (!workload.isHealed()) {
                members.get((int) world.between(0, MEMBERS - 1)).strike();
                strikeSoon();
              }
            });
  }

  // ---- how they ask

  /** What a coordinator does when it is asked. */
  interface Question<R> {
    Future<R> ask(SimulatedBroker coordinator);
  }

  /** Asks whoever leads the partition of all groups, as one of the brokers says. */
  <R> Future<R> ask(int timeoutMs, Question<R> question) {
    SimulatedBroker coordinator =
        clients
            .ask(TopicImage.CONSUMER_OFFSETS, 0)
            .map(PartitionImage::leader)
            .flatMap(workload::broker)
            .orElse(null);
    if (coordinator == null) {
      return Future.failedFuture(
          new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE, "nobody coordinates"));
    }
    return workload
        .calls()
        .ask(clients.machine(), coordinator, () -> question.ask(coordinator), timeoutMs);
  }

  <Q, R> Future<R> ask(int timeoutMs, Address<Q, R> address, Q message) {
    return ask(timeoutMs, coordinator -> coordinator.services().bus().request(address, message));
  }

  private int patienceMs() {
    return (int) (2 * workload.sessionTimeoutMs());
  }

  /** Completes with what the coordinator says, or why nobody knows. */
  Future<ErrorCode> commit(
      String groupId, int generationId, String memberId, TopicPartition partition, long offset) {
    String tag = memberId + "#" + generationId + "#" + numCommits++;
    CommitOffsets commit =
        new CommitOffsets(
            groupId,
            generationId,
            memberId,
            Optional.empty(),
            OptionalLong.empty(),
            List.of(new CommitOffsets.Offset(partition, Uuids.ZERO, offset, -1, tag)));
    return ask(
        patienceMs(),
        coordinator -> {
          boolean outdated = generationId >= 0 && generationId < latestGeneration;
          return coordinator
              .services()
              .bus()
              .request(Addresses.GROUP_COMMIT_OFFSETS, commit)
              .map(
                  codes -> {
                    if (codes.get(0) == ErrorCode.NONE) {
                      onAcknowledged(coordinator, groupId, partition, tag, outdated);
                    }
                    return codes.get(0);
                  });
        });
  }

  private void onAcknowledged(
      SimulatedBroker coordinator,
      String groupId,
      TopicPartition partition,
      String tag,
      boolean outdated) {
    if (outdated) {
      throw new Violation(
          "no earlier generation commits",
          "%s lets %s in, %d is on".formatted(coordinator.name(), tag, latestGeneration));
    }
    acknowledged++;
    offsets.acknowledged(coordinator.name(), groupId, partition, tag);
  }

  /** Completes with what the coordinator says, or fails with why it says nothing. */
  Future<Long> fetch(String groupId, TopicPartition partition) {
    FetchOffsets fetch =
        new FetchOffsets(
            List.of(
                new FetchOffsets.Query(
                    groupId,
                    Optional.of(List.of(new FetchOffsets.Partition(partition, Uuids.ZERO))))));
    return ask(
        patienceMs(),
        coordinator ->
            coordinator
                .services()
                .bus()
                .request(Addresses.GROUP_FETCH_OFFSETS, fetch)
                .map(
                    results -> {
                      FetchOffsets.Result result = results.get(0);
                      if (result.error() != ErrorCode.NONE) {
                        throw new ApiException(result.error(), "offsets of " + groupId);
                      }
                      if (!workload.isRelieved(coordinator)) {
                        offsets.told(coordinator.name(), groupId, result.offsets().get(0));
                      }
                      return result.offsets().get(0).offset();
                    }));
  }

  /** A coordinator says that it has deleted an offset. */
  void onDeleted(SimulatedBroker coordinator, String groupId, TopicPartition partition) {
    if (!workload.isRelieved(coordinator)) {
      offsets.deleted(coordinator.name(), groupId, partition);
    }
  }

  // ---- what members tell

  /** A member was given partitions in a generation. */
  void onAssigned(String memberId, int generationId, List<Integer> partitions) {
    latestGeneration = Math.max(latestGeneration, generationId);
    Map<TopicPartition, String> theirs =
        owners.computeIfAbsent(generationId, any -> new HashMap<>());
    for (int partition : partitions) {
      String other =
          theirs.putIfAbsent(new TopicPartition(ReplicationWorkload.TOPIC, partition), memberId);
      if (other != null && !other.equals(memberId)) {
        throw new Violation(
            "one owner in a generation",
            "%d belongs to %s and %s in generation %d"
                .formatted(partition, other, memberId, generationId));
      }
    }
  }

  /** A member goes on at an offset: its group has read everything before. */
  void onBegins(int partition, long position) {
    if (position > consumedEnds.getOrDefault(partition, 0L)) {
      throw new Violation(
          "a group leaves nothing out",
          "it goes on at %d of %d, read up to %s"
              .formatted(position, partition, consumedEnds.get(partition)));
    }
  }

  void onConsumed(int partition, long position) {
    consumedEnds.merge(partition, position, Math::max);
  }

  // ---- at the end

  /** Why the group isn't at rest. */
  Optional<String> unrest() {
    int owned = 0;
    for (GroupMember member : members) {
      if (!member.isStable() || member.generationId() != members.get(0).generationId()) {
        return Optional.of("%s isn't in a common generation".formatted(member));
      }
      owned += member.numOwned();
    }
    return owned == ReplicationWorkload.PARTITIONS
        ? Optional.empty()
        : Optional.of(owned + " partitions have owners");
  }

  int generationId() {
    return members.get(0).generationId();
  }
}
