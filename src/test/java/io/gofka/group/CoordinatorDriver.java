package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.Effect.Answer;
import io.gofka.group.Effect.Append;
import io.gofka.group.Effect.Report;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A coordinator in a world where time and log do what the test says. Appends are committed at once
 * unless {@link #holdAppends} was called.
 */
final class CoordinatorDriver {
  static final String GROUP = "group";
  static final int SESSION_MS = 10_000;
  static final int REBALANCE_MS = 60_000;
  static final long WALL_CLOCK_AHEAD_MS = 1_700_000_000_000L;

  /** Kafka's defaults, without the initial delay. */
  static final GroupSettings SETTINGS =
      new GroupSettings(
          10_080L * 60_000,
          600_000,
          5_000,
          5 << 20,
          0,
          4_096,
          0,
          6_000,
          1_800_000,
          Integer.MAX_VALUE);

  private final GroupSettings settings;
  private final Map<Long, Object> answers = new HashMap<>();
  private final List<GroupRecord> log = new ArrayList<>();
  private final Deque<Append> inFlight = new ArrayDeque<>();
  private final List<String> reports = new ArrayList<>();
  private GroupCoordinator core;
  private long nowMs = 1_000_000;
  private long wallClockAheadMs = WALL_CLOCK_AHEAD_MS;
  private long nextRequestId;
  private long nextMemberNumber = 1;
  private boolean holding;

  CoordinatorDriver() {
    this(SETTINGS);
  }

  CoordinatorDriver(GroupSettings settings) {
    this.settings = settings;
    this.core = new GroupCoordinator(settings, this::newMemberId);
    perform(core.onLoaded(now()));
  }

  static GroupSettings withInitialDelay(int delayMs) {
    return new GroupSettings(
        SETTINGS.offsetsRetentionMs(),
        600_000,
        5_000,
        5 << 20,
        0,
        4_096,
        delayMs,
        6_000,
        1_800_000,
        Integer.MAX_VALUE);
  }

  static GroupSettings withMaxSize(int maxSize) {
    return new GroupSettings(
        SETTINGS.offsetsRetentionMs(),
        600_000,
        5_000,
        5 << 20,
        0,
        4_096,
        0,
        6_000,
        1_800_000,
        maxSize);
  }

  private String newMemberId(String prefix) {
    return prefix + "-" + nextMemberNumber++;
  }

  GroupCoordinator core() {
    return core;
  }

  Moment now() {
    return new Moment(nowMs, wallClockAheadMs + nowMs);
  }

  /** The wall clock jumps; no time passes. */
  void wallClockJumps(long byMs) {
    wallClockAheadMs += byMs;
  }

  List<GroupRecord> log() {
    return log;
  }

  List<String> reports() {
    return reports;
  }

  int numInFlight() {
    return inFlight.size();
  }

  // ---- requests

  long join(JoinGroup join) {
    long id = nextRequestId++;
    perform(core.join(id, join, now()));
    return id;
  }

  long sync(SyncGroup sync) {
    long id = nextRequestId++;
    perform(core.sync(id, sync, now()));
    return id;
  }

  ErrorCode heartbeat(int generationId, String memberId) {
    return heartbeat(new Heartbeat(GROUP, generationId, memberId, Optional.empty()));
  }

  ErrorCode heartbeat(Heartbeat heartbeat) {
    long id = nextRequestId++;
    perform(core.heartbeat(id, heartbeat, now()));
    return answer(id, ErrorCode.class);
  }

  LeaveGroup.Result leave(LeaveGroup.Leaving... members) {
    long id = nextRequestId++;
    perform(core.leave(id, new LeaveGroup(GROUP, List.of(members)), now()));
    return answer(id, LeaveGroup.Result.class);
  }

  ErrorCode leave(String memberId) {
    LeaveGroup.Result result =
        leave(new LeaveGroup.Leaving(memberId, Optional.empty(), Optional.empty()));
    return result.error() != ErrorCode.NONE ? result.error() : result.members().get(0).error();
  }

  long commit(CommitOffsets commit) {
    long id = nextRequestId++;
    perform(core.commitOffsets(id, commit, now()));
    return id;
  }

  /** A commit of one offset in {@code topic-0}; answered at once unless appends are held. */
  ErrorCode commit(String topic, long offset, int generationId, String memberId) {
    return codes(commit(commitOf(topic, offset, generationId, memberId))).get(0);
  }

  static CommitOffsets commitOf(String topic, long offset, int generationId, String memberId) {
    return new CommitOffsets(
        GROUP,
        generationId,
        memberId,
        Optional.empty(),
        OptionalLong.empty(),
        List.of(
            new CommitOffsets.Offset(new TopicPartition(topic, 0), Uuids.ZERO, offset, -1, "")));
  }

  long deleteOffsets(String... topics) {
    long id = nextRequestId++;
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      partitions.add(new TopicPartition(topic, 0));
    }
    perform(core.deleteOffsets(id, new DeleteOffsets(GROUP, partitions), now()));
    return id;
  }

  long deleteGroup() {
    long id = nextRequestId++;
    perform(core.deleteGroup(id, GROUP, now()));
    return id;
  }

  void topicDeleted(String topic, java.util.UUID id) {
    perform(core.onTopicsDeleted(Map.of(topic, id), now()));
  }

  /** The committed offset of {@code topic-0}, -1 when there is none. */
  long committed(String topic) {
    FetchOffsets.Partition asked =
        new FetchOffsets.Partition(new TopicPartition(topic, 0), Uuids.ZERO);
    return core.fetchOffsets(new FetchOffsets.Query(GROUP, Optional.of(List.of(asked))))
        .offsets()
        .get(0)
        .offset();
  }

  DescribeGroups.Described describe() {
    return core.describe(GROUP);
  }

  GroupState state() {
    return describe().state();
  }

  // ---- answers

  boolean answered(long requestId) {
    return answers.containsKey(requestId);
  }

  <R> R answer(long requestId, Class<R> type) {
    if (!answered(requestId)) {
      throw new NoSuchElementException("request " + requestId + " is parked");
    }
    return type.cast(answers.get(requestId));
  }

  JoinGroupResult joined(long requestId) {
    return answer(requestId, JoinGroupResult.class);
  }

  SyncGroupResult synced(long requestId) {
    return answer(requestId, SyncGroupResult.class);
  }

  @SuppressWarnings("unchecked") // Commits are answered with a list of codes.
  List<ErrorCode> codes(long requestId) {
    return answer(requestId, List.class);
  }

  // ---- time

  /** Lets time pass, with a tick whenever one is due. */
  void advance(long byMs) {
    long untilMs = nowMs + byMs;
    OptionalLong next = core.nextDeadlineMs();
    while (next.isPresent() && next.getAsLong() <= untilMs) {
      nowMs = Math.max(nowMs, next.getAsLong());
      perform(core.onTick(now()));
      next = core.nextDeadlineMs();
    }
    nowMs = untilMs;
  }

  /** The process stands still, then goes on. */
  void standStill(long forMs) {
    nowMs += forMs;
    perform(core.onTick(now()));
  }

  // ---- the log

  void holdAppends() {
    holding = true;
  }

  /** The oldest append is committed. */
  void commitAppend() {
    Append append = inFlight.remove();
    log.addAll(append.records());
    perform(core.onAppended(append.writeId(), now()));
  }

  void refuseAppend(ErrorCode error) {
    perform(core.onAppendRefused(inFlight.remove().writeId(), error, now()));
  }

  void releaseAppends() {
    holding = false;
    while (!inFlight.isEmpty()) {
      commitAppend();
    }
  }

  /** Another broker takes over: it knows what is in the log and nothing else. */
  void failOver() {
    inFlight.clear();
    core = new GroupCoordinator(settings, this::newMemberId);
    log.forEach(core::replay);
    perform(core.onLoaded(now()));
  }

  private void perform(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof Answer answer) {
        if (answers.putIfAbsent(answer.requestId(), answer.reply()) != null) {
          throw new IllegalStateException("request " + answer.requestId() + " answered twice");
        }
      } else if (effect instanceof Append append) {
        inFlight.add(append);
      } else if (effect instanceof Report report) {
        reports.add(report.line());
      }
    }
    if (!holding) {
      releaseAppends();
    }
  }
}
