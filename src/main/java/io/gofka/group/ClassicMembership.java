package io.gofka.group;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.LeaveGroup.Left;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What members of the classic protocol may ask for, and what they are told: joining, fetching the
 * assignment, heartbeats, leaving, and falling silent. Part of {@link GroupCoordinator}. Source:
 * KIP-62, KIP-134, KIP-345 (static members), KIP-394 (member ids first), KIP-559, KIP-800, KIP-814.
 */
final class ClassicMembership {
  /**
   * Ids that one group has given away without having seen them again. Each lasts a session timeout,
   * so that joins alone could otherwise fill the memory.
   */
  static final int MAX_PENDING_MEMBERS = 10_000;

  /** So much of the client's name goes into a member id, which must fit into a record itself. */
  static final int MAX_MEMBER_ID_PREFIX = 255;

  private final GroupSettings settings;
  private final Deadlines deadlines;
  private final PendingWrites writes;
  private final ClassicRebalance rebalance;
  private final MemberIds memberIds;

  /** Makes ids that no member of any group has had. */
  interface MemberIds {
    /**
     * @param prefix what people recognise the member by
     */
    String next(String prefix);
  }

  ClassicMembership(
      GroupSettings settings,
      Deadlines deadlines,
      PendingWrites writes,
      ClassicRebalance rebalance,
      MemberIds memberIds) {
    this.settings = settings;
    this.deadlines = deadlines;
    this.writes = writes;
    this.rebalance = rebalance;
    this.memberIds = memberIds;
  }

  // ---- joining

