package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One process of {@link GroupSimulation} that consumes eagerly: gives up everything, joins, assigns
 * if it leads, syncs, then sends heartbeats and commits until it is told to join again.
 */
final class SimulatedMember {
  private static final int CALL_TIMEOUT_MS = 3_000;

  private final GroupSimulation world;
  private final int index;
  private final Optional<String> instanceId;
  private final boolean canSkip;
  private int incarnation;
  private boolean running;
  private String memberId = "";
  private int generationId = -1;
  private boolean stable;
  private final Set<Integer> owned = new TreeSet<>();

  SimulatedMember(GroupSimulation world, int index, boolean isStatic, boolean canSkip) {
    this.world = world;
    this.index = index;
    this.instanceId = isStatic ? Optional.of("instance-" + index) : Optional.empty();
    this.canSkip = canSkip;
  }

  boolean running() {
    return running;
  }

  boolean stable() {
    return stable;
  }

  int generationId() {
    return generationId;
  }

  Set<Integer> owned() {
    return owned;
  }

  void start() {
    incarnation++;
    running = true;
    memberId = "";
    generationId = -1;
    join();
  }

  void crash() {
    incarnation++;
    running = false;
    stable = false;
    owned.clear();
  }

  void leave() {
    LeaveGroup leave =
        new LeaveGroup(
            GroupSimulation.GROUP,
            List.of(new LeaveGroup.Leaving(memberId, instanceId, Optional.of("closing"))));
    crash();
    world.send((core, id, moment) -> core.leave(id, leave, moment), reply -> {});
  }

  private void join() {
    stable = false;
    owned.clear();
    JoinGroup join =
        new JoinGroup(
            GroupSimulation.GROUP,
            memberId,
            instanceId,
            "client-" + index,
            "/127.0.0.1",
            GroupSimulation.SESSION_MS,
            GroupSimulation.REBALANCE_MS,
            "consumer",
            List.of(PlainAssignment.PROTOCOL),
            true,
            canSkip,
            Optional.empty());
    call(
        GroupSimulation.REBALANCE_MS + 2_000,
        (core, id, moment) -> core.join(id, join, moment),
        reply -> onJoined((JoinGroupResult) reply),
        this::join);
  }

  private void onJoined(JoinGroupResult joined) {
    switch (joined.error()) {
      case NONE -> {
        memberId = joined.memberId();
        generationId = joined.generationId();
        boolean assigns = memberId.equals(joined.leaderId()) && !joined.skipAssignment();
        sync(assigns ? assign(joined) : Map.of());
      }
      case MEMBER_ID_REQUIRED -> {
        memberId = joined.memberId();
        join();
      }
      default -> onError(joined.error());
    }
  }

  private static Map<String, Bytes> assign(JoinGroupResult joined) {
    return PlainAssignment.assign(joined.members(), GroupSimulation.PARTITIONS);
  }

  private void sync(Map<String, Bytes> assignments) {
    SyncGroup sync =
        new SyncGroup(
            GroupSimulation.GROUP,
            generationId,
            memberId,
            instanceId,
            Optional.of("consumer"),
            Optional.of(PlainAssignment.PROTOCOL.name()),
            assignments);
    call(
        GroupSimulation.REBALANCE_MS + 2_000,
        (core, id, moment) -> core.sync(id, sync, moment),
        reply -> onSynced((SyncGroupResult) reply),
        this::join);
  }

  private void onSynced(SyncGroupResult synced) {
    if (synced.error() != ErrorCode.NONE) {
      onError(synced.error());
      return;
    }
    stable = true;
    owned.addAll(PlainAssignment.partitions(synced.assignment()));
    world.onOwned(index, generationId, owned);
    int joinedAs = generationId;
    world.after(GroupSimulation.HEARTBEAT_MS, guarded(() -> heartbeat(joinedAs)));
    world.after(world.random().nextInt(1_000), guarded(() -> commit(joinedAs)));
  }

  private void heartbeat(int joinedAs) {
    if (!stable || joinedAs != generationId) {
      return;
    }
    Heartbeat heartbeat = new Heartbeat(GroupSimulation.GROUP, generationId, memberId, instanceId);
    call(
        CALL_TIMEOUT_MS,
        (core, id, moment) -> core.heartbeat(id, heartbeat, moment),
        reply -> {
          if (!stable || joinedAs != generationId) {
            return;
          }
          if (reply == ErrorCode.NONE) {
            world.after(GroupSimulation.HEARTBEAT_MS, guarded(() -> heartbeat(joinedAs)));
          } else {
            onError((ErrorCode) reply);
          }
        },
        () -> heartbeat(joinedAs));
  }

  private void commit(int joinedAs) {
    if (!stable || joinedAs != generationId) {
      return;
    }
    for (int partition : owned) {
      commit(partition, world.nextOffset());
    }
    world.after(1_000 + world.random().nextInt(2_000), guarded(() -> commit(joinedAs)));
  }

  private void commit(int partition, long offset) {
    CommitOffsets commit =
        new CommitOffsets(
            GroupSimulation.GROUP,
            generationId,
            memberId,
            instanceId,
            OptionalLong.empty(),
            List.of(
                new CommitOffsets.Offset(
                    new TopicPartition(GroupSimulation.TOPIC, partition),
                    Uuids.ZERO,
                    offset,
                    -1,
                    "")));
    world.sendCommit(commit, partition, offset);
  }

  private void onError(ErrorCode error) {
    switch (error) {
      case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
        stable = false;
        owned.clear();
        memberId = "";
        generationId = -1;
        world.after(50, guarded(this::join));
      }
      case FENCED_INSTANCE_ID -> {
        // A late copy of an earlier join has taken our place; our supervisor starts us again.
        crash();
        world.after(500, this::start);
      }
      case REBALANCE_IN_PROGRESS -> join();
      case COORDINATOR_NOT_AVAILABLE -> {
        stable = false;
        owned.clear();
        world.after(100, guarded(this::join));
      }
      default -> world.check(false, "member " + index + " is told " + error);
    }
  }

  /** Sends a request; the first answer or the timeout counts, whichever comes first. */
  private void call(
      int timeoutMs, SimulatedBroker.Call call, Consumer<Object> onReply, Runnable onTimeout) {
    boolean[] done = {false};
    int sentBy = incarnation;
    world.send(
        call,
        reply -> {
          if (!done[0] && sentBy == incarnation) {
            done[0] = true;
            onReply.accept(reply);
          }
        });
    world.after(
        timeoutMs,
        () -> {
          if (!done[0] && sentBy == incarnation) {
            done[0] = true;
            onTimeout.run();
          }
        });
  }

  private Runnable guarded(Runnable action) {
    int setBy = incarnation;
    return () -> {
      if (setBy == incarnation) {
        action.run();
      }
    };
  }
}
