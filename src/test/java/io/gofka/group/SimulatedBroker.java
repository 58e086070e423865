package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.Effect.Answer;
import io.gofka.group.Effect.Append;
import io.gofka.group.GroupRecord.GroupMetadata;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.GroupRecord.OffsetRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The coordinator's side of {@link GroupSimulation}: a core, its log, and what can go wrong between
 * them. An append may be refused, and when the broker fails, a prefix of those under way is in the
 * log of the next one.
 */
final class SimulatedBroker {
  /** An event for the core, under the id that its answer will carry. */
  interface Call {
    List<Effect> on(GroupCoordinator core, long requestId, Moment moment);
  }

  /** Reading the log is what takes the time. */
  private static final int APPENDS_PER_REPLAY = 7;

  private final GroupSimulation world;
  private final GroupSettings settings;
  private final List<GroupRecord> log = new ArrayList<>();
  private final Deque<Append> inFlight = new ArrayDeque<>();
  private final Map<Long, Consumer<Object>> waiting = new HashMap<>();
  private GroupCoordinator core;
  private boolean up;
  private int incarnation;
  private long nextRequestId;
  private long nextMemberNumber;
  private boolean appending;
  private int numAppends;

  /** The generation that the latest answer to a join has told. */
  private int latestGeneration;

  /** Whether memory and log may differ in the members, because a record of them was refused. */
  private boolean diverged;

  SimulatedBroker(GroupSimulation world, GroupSettings settings) {
    this.world = world;
    this.settings = settings;
  }

  boolean up() {
    return up;
  }

  int latestGeneration() {
    return latestGeneration;
  }

  int numWaiting() {
    return waiting.size();
  }

  GroupCoordinator core() {
    return core;
  }

  void call(Call call, Consumer<Object> reply) {
    long requestId = nextRequestId++;
    waiting.put(requestId, reply);
    perform(call.on(core, requestId, world.moment()));
  }

  /** An offset is in the log before the first coordinator reads it. */
  void committedBefore(int partition, long offset) {
    log.add(
        new OffsetRecord(
            GroupSimulation.GROUP,
            new TopicPartition(GroupSimulation.TOPIC, partition),
            Optional.of(
                new GroupRecord.CommittedOffset(
                    offset,
                    -1,
                    "",
                    world.moment().timestampMs(),
                    OptionalLong.empty(),
                    Uuids.ZERO))));
  }

  void start() {
    core = loaded();
    up = true;
    diverged = false;
    // A generation that was not saved was not assigned either, and its number may come again.
    latestGeneration = 0;
    for (GroupRecord record : log) {
      if (record instanceof GroupMetadataRecord group) {
        latestGeneration = group.value().map(GroupMetadata::generationId).orElse(0);
      }
    }
    perform(core.onLoaded(world.moment()));
    world.checkAcknowledged();
  }

  private GroupCoordinator loaded() {
    GroupCoordinator fresh =
        new GroupCoordinator(settings, prefix -> prefix + "-" + nextMemberNumber++);
    log.forEach(fresh::replay);
    return fresh;
  }

  /** Another broker takes over after a while. Nobody who waits is answered. */
  void failOver(long afterMs) {
    if (!up) {
      return;
    }
    up = false;
    incarnation++;
    int survivors = world.random().nextInt(inFlight.size() + 1);
    for (int i = 0; i < survivors; i++) {
      log.addAll(inFlight.remove().records());
    }
    inFlight.clear();
    waiting.clear();
    appending = false;
    world.after(afterMs, this::start);
  }

  private void perform(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof Answer answer) {
        Consumer<Object> reply = waiting.remove(answer.requestId());
        world.check(reply != null, "request " + answer.requestId() + " is answered again");
        if (answer.reply() instanceof JoinGroupResult joined && joined.error() == ErrorCode.NONE) {
          world.check(
              joined.generationId() >= latestGeneration,
              "generation " + joined.generationId() + " after " + latestGeneration);
          latestGeneration = joined.generationId();
        }
        reply.accept(answer.reply());
      } else if (effect instanceof Append append) {
        inFlight.add(append);
      }
    }
    maybeAppend();
    armTick();
  }

  private void maybeAppend() {
    if (appending || inFlight.isEmpty() || !up) {
      return;
    }
    appending = true;
    int now = incarnation;
    world.after(world.appendDelayMs(), () -> onAppended(now));
  }

  private void onAppended(int appendedBy) {
    if (appendedBy != incarnation || !up) {
      return;
    }
    appending = false;
    Append append = inFlight.remove();
    if (world.refusesAppends() && world.random().nextInt(50) == 0) {
      diverged = true;
      perform(
          core.onAppendRefused(
              append.writeId(), ErrorCode.COORDINATOR_NOT_AVAILABLE, world.moment()));
    } else {
      log.addAll(append.records());
      if (append.records().stream().noneMatch(OffsetRecord.class::isInstance)) {
        diverged = false;
      }
      perform(core.onAppended(append.writeId(), world.moment()));
    }
    if (++numAppends % APPENDS_PER_REPLAY == 0) {
      checkAgainstReplay();
    }
  }

  private void armTick() {
    OptionalLong next = core.nextDeadlineMs();
    if (next.isPresent()) {
      int now = incarnation;
      world.at(
          next.getAsLong(),
          () -> {
            if (now == incarnation && up && next.equals(core.nextDeadlineMs())) {
              perform(core.onTick(world.moment()));
            }
          });
    }
  }

  /** What is durable is what another coordinator finds in the log: no more, no less. */
  void checkAgainstReplay() {
    GroupCoordinator other = loaded();
    world.check(
        core.offsetsSnapshot().equals(other.offsetsSnapshot()),
        "offsets in memory "
            + core.offsetsSnapshot()
            + " are not those of the log "
            + other.offsetsSnapshot());
    DescribeGroups.Described mine = core.describe(GroupSimulation.GROUP);
    boolean settled = inFlight.isEmpty() && !diverged;
    if (settled && mine.state() == GroupState.STABLE) {
      world.check(
          byId(mine).equals(byId(other.describe(GroupSimulation.GROUP))),
          "members in memory are not those of the log");
    }
  }

  private static Map<String, DescribeGroups.Member> byId(DescribeGroups.Described group) {
    Map<String, DescribeGroups.Member> members = new TreeMap<>();
    group.members().forEach(member -> members.put(member.memberId(), member));
    return members;
  }

  long committed(int partition) {
    FetchOffsets.Partition asked =
        new FetchOffsets.Partition(
            new TopicPartition(GroupSimulation.TOPIC, partition), Uuids.ZERO);
    return core.fetchOffsets(
            new FetchOffsets.Query(GroupSimulation.GROUP, Optional.of(List.of(asked))))
        .offsets()
        .get(0)
        .offset();
  }
}