  /**
   * Answers at once or parks the request.
   *
   * @throws ApiException when the join is refused
   */
  void join(Step step, ClassicGroup group, long requestId, JoinGroup join) {
    checkSize(step, group, join);
    if (!group.fits(join.protocolType(), join.protocols())) {
      throw new ApiException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
          "the members of group " + group.groupId() + " share no protocol with the new one");
    }
    if (join.memberId().isEmpty()) {
      if (join.groupInstanceId().isPresent()) {
        joinStatic(step, group, requestId, join);
      } else {
        joinDynamic(step, group, requestId, join);
      }
    } else if (group.isPending(join.memberId()) && join.groupInstanceId().isEmpty()) {
      add(step, group, requestId, join, join.memberId());
    } else {
      rejoin(step, group, requestId, join);
    }
  }

  /** group.max.size: in a rebalance the first to join stay, at other times those who are in. */
  private void checkSize(Step step, ClassicGroup group, JoinGroup join) {
    String memberId = formerMemberId(group, join).orElse(join.memberId());
    boolean member = group.has(memberId);
    boolean accepted =
        switch (group.state()) {
          case EMPTY, DEAD -> true;
          case PREPARING_REBALANCE ->
              (member && group.member(memberId).awaitsJoin())
                  || group.numAwaitingJoin() < settings.groupMaxSize();
          case COMPLETING_REBALANCE, STABLE -> member || group.size() < settings.groupMaxSize();
        };
    if (!accepted) {
      if (member) {
        rebalance.remove(step, group, group.member(memberId), "the group is full");
        rebalance.afterRemoval(step, group, "a member too many was removed");
      }
      throw new ApiException(
          ErrorCode.GROUP_MAX_SIZE_REACHED,
          "group " + group.groupId() + " has " + settings.groupMaxSize() + " members already");
    }
  }

  /** Under which id the group knows a static member that comes back without one. */
  private static Optional<String> formerMemberId(ClassicGroup group, JoinGroup join) {
    return join.memberId().isEmpty()
        ? join.groupInstanceId().flatMap(group::memberIdOfInstance)
        : Optional.empty();
  }

  private void joinDynamic(Step step, ClassicGroup group, long requestId, JoinGroup join) {
    String memberId = newMemberId(join.clientId());
    if (!join.firstTakesMemberId()) {
      add(step, group, requestId, join, memberId);
      return;
    }
    if (group.numPending() >= MAX_PENDING_MEMBERS) {
      throw new ApiException(
          ErrorCode.GROUP_MAX_SIZE_REACHED,
          "group " + group.groupId() + " has too many members that never came back");
    }
    group.addPending(memberId);
    deadlines.arm(
        ClassicRebalance.session(group, memberId), step.nowMs() + join.sessionTimeoutMs());
    step.answer(requestId, JoinGroupResult.refused(ErrorCode.MEMBER_ID_REQUIRED, memberId));
  }

  private String newMemberId(String name) {
    return memberIds.next(name.substring(0, Math.min(name.length(), MAX_MEMBER_ID_PREFIX)));
  }

  private void joinStatic(Step step, ClassicGroup group, long requestId, JoinGroup join) {
    String instanceId = join.groupInstanceId().orElseThrow();
    String memberId = newMemberId(instanceId);
    Optional<String> formerId = formerMemberId(group, join);
    if (formerId.isEmpty()) {
      add(step, group, requestId, join, memberId);
    } else {
      replace(step, group, requestId, join, group.member(formerId.get()), memberId);
    }
  }

  private void add(Step step, ClassicGroup group, long requestId, JoinGroup join, String memberId) {
    ClassicMember member = new ClassicMember(memberId, join);
    group.add(member, join.protocolType());
    group.parkJoin(member, requestId);
    group
        .initialDelay()
        .ifPresent(
            delay ->
                group.setInitialDelay(
                    Optional.of(new ClassicGroup.InitialDelay(delay.remainingMs(), true))));
    rebalance.beginFirstSession(step, group, member);
    rebalance.rebalance(step, group, "member " + member + " joins" + because(join.reason()));
  }

  /** A static member is back under a new id: nothing needs to move if it finds what it had. */
  private void replace(
      Step step,
      ClassicGroup group,
      long requestId,
      JoinGroup join,
      ClassicMember former,
      String memberId) {
    Optional<String> formerLeaderId = group.leaderId();
    rebalance.answerJoin(
        step,
        group,
        former,
        JoinGroupResult.refused(ErrorCode.FENCED_INSTANCE_ID, former.memberId()));
    rebalance.answerSync(
        step, group, former, SyncGroupResult.refused(ErrorCode.FENCED_INSTANCE_ID));
    deadlines.cancel(ClassicRebalance.session(group, former.memberId()));
    ClassicMember successor = new ClassicMember(memberId, join);
    group.replace(former, successor);
    step.report(group, "static member " + successor + " takes the place of " + former.memberId());
    if (former.joinedOnce()) {
      successor.joined();
      rebalance.beginSession(step, group, successor);
    } else {
      rebalance.beginFirstSession(step, group, successor);
    }
    switch (group.state()) {
      case STABLE -> {
        if (group.electProtocol().equals(group.protocolName().orElse(""))) {
          saveReplacement(step, group, requestId, join, successor, formerLeaderId);
        } else {
          group.parkJoin(successor, requestId);
          rebalance.rebalance(step, group, "static member " + successor + " changed the protocol");
        }
      }
      case COMPLETING_REBALANCE, PREPARING_REBALANCE -> {
        group.parkJoin(successor, requestId);
        rebalance.rebalance(step, group, "static member " + successor + " is back");
      }
      case EMPTY, DEAD ->
          throw new IllegalStateException("a group that is " + group.state() + " has members");
    }
  }

  /**
   * The generation goes on with the new id, as soon as a successor of this broker would know it.
   */
  private void saveReplacement(
      Step step,
      ClassicGroup group,
      long requestId,
      JoinGroup join,
      ClassicMember successor,
      Optional<String> formerLeaderId) {
    group.parkJoin(successor, requestId);
    boolean leads = group.isLeader(successor.memberId());
    // A leader that doesn't know that it may skip the assignment must not learn that it leads.
    boolean skips = leads && join.canSkipAssignment();
    JoinGroupResult current = ClassicRebalance.generation(group, successor);
    JoinGroupResult result =
        new JoinGroupResult(
            ErrorCode.NONE,
            successor.memberId(),
            current.generationId(),
            current.protocolType(),
            current.protocolName(),
            (skips ? group.leaderId() : formerLeaderId).orElse(""),
            skips,
            skips ? current.members() : List.of());
    writes.append(
        step,
        List.of(
            new GroupMetadataRecord(
                group.groupId(), Optional.of(group.metadata(group.assignments())))),
        new PendingWrites.Outcome() {
          @Override
          public void committed(Step later) {
            if (awaited()) {
              rebalance.answerJoin(later, group, successor, result);
            }
          }

          @Override
          public void refused(Step later, ErrorCode error) {
            // The new id stays: its owner joins again by the instance id, and that is saved then.
            if (awaited()) {
              rebalance.answerJoin(later, group, successor, JoinGroupResult.refused(error, ""));
            }
          }

          private boolean awaited() {
            // In a rebalance that began meanwhile the parked join counts for the next generation.
            return group.is(GroupState.STABLE)
                && group.generationId() == result.generationId()
                && group.has(successor.memberId());
          }
        });
  }

  private void rejoin(Step step, ClassicGroup group, long requestId, JoinGroup join) {
    ClassicMember member = group.validMember(join.memberId(), join.groupInstanceId());
    boolean unchanged = member.wants(join.protocols());
    switch (group.state()) {
      case COMPLETING_REBALANCE -> {
        if (unchanged) {
          // It has not got our answer, so it gets it again.
          answerAtOnce(step, group, member, requestId, ClassicRebalance.generation(group, member));
        } else {
          update(step, group, member, requestId, join, "member " + member + " changed");
        }
      }
      case STABLE -> {
        if (group.isLeader(member.memberId())) {
          // How a leader tells that what is to be divided has changed.
          update(step, group, member, requestId, join, "leader " + member + " joins again");
        } else if (unchanged) {
          answerAtOnce(step, group, member, requestId, ClassicRebalance.generation(group, member));
        } else {
          update(step, group, member, requestId, join, "member " + member + " changed");
        }
      }
      case PREPARING_REBALANCE -> update(step, group, member, requestId, join, "");
      case EMPTY, DEAD ->
          throw new IllegalStateException("a group that is " + group.state() + " has members");
    }
  }

  private void answerAtOnce(
      Step step, ClassicGroup group, ClassicMember member, long requestId, JoinGroupResult result) {
    step.answer(requestId, result);
    if (!member.awaitsJoin()) {
      rebalance.beginSession(step, group, member);
    }
  }

  private void update(
      Step step,
      ClassicGroup group,
      ClassicMember member,
      long requestId,
      JoinGroup join,
      String reason) {
    // The member has given up on an earlier request, or it would not have sent another.
    rebalance.answerJoin(
        step,
        group,
        member,
        JoinGroupResult.refused(ErrorCode.REBALANCE_IN_PROGRESS, member.memberId()));
    member.update(join);
    group.parkJoin(member, requestId);
    rebalance.rebalance(step, group, reason + because(join.reason()));
  }

  private static String because(Optional<String> reason) {
    return reason.filter(text -> !text.isEmpty()).map(text -> ": " + text).orElse("");
  }

  // ---- syncing

  /**
   * Answers at once or parks the request.
   *
   * @throws ApiException when the sync is refused
   */
  void sync(Step step, ClassicGroup group, long requestId, SyncGroup sync) {
    ClassicMember member = group.validMember(sync.memberId(), sync.groupInstanceId());
    checkGeneration(group, sync.generationId());
    if (differs(sync.protocolType(), group.protocolType())
        || differs(sync.protocolName(), group.protocolName())) {
      throw new ApiException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
          "group "
              + group.groupId()
              + " goes by "
              + group.protocolName().orElse("no protocol")
              + ", not by "
              + sync.protocolName().orElse("none"));
    }
    switch (group.state()) {
      case COMPLETING_REBALANCE -> {
        rebalance.answerSync(
            step, group, member, SyncGroupResult.refused(ErrorCode.REBALANCE_IN_PROGRESS));
        member.parkSync(requestId);
        rebalance.synced(group, member);
        if (group.isLeader(member.memberId()) && !group.assignmentInFlight()) {
          rebalance.assign(step, group, sync.assignments());
        }
      }
      case STABLE -> {
        step.answer(requestId, ClassicRebalance.assignment(group, member));
        rebalance.beginSession(step, group, member);
        rebalance.synced(group, member);
      }
      case PREPARING_REBALANCE ->
          step.answer(requestId, SyncGroupResult.refused(ErrorCode.REBALANCE_IN_PROGRESS));
      case EMPTY, DEAD ->
          throw new IllegalStateException("a group that is " + group.state() + " has members");
    }
  }

  private static boolean differs(Optional<String> told, Optional<String> known) {
    return told.isPresent() && !told.equals(known);
  }

  static void checkGeneration(ClassicGroup group, int generationId) {
    if (group.generationId() != generationId) {
      throw new ApiException(
          ErrorCode.ILLEGAL_GENERATION,
          "group "
              + group.groupId()
              + " is at generation "
              + group.generationId()
              + ", not "
              + generationId);
    }
  }

  // ---- being alive

  /**
   * @return NONE, or REBALANCE_IN_PROGRESS when the member shall join again
   * @throws ApiException when the heartbeat is refused
   */
  ErrorCode heartbeat(Step step, ClassicGroup group, Heartbeat heartbeat) {
    ClassicMember member = group.validMember(heartbeat.memberId(), heartbeat.groupInstanceId());
    checkGeneration(group, heartbeat.generationId());
    rebalance.beginSession(step, group, member);
    return group.is(GroupState.PREPARING_REBALANCE)
        ? ErrorCode.REBALANCE_IN_PROGRESS
        : ErrorCode.NONE;
  }

  /** Nothing was heard of this member, or of the owner of this pending id, for its session. */
  void onSessionTimeout(Step step, ClassicGroup group, String memberId) {
    if (group.removePending(memberId)) {
      step.report(group, "member " + memberId + " never came back with its new id");
      rebalance.maybeCompleteJoin(step, group);
      return;
    }
    if (!group.has(memberId)) {
      return;
    }
    ClassicMember member = group.member(memberId);
    boolean waitsForUs = member.awaitsJoin() || member.awaitsSync();
    if (waitsForUs && member.joinedOnce()) {
      return; // It cannot send heartbeats while we owe it an answer; that begins its session anew.
    }
    rebalance.remove(
        step,
        group,
        member,
        member.joinedOnce()
            ? "it was not heard of for " + member.sessionTimeoutMs() + " ms"
            : "its first rebalance took too long");
    rebalance.afterRemoval(step, group, "the session of member " + memberId + " is over");
  }

  // ---- leaving

  LeaveGroup.Result leave(Step step, ClassicGroup group, LeaveGroup leave) {
    List<Left> left = new ArrayList<>();
    for (LeaveGroup.Leaving member : leave.members()) {
      left.add(new Left(member.memberId(), member.groupInstanceId(), leave(step, group, member)));
    }
    if (left.stream().anyMatch(member -> member.error() == ErrorCode.NONE)) {
      rebalance.afterRemoval(step, group, "members left");
    }
    return new LeaveGroup.Result(ErrorCode.NONE, left);
  }

  private ErrorCode leave(Step step, ClassicGroup group, LeaveGroup.Leaving leaving) {
    String memberId = leaving.memberId();
    if (leaving.groupInstanceId().isEmpty() && group.removePending(memberId)) {
      deadlines.cancel(ClassicRebalance.session(group, memberId));
      return ErrorCode.NONE;
    }
    if (memberId.isEmpty() && leaving.groupInstanceId().isPresent()) {
      // An administrator knows the instance, not the id that the member has been given.
      memberId = group.memberIdOfInstance(leaving.groupInstanceId().get()).orElse("");
    }
    try {
      ClassicMember member = group.validMember(memberId, leaving.groupInstanceId());
      rebalance.remove(step, group, member, "it leaves" + because(leaving.reason()));
      return ErrorCode.NONE;
    } catch (ApiException refused) {
      return refused.errorCode();
    }
  }
}
