package io.gofka.group;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.group.DescribeGroups.Described;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.GroupRecord.OffsetRecord;
import io.gofka.group.ListGroups.Listed;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * The groups of one partition of {@code __consumer_offsets}: their members and their offsets.
 *
 * <p>Confined to one thread, without I/O or clock: the owner passes in each event with the time and
 * carries out the returned effects in order. A request that isn't answered by the effects of its
 * own event is parked and answered by those of a later one. First the records of the partition are
 * {@link #replay replayed}, then {@link #onLoaded} begins the sessions.
 *
 * <p>What is durable and what isn't: offsets and deletions take effect when their records are
 * committed to the log, so a refused append leaves nothing to take back. Membership lives in memory
 * and runs ahead of the log; its record only tells a successor who had what. A refused append of it
 * therefore makes the group rebalance, and nobody has been told of the generation that was not
 * saved. When the outcome of an append is unknown, the owner throws the coordinator away and loads
 * another from the log.
 *
 * <p>Source: KIP-62, KIP-211 (expiry), KIP-345, KIP-394, KIP-496 (deletion of offsets).
 */
final class GroupCoordinator {
  /** Writes on their way to the log; further commits and deletions are sent away meanwhile. */
  static final int MAX_PENDING_WRITES = 100_000;

  /**
   * A tick that comes so late means that the whole process stood still. What the members have sent
   * meanwhile still waits in our sockets, so nobody has been silent or late yet.
   */
  static final long STANDSTILL_MS = 1_000;

  /** How much longer than we stood still members get: time for the heartbeat they send next. */
  private static final long STANDSTILL_GRACE_MS = 3_000;

  /** Newer requests may carry longer names than the format of the records has room for. */
  static final int MAX_NAME_BYTES = Short.MAX_VALUE;

  private final GroupSettings settings;
  private final Map<String, ClassicGroup> groups = new TreeMap<>();
  private final GroupOffsets offsets;
  private final Deadlines deadlines = new Deadlines();
  private final PendingWrites writes = new PendingWrites();
  private final LogPatience patience;
  private final Tombstones tombstones;
  private final ClassicRebalance rebalance;
  private final ClassicMembership membership;
  private OptionalLong nextExpiryCheckMs = OptionalLong.empty();

  GroupCoordinator(GroupSettings settings, ClassicMembership.MemberIds memberIds) {
    this.settings = settings;
    this.offsets = new GroupOffsets(settings);
    this.patience = new LogPatience(settings.offsetsCommitTimeoutMs());
    this.tombstones = new Tombstones(writes, offsets);
    this.rebalance = new ClassicRebalance(settings, deadlines, writes);
    this.membership = new ClassicMembership(settings, deadlines, writes, rebalance, memberIds);
  }

  // ---- loading

  /** A record that is in the log; the later one of a key wins. */
  void replay(GroupRecord record) {
    if (record instanceof OffsetRecord offset) {
      offsets.apply(offset, Retention.BEFORE_LOADING);
    } else if (record instanceof GroupMetadataRecord group) {
      if (group.value().isPresent()) {
        groups.put(group.groupId(), new ClassicGroup(group.groupId(), group.value().get()));
      } else {
        groups.remove(group.groupId());
      }
    }
  }

  /** The log has been replayed: from now on members must be heard of. */
  List<Effect> onLoaded(Moment moment) {
    Step step = new Step(moment);
    offsets.onLoaded(moment.nowMs());
    nextExpiryCheckMs =
        OptionalLong.of(moment.nowMs() + settings.offsetsRetentionCheckIntervalMs());
    for (ClassicGroup group : groups.values()) {
      group.members().forEach(member -> rebalance.beginSession(step, group, member));
      if (group.size() > settings.groupMaxSize()) {
        rebalance.rebalance(step, group, "it has more members than it may have now");
      }
    }
    return step.effects();
  }

  // ---- membership

  /** Answered with {@link JoinGroupResult}. */
  List<Effect> join(long requestId, JoinGroup join, Moment moment) {
    Step step = new Step(moment);
    try {
      checkJoin(join);
      ClassicGroup group = groups.get(join.groupId());
      if (group == null) {
        if (!join.memberId().isEmpty()) {
          throw noSuchGroup(join.groupId(), ErrorCode.UNKNOWN_MEMBER_ID);
        }
        group = new ClassicGroup(join.groupId(), moment);
        groups.put(join.groupId(), group);
      }
      membership.join(step, group, requestId, join);
    } catch (ApiException refused) {
      String memberId =
          refused.errorCode() == ErrorCode.GROUP_MAX_SIZE_REACHED ? "" : join.memberId();
      step.answer(requestId, JoinGroupResult.refused(refused.errorCode(), memberId));
    }
    dropBlank(join.groupId());
    return step.effects();
  }

  private void checkJoin(JoinGroup join) {
    checkGroupId(join.groupId());
    checkSize(join.groupId(), ErrorCode.INVALID_GROUP_ID);
    checkSize(join.protocolType(), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    join.protocols()
        .forEach(protocol -> checkSize(protocol.name(), ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
    join.groupInstanceId().ifPresent(id -> checkSize(id, ErrorCode.INVALID_REQUEST));
    if (join.sessionTimeoutMs() < settings.groupMinSessionTimeoutMs()
        || join.sessionTimeoutMs() > settings.groupMaxSessionTimeoutMs()) {
      throw new ApiException(
          ErrorCode.INVALID_SESSION_TIMEOUT,
          "a session of "
              + join.sessionTimeoutMs()
              + " ms is not between "
              + settings.groupMinSessionTimeoutMs()
              + " and "
              + settings.groupMaxSessionTimeoutMs());
    }
  }

  /** Answered with {@link SyncGroupResult}. */
  List<Effect> sync(long requestId, SyncGroup sync, Moment moment) {
    Step step = new Step(moment);
    try {
      membership.sync(step, memberGroup(sync.groupId()), requestId, sync);
    } catch (ApiException refused) {
      step.answer(requestId, SyncGroupResult.refused(refused.errorCode()));
    }
    return step.effects();
  }

  /** Answered with {@link ErrorCode}. */
  List<Effect> heartbeat(long requestId, Heartbeat heartbeat, Moment moment) {
    Step step = new Step(moment);
    try {
      ClassicGroup group = memberGroup(heartbeat.groupId());
      step.answer(requestId, membership.heartbeat(step, group, heartbeat));
    } catch (ApiException refused) {
      step.answer(requestId, refused.errorCode());
    }
    return step.effects();
  }

  /** Answered with {@link LeaveGroup.Result}. */
  List<Effect> leave(long requestId, LeaveGroup leave, Moment moment) {
    Step step = new Step(moment);
    try {
      checkGroupId(leave.groupId());
      ClassicGroup group = groups.get(leave.groupId());
      if (group == null) {
        group = new ClassicGroup(leave.groupId(), moment); // Nobody is in there.
      }
      step.answer(requestId, membership.leave(step, group, leave));
    } catch (ApiException refused) {
      step.answer(requestId, LeaveGroup.Result.refused(refused.errorCode()));
    }
    dropBlank(leave.groupId());
    return step.effects();
  }

  private static void checkGroupId(String groupId) {
    if (groupId.isEmpty()) {
      throw new ApiException(ErrorCode.INVALID_GROUP_ID, "the group id is empty");
    }
  }

  private static void checkSize(String name, ErrorCode error) {
    if (ByteBufUtil.utf8Bytes(name) > MAX_NAME_BYTES) {
      throw new ApiException(error, "a name of more than " + MAX_NAME_BYTES + " bytes");
    }
  }

  private ClassicGroup memberGroup(String groupId) {
    checkGroupId(groupId);
    ClassicGroup group = groups.get(groupId);
    if (group == null || group.is(GroupState.EMPTY)) {
      throw noSuchGroup(groupId, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    return group;
  }

  private static ApiException noSuchGroup(String groupId, ErrorCode error) {
    return new ApiException(error, "there is no group " + groupId + ", or it has no members");
  }

  private void dropBlank(String groupId) {
    ClassicGroup group = groups.get(groupId);
    if (group != null && group.isBlank()) {
      groups.remove(groupId);
    }
  }

  // ---- offsets

  /** Answered with one {@link ErrorCode} for each offset. */
  List<Effect> commitOffsets(long requestId, CommitOffsets commit, Moment moment) {
    Step step = new Step(moment);
    Optional<ClassicGroup> group = group(commit.groupId());
    try {
      checkRoom();
      checkSize(commit.groupId(), ErrorCode.INVALID_GROUP_ID);
      GroupOffsets.checkCommit(group, commit);
    } catch (ApiException refused) {
      step.answer(requestId, everywhere(commit, refused.errorCode()));
      return step.effects();
    }
    group
        .filter(known -> known.has(commit.memberId()))
        .ifPresent(known -> rebalance.beginSession(step, known, known.member(commit.memberId())));
    List<ErrorCode> codes = offsets.check(commit);
    List<OffsetRecord> records = offsets.records(commit, moment.timestampMs());
    if (records.isEmpty()) {
      step.answer(requestId, codes);
      return step.effects();
    }
    offsets.takeOff(records);
    patience.begin(step, requestId, everywhere(commit, ErrorCode.COORDINATOR_NOT_AVAILABLE));
    writes.append(
        step,
        records,
        new PendingWrites.Outcome() {
          @Override
          public void committed(Step later) {
            offsets.land(records);
            records.forEach(record -> offsets.apply(record, later.nowMs()));
            patience.answer(later, requestId, codes);
          }

          @Override
          public void refused(Step later, ErrorCode error) {
            offsets.land(records);
            patience.answer(
                later,
                requestId,
                everywhere(
                    commit,
                    error == ErrorCode.MESSAGE_TOO_LARGE
                        ? ErrorCode.INVALID_COMMIT_OFFSET_SIZE
                        : error));
          }
        });
    return step.effects();
  }

  private static List<ErrorCode> everywhere(CommitOffsets commit, ErrorCode error) {
    return commit.offsets().stream().map(offset -> error).toList();
  }

  /** What is committed to the log, which changes nothing and needs no effects. */
  FetchOffsets.Result fetchOffsets(FetchOffsets.Query query) {
    return new FetchOffsets.Result(query.groupId(), ErrorCode.NONE, offsets.fetch(query));
  }

  /** Answered with {@link DeleteOffsets.Result}. */
  List<Effect> deleteOffsets(long requestId, DeleteOffsets delete, Moment moment) {
    Step step = new Step(moment);
    List<ErrorCode> codes = new ArrayList<>();
    NavigableSet<TopicPartition> deleted = new TreeSet<>();
    try {
      checkRoom();
      Optional<ClassicGroup> group = existing(delete.groupId());
      boolean busy = group.isPresent() && !group.get().is(GroupState.EMPTY);
      if (busy && !group.get().usesConsumerProtocol()) {
        throw new ApiException(
            ErrorCode.NON_EMPTY_GROUP, "group " + delete.groupId() + " has members");
      }
      // Whose subscription cannot be told may subscribe to anything.
      Optional<Set<String>> subscribed =
          busy ? group.get().subscribedTopics() : Optional.of(Set.of());
      NavigableSet<TopicPartition> known = offsets.known(delete.groupId());
      for (TopicPartition partition : delete.partitions()) {
        if (subscribed.isEmpty() || subscribed.get().contains(partition.topic())) {
          codes.add(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
        } else {
          codes.add(ErrorCode.NONE);
          if (known.contains(partition)) {
            deleted.add(partition);
          }
        }
      }
    } catch (ApiException refused) {
      step.answer(requestId, DeleteOffsets.Result.refused(refused.errorCode()));
      return step.effects();
    }
    patience.begin(
        step, requestId, DeleteOffsets.Result.refused(ErrorCode.COORDINATOR_NOT_AVAILABLE));
    tombstones.write(
        step,
        GroupOffsets.tombstones(delete.groupId(), deleted),
        (later, error) ->
            patience.answer(
                later,
                requestId,
                error == ErrorCode.NONE
                    ? new DeleteOffsets.Result(ErrorCode.NONE, codes)
                    : DeleteOffsets.Result.refused(error)));
    return step.effects();
  }

  /** Topics are gone, and so are the offsets in them; ids by name. */
  List<Effect> onTopicsDeleted(Map<String, UUID> topics, Moment moment) {
    Step step = new Step(moment);
    // Refused deletions are made up for when the offsets expire.
    tombstones.write(step, offsets.tombstonesOfTopics(topics), (later, error) -> {});
    return step.effects();
  }

  // ---- groups

  /** Groups in the order of their ids. */
  List<Listed> list(ListGroups wanted) {
    NavigableSet<String> groupIds = new TreeSet<>(groups.keySet());
    groupIds.addAll(offsets.groupIds());
    List<Listed> listed = new ArrayList<>();
    for (String groupId : groupIds) {
      Optional<ClassicGroup> group = group(groupId);
      String state = group.map(ClassicGroup::state).orElse(GroupState.EMPTY).toString();
      if ((wanted.states().isEmpty() || wanted.states().contains(lowerCase(state)))
          && (wanted.types().isEmpty() || wanted.types().contains(ListGroups.CLASSIC))) {
        String protocolType = group.flatMap(ClassicGroup::protocolType).orElse("");
        listed.add(new Listed(groupId, protocolType, state, ListGroups.CLASSIC));
      }
    }
    return listed;
  }

  private static String lowerCase(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  Described describe(String groupId) {
    Optional<ClassicGroup> known;
    try {
      known = existing(groupId);
    } catch (ApiException refused) {
      return Described.refused(groupId, refused.errorCode());
    }
    if (known.isEmpty()) {
      return new Described(groupId, ErrorCode.NONE, GroupState.EMPTY, "", "", List.of());
    }
    ClassicGroup group = known.get();
    String protocolName = group.is(GroupState.STABLE) ? group.protocolName().orElse("") : "";
    List<DescribeGroups.Member> members =
        group.members().stream()
            .map(
                member ->
                    new DescribeGroups.Member(
                        member.memberId(),
                        member.groupInstanceId(),
                        member.clientId(),
                        member.clientHost(),
                        member.metadata(protocolName),
                        member.assignment()))
            .toList();
    return new Described(
        groupId,
        ErrorCode.NONE,
        group.state(),
        group.protocolType().orElse(""),
        protocolName,
        members);
  }

  /** Answered with {@link ErrorCode}. */
  List<Effect> deleteGroup(long requestId, String groupId, Moment moment) {
    Step step = new Step(moment);
    try {
      checkRoom();
      Optional<ClassicGroup> group = existing(groupId);
      if (group.isPresent() && !group.get().is(GroupState.EMPTY)) {
        throw new ApiException(ErrorCode.NON_EMPTY_GROUP, "group " + groupId + " has members");
      }
      patience.begin(step, requestId, ErrorCode.COORDINATOR_NOT_AVAILABLE);
      bury(
          step,
          groupId,
          offsets.known(groupId),
          (later, error) -> patience.answer(later, requestId, error));
    } catch (ApiException refused) {
      step.answer(requestId, refused.errorCode());
    }
    return step.effects();
  }

  /**
   * Forgets these offsets and the group. Who joins from now on finds a new group, whose records
   * come after the tombstones.
   */
  private void bury(
      Step step,
      String groupId,
      NavigableSet<TopicPartition> partitions,
      BiConsumer<Step, ErrorCode> done) {
    List<GroupRecord> records = new ArrayList<>(GroupOffsets.tombstones(groupId, partitions));
    ClassicGroup group = groups.remove(groupId);
    if (group != null) {
      records.add(GroupMetadataRecord.tombstone(groupId));
    }
    tombstones.write(
        step,
        records,
        (later, error) -> {
          if (group != null && error != ErrorCode.NONE) {
            groups.putIfAbsent(groupId, group);
          }
          done.accept(later, error);
        });
    if (group != null) {
      step.report(group, "deleted");
    }
  }

  /**
   * The group with this id; nothing where only offsets are kept under it.
   *
   * @throws ApiException GROUP_ID_NOT_FOUND
   */
  private Optional<ClassicGroup> existing(String groupId) {
    Optional<ClassicGroup> group = group(groupId);
    if (group.isEmpty() && !offsets.has(groupId)) {
      throw noSuchGroup(groupId, ErrorCode.GROUP_ID_NOT_FOUND);
    }
    return group;
  }

  private Optional<ClassicGroup> group(String groupId) {
    return Optional.ofNullable(groups.get(groupId));
  }

  // ---- time

  /** When {@link #onTick} is due next. */
  OptionalLong nextDeadlineMs() {
    return earlier(earlier(deadlines.next(), patience.nextDeadlineMs()), nextExpiryCheckMs);
  }

  private static OptionalLong earlier(OptionalLong one, OptionalLong other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isEmpty() ? other : one;
    }
    return OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
  }

  List<Effect> onTick(Moment moment) {
    Step step = new Step(moment);
    OptionalLong due = deadlines.next();
    if (due.isPresent() && moment.nowMs() - due.getAsLong() > STANDSTILL_MS) {
      long lateMs = moment.nowMs() - due.getAsLong();
      deadlines.postpone(lateMs + STANDSTILL_GRACE_MS);
    }
    Optional<Deadlines.Timer> timer = deadlines.pollDue(moment.nowMs());
    while (timer.isPresent()) {
      onDue(step, timer.get());
      timer = deadlines.pollDue(moment.nowMs());
    }
    patience.onTick(step);
    if (nextExpiryCheckMs.isPresent() && moment.nowMs() >= nextExpiryCheckMs.getAsLong()) {
      nextExpiryCheckMs =
          OptionalLong.of(moment.nowMs() + settings.offsetsRetentionCheckIntervalMs());
      expire(step);
    }
    return step.effects();
  }

  private void onDue(Step step, Deadlines.Timer timer) {
    ClassicGroup group = groups.get(timer.groupId());
    if (group == null) {
      return; // Deleted; an empty group leaves at most pending members behind.
    }
    switch (timer.kind()) {
      case SESSION -> membership.onSessionTimeout(step, group, timer.memberId());
      case JOIN -> rebalance.onJoinTimeout(step, group);
      case SYNC -> rebalance.onSyncTimeout(step, group);
    }
    dropBlank(timer.groupId());
  }

  private void expire(Step step) {
    NavigableSet<String> groupIds = new TreeSet<>(groups.keySet());
    groupIds.addAll(offsets.groupIds());
    for (String groupId : groupIds) {
      if (writes.size() >= MAX_PENDING_WRITES) {
        return; // The next check goes on.
      }
      Optional<ClassicGroup> group = group(groupId);
      NavigableSet<TopicPartition> expired = offsets.expired(groupId, group, step.moment());
      boolean over =
          group.isPresent()
              && group.get().is(GroupState.EMPTY)
              && group.get().numPending() == 0
              && expired.size() == offsets.size(groupId)
              && !offsets.hasInFlight(groupId);
      if (over) {
        bury(step, groupId, expired, (later, error) -> {});
      } else {
        tombstones.write(step, GroupOffsets.tombstones(groupId, expired), (later, error) -> {});
      }
    }
  }

  // ---- writes

  /** The records of this write are committed to the log. */
  List<Effect> onAppended(long writeId, Moment moment) {
    Step step = new Step(moment);
    writes.onAppended(step, writeId);
    return step.effects();
  }

  /**
   * The records of this write are not in the log and never will be.
   *
   * @param error what the members are told; MESSAGE_TOO_LARGE when the records don't fit into a
   *     batch
   */
  List<Effect> onAppendRefused(long writeId, ErrorCode error, Moment moment) {
    Step step = new Step(moment);
    writes.onRefused(step, writeId, error);
    return step.effects();
  }

  private void checkRoom() {
    if (writes.size() >= MAX_PENDING_WRITES) {
      throw new ApiException(
          ErrorCode.COORDINATOR_NOT_AVAILABLE, writes.size() + " writes wait for the log");
    }
  }

  /** The whole durable state, for a comparison with that of another coordinator. */
  Map<String, ?> offsetsSnapshot() {
    return offsets.snapshot();
  }
}
