package io.gofka.simulation;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.group.Bytes;
import io.gofka.group.Heartbeat;
import io.gofka.group.JoinGroup;
import io.gofka.group.JoinGroupResult;
import io.gofka.group.LeaveGroup;
import io.gofka.group.PlainAssignment;
import io.gofka.group.SyncGroup;
import io.gofka.group.SyncGroupResult;
import io.gofka.log.ReadRecords.Source;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A consumer that is a member of a group: joins, assigns if it leads, reads what it is assigned
 * from where the group has got to, and commits how far it has come, until it is told to join again.
 */
final class GroupMember {
  private final GroupClients group;
  private final DataClients clients;
  private final World world;
  private final String name;
  private final Map<Integer, DataConsumer> consumers = new TreeMap<>();

  /** Grows whenever what was asked before doesn't matter any more. */
  private int turn;

  private String memberId = "";
  private int generationId = -1;
  private boolean stable;
  private long stalledUntil;

  GroupMember(GroupClients group, int index) {
    this.group = group;
    this.clients = group.clients();
    this.world = group.world();
    this.name = "m" + (index + 1);
  }

  boolean isStable() {
    return stable && world.nowMicros() >= stalledUntil;
  }

  int generationId() {
    return generationId;
  }

  /** Partitions that it reads. */
  int numOwned() {
    return consumers.size();
  }

  @Override
  public String toString() {
    return name + " (" + memberId + ", generation " + generationId + ")";
  }

  void start() {
    after(world.about(clients.gapMicros()), this::join);
  }

  /** Something happens to it. */
  void strike() {
    long session = group.sessionTimeoutMs() * World.MILLIS;
    switch ((int) world.between(0, 2)) {
      case 0 -> { // It is started anew, and the other it was is never heard of again.
        forget();
        memberId = "";
        after(world.between(1, 2 * session), this::join);
      }
      case 1 -> {
        LeaveGroup leave =
            new LeaveGroup(
                GroupClients.GROUP,
                List.of(new LeaveGroup.Leaving(memberId, Optional.empty(), Optional.empty())));
        group.ask(group.sessionTimeoutMs(), Addresses.GROUP_LEAVE, leave);
        forget();
        memberId = "";
        after(world.between(1, session), this::join);
      }
      default -> stalledUntil = world.nowMicros() + world.between(1, 2 * session);
    }
  }

  /** Of what it was and had. */
  private void forget() {
    turn++;
    stable = false;
    consumers.values().forEach(DataConsumer::close);
    consumers.clear();
  }

  private void after(long micros, Runnable action) {
    int current = turn;
    clients.machine().afterwards(micros, () -> inTurn(current, action));
  }

  private void inTurn(int current, Runnable action) {
    if (current != turn) {
      return;
    }
    if (world.nowMicros() < stalledUntil) {
      world.at(stalledUntil, () -> inTurn(current, action));
    } else {
      action.run();
    }
  }

  private long pauseMicros() {
    return world.about(clients.gapMicros() / 2);
  }

  // ---- membership

  private void join() {
    forget();
    JoinGroup join =
        new JoinGroup(
            GroupClients.GROUP,
            memberId,
            Optional.empty(),
            name,
            "/127.0.0.1",
            group.sessionTimeoutMs(),
            group.rebalanceTimeoutMs(),
            "consumer",
            List.of(PlainAssignment.PROTOCOL),
            true,
            false,
            Optional.empty());
    int current = turn;
    group
        .ask(group.rebalanceTimeoutMs() + group.sessionTimeoutMs(), Addresses.GROUP_JOIN, join)
        .onComplete(
            joined -> inTurn(current, () -> onJoined(joined)),
            cause -> inTurn(current, () -> onFailed(cause)));
  }

  private void onJoined(JoinGroupResult joined) {
    switch (joined.error()) {
      case NONE -> {
        memberId = joined.memberId();
        generationId = joined.generationId();
        sync(memberId.equals(joined.leaderId()) ? assign(joined) : Map.of());
      }
      case MEMBER_ID_REQUIRED -> {
        memberId = joined.memberId();
        join();
      }
      default -> onError(joined.error());
    }
  }

  private static Map<String, Bytes> assign(JoinGroupResult joined) {
    return PlainAssignment.assign(joined.members(), ReplicationWorkload.PARTITIONS);
  }

  private void sync(Map<String, Bytes> assignments) {
    SyncGroup sync =
        new SyncGroup(
            GroupClients.GROUP,
            generationId,
            memberId,
            Optional.empty(),
            Optional.of("consumer"),
            Optional.of(PlainAssignment.PROTOCOL.name()),
            assignments);
    int current = turn;
    group
        .ask(group.rebalanceTimeoutMs() + group.sessionTimeoutMs(), Addresses.GROUP_SYNC, sync)
        .onComplete(
            synced -> inTurn(current, () -> onSynced(synced)),
            cause -> inTurn(current, () -> onFailed(cause)));
  }

  private void onSynced(SyncGroupResult synced) {
    if (synced.error() != ErrorCode.NONE) {
      onError(synced.error());
      return;
    }
    stable = true;
    List<Integer> partitions = PlainAssignment.partitions(synced.assignment());
    world.note(generationId * 31L + partitions.size());
    group.onAssigned(memberId, generationId, partitions);
    partitions.forEach(this::begin);
    heartbeatSoon();
  }

  private void heartbeatSoon() {
    after(group.sessionTimeoutMs() * World.MILLIS / 5, this::heartbeat);
  }

  private void heartbeat() {
    Heartbeat heartbeat =
        new Heartbeat(GroupClients.GROUP, generationId, memberId, Optional.empty());
    int current = turn;
    group
        .ask(group.sessionTimeoutMs() / 4, Addresses.GROUP_HEARTBEAT, heartbeat)
        .onComplete(
            code -> inTurn(current, () -> onHeartbeat(code)),
            cause -> inTurn(current, () -> onHeartbeat(codeOf(cause))));
  }

  private void onHeartbeat(ErrorCode code) {
    if (code == ErrorCode.NONE) {
      heartbeatSoon();
    } else if (GroupClients.RETRIABLE.contains(code)) {
      after(pauseMicros(), this::heartbeat);
    } else {
      onError(code);
    }
  }

  private void onFailed(Throwable cause) {
    onError(codeOf(cause));
  }

  /** Whoever can't be reached doesn't coordinate. */
  private static ErrorCode codeOf(Throwable cause) {
    return cause instanceof ApiException refused
        ? refused.errorCode()
        : ErrorCode.COORDINATOR_NOT_AVAILABLE;
  }

  private void onError(ErrorCode error) {
    if (error == ErrorCode.UNKNOWN_MEMBER_ID || error == ErrorCode.ILLEGAL_GENERATION) {
      forget();
      memberId = "";
      after(pauseMicros(), this::join);
    } else if (error == ErrorCode.REBALANCE_IN_PROGRESS) {
      join();
    } else if (GroupClients.RETRIABLE.contains(error)) {
      after(pauseMicros(), this::join);
    } else {
      throw new Violation("members can go on", this + " is told " + error);
    }
  }

  // ---- what it is a member for

  /** Where the group has got to. */
  private void begin(int partition) {
    int current = turn;
    group
        .fetch(GroupClients.GROUP, new TopicPartition(ReplicationWorkload.TOPIC, partition))
        .onComplete(
            offset -> inTurn(current, () -> consume(partition, offset)),
            cause -> after(pauseMicros(), () -> retryBegin(partition, current, cause)));
  }

  private void retryBegin(int partition, int current, Throwable cause) {
    if (current != turn) {
      return;
    }
    if (!GroupClients.RETRIABLE.contains(codeOf(cause))) {
      throw new Violation("members can go on", this + " is told " + cause);
    }
    begin(partition);
  }

  private void consume(int partition, long offset) {
    long position = Math.max(0, offset);
    group.onBegins(partition, position);
    Source source = world.chance(0.5) ? Source.LEADER : Source.ANY_REPLICA;
    DataConsumer consumer =
        new DataConsumer(
            clients, partition, source, position, read -> group.onConsumed(partition, read));
    consumers.put(partition, consumer);
    consumer.poll();
    after(pauseMicros(), () -> commit(partition, consumer));
  }

  private void commit(int partition, DataConsumer consumer) {
    if (group.isStopped()) {
      return;
    }
    int current = turn;
    group
        .commit(
            GroupClients.GROUP,
            generationId,
            memberId,
            new TopicPartition(ReplicationWorkload.TOPIC, partition),
            consumer.position())
        .onComplete(
            code -> inTurn(current, () -> onCommitted(partition, consumer, code)),
            cause -> inTurn(current, () -> onCommitted(partition, consumer, codeOf(cause))));
  }

  private void onCommitted(int partition, DataConsumer consumer, ErrorCode code) {
    if (code == ErrorCode.NONE || GroupClients.RETRIABLE.contains(code)) {
      after(2 * pauseMicros(), () -> commit(partition, consumer));
    } else {
      onError(code);
    }
  }
}
