package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.group.ClassicGroup.InitialDelay;
import io.gofka.group.Deadlines.Kind;
import io.gofka.group.Deadlines.Timer;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.JoinGroupResult.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a group of the classic protocol gets from one generation to the next: everybody joins, the
 * leader assigns, everybody fetches its part. Part of {@link GroupCoordinator}.
 *
 * <p>A parked request is answered exactly once: with the outcome, with the error of whatever came
 * between, or because a later request of the same member has taken its place.
 */
final class ClassicRebalance {
  /**
   * A new member waits for its first generation without heartbeats; a client that is gone must not
   * be waited for forever.
   */
  static final int NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

  /** However short a time members give each other, waiting again must not keep us busy. */
  private static final int MIN_JOIN_AGAIN_MS = 1_000;

  private final GroupSettings settings;
  private final Deadlines deadlines;
  private final PendingWrites writes;

  ClassicRebalance(GroupSettings settings, Deadlines deadlines, PendingWrites writes) {
    this.settings = settings;
    this.deadlines = deadlines;
    this.writes = writes;
  }

  // ---- joining

  /** A member came or changed: a rebalance begins, or the one under way may be complete. */
  void rebalance(Step step, ClassicGroup group, String reason) {
    if (group.is(GroupState.PREPARING_REBALANCE)) {
      maybeCompleteJoin(step, group);
    } else {
      prepare(step, group, reason);
    }
  }

  private void prepare(Step step, ClassicGroup group, String reason) {
    if (group.is(GroupState.COMPLETING_REBALANCE)) {
      failSyncs(step, group, ErrorCode.REBALANCE_IN_PROGRESS);
    }
    group.pendingSyncs().clear();
    deadlines.cancel(timer(Kind.SYNC, group));
    boolean first = group.is(GroupState.EMPTY);
    group.become(GroupState.PREPARING_REBALANCE, step.moment());
    step.report(group, "rebalance because " + reason);
    int delayMs = settings.groupInitialRebalanceDelayMs();
    if (first && delayMs > 0) {
      int remainingMs = Math.max(group.rebalanceTimeoutMs() - delayMs, 0);
      group.setInitialDelay(Optional.of(new InitialDelay(remainingMs, false)));
      deadlines.arm(timer(Kind.JOIN, group), step.nowMs() + delayMs);
    } else {
      deadlines.arm(timer(Kind.JOIN, group), step.nowMs() + group.rebalanceTimeoutMs());
      maybeCompleteJoin(step, group);
    }
  }

  /** Nobody has to be waited for any more? The initial delay of an empty group is sat out. */
  void maybeCompleteJoin(Step step, ClassicGroup group) {
    if (group.is(GroupState.PREPARING_REBALANCE)
        && group.initialDelay().isEmpty()
        && group.allHaveJoined()) {
      completeJoin(step, group);
    }
  }

  /** The time to join is over. */
  void onJoinTimeout(Step step, ClassicGroup group) {
    Optional<InitialDelay> delay = group.initialDelay();
    if (delay.isPresent() && delay.get().memberAdded() && delay.get().remainingMs() > 0) {
      int delayMs = Math.min(settings.groupInitialRebalanceDelayMs(), delay.get().remainingMs());
      group.setInitialDelay(
          Optional.of(new InitialDelay(delay.get().remainingMs() - delayMs, false)));
      deadlines.arm(timer(Kind.JOIN, group), step.nowMs() + delayMs);
    } else {
      completeJoin(step, group);
    }
  }

  private void completeJoin(Step step, ClassicGroup group) {
    for (ClassicMember member : List.copyOf(group.members())) {
      // A static member keeps its place until its session is over: it may just be restarting.
      if (!member.awaitsJoin() && member.groupInstanceId().isEmpty()) {
        remove(step, group, member, "it did not join again within the rebalance timeout");
      }
    }
    group.setInitialDelay(Optional.empty());
    if (group.size() > 0 && !group.electJoinedLeader()) {
      // Only static members that are away: without a leader there is no generation.
      int againMs = Math.max(group.rebalanceTimeoutMs(), MIN_JOIN_AGAIN_MS);
      deadlines.arm(timer(Kind.JOIN, group), step.nowMs() + againMs);
      return;
    }
    deadlines.cancel(timer(Kind.JOIN, group));
    group.beginNextGeneration(step.moment());
    if (group.is(GroupState.EMPTY)) {
      saveEmpty(step, group);
      return;
    }
    step.report(group, "joined by " + group.size() + " members");
    for (ClassicMember member : group.members()) {
      answerJoin(step, group, member, generation(group, member));
      member.joined();
      group.pendingSyncs().add(member.memberId());
    }
    deadlines.arm(timer(Kind.SYNC, group), step.nowMs() + group.rebalanceTimeoutMs());
  }

  /** The generation as this member gets to see it: only the leader sees what the others want. */
  static JoinGroupResult generation(ClassicGroup group, ClassicMember member) {
    return new JoinGroupResult(
        ErrorCode.NONE,
        member.memberId(),
        group.generationId(),
        group.protocolType(),
        group.protocolName(),
        group.leaderId().orElse(""),
        false,
        group.isLeader(member.memberId()) ? wishes(group) : List.of());
  }

  /** What all members want, under the protocol elected. */
  static List<Member> wishes(ClassicGroup group) {
    List<Member> wishes = new ArrayList<>();
    for (ClassicMember member : group.members()) {
      wishes.add(
          new Member(
              member.memberId(),
              member.groupInstanceId(),
              member.metadata(group.protocolName().orElse(""))));
    }
    return wishes;
  }

  private void saveEmpty(Step step, ClassicGroup group) {
    step.report(group, "no members are left");
    writes.append(
        step,
        List.of(new GroupMetadataRecord(group.groupId(), Optional.of(group.metadata(Map.of())))),
        new PendingWrites.Outcome() {
          @Override
          public void committed(Step later) {}

          @Override
          public void refused(Step later, ErrorCode error) {
            // A successor would find the former members, wait for them, and come to this again.
            later.report(group, "that it is empty could not be saved: " + error);
          }
        });
  }

  // ---- syncing

  /** The leader has assigned; nobody is told before the log knows. */
  void assign(Step step, ClassicGroup group, Map<String, Bytes> assignments) {
    group.setAssignmentInFlight(true);
    int generationId = group.generationId();
    writes.append(
        step,
        List.of(new GroupMetadataRecord(group.groupId(), Optional.of(group.metadata(assignments)))),
        new PendingWrites.Outcome() {
          @Override
          public void committed(Step later) {
            if (awaited()) {
              settle(later, group, assignments);
            }
          }

          @Override
          public void refused(Step later, ErrorCode error) {
            if (awaited()) {
              failSyncs(later, group, error);
              prepare(later, group, "the assignment could not be saved: " + error);
            }
          }

          private boolean awaited() {
            // A rebalance in between has told everybody to join again; the next generation's
            // record will replace this one.
            return group.is(GroupState.COMPLETING_REBALANCE)
                && group.generationId() == generationId;
          }
        });
  }

  private void settle(Step step, ClassicGroup group, Map<String, Bytes> assignments) {
    group.setAssignmentInFlight(false);
    group.become(GroupState.STABLE, step.moment());
    step.report(group, "assignment by " + group.leaderId().orElse("nobody"));
    for (ClassicMember member : group.members()) {
      member.assign(assignments.getOrDefault(member.memberId(), Bytes.EMPTY));
      answerSync(step, group, member, assignment(group, member));
    }
  }

  static SyncGroupResult assignment(ClassicGroup group, ClassicMember member) {
    return new SyncGroupResult(
        ErrorCode.NONE, group.protocolType(), group.protocolName(), member.assignment());
  }

  private void failSyncs(Step step, ClassicGroup group, ErrorCode error) {
    group.setAssignmentInFlight(false);
    for (ClassicMember member : group.members()) {
      member.assign(Bytes.EMPTY);
      answerSync(step, group, member, SyncGroupResult.refused(error));
    }
  }

  /** The member has asked for its assignment in time. */
  void synced(ClassicGroup group, ClassicMember member) {
    group.pendingSyncs().remove(member.memberId());
    if (group.pendingSyncs().isEmpty()) {
      deadlines.cancel(timer(Kind.SYNC, group));
    }
  }

  /** The time to ask for the assignment is over: who has not is not there any more. */
  void onSyncTimeout(Step step, ClassicGroup group) {
    List<String> late = List.copyOf(group.pendingSyncs());
    for (String memberId : late) {
      remove(
          step,
          group,
          group.member(memberId),
          "it did not ask for its assignment within the rebalance timeout");
    }
    if (!late.isEmpty()) {
      rebalance(step, group, late.size() + " members did not ask for their assignment");
    }
  }

  // ---- leaving

  /** Takes a member out; the group goes on as {@link #afterRemoval} says. */
  void remove(Step step, ClassicGroup group, ClassicMember member, String reason) {
    step.report(group, "member " + member + " is removed because " + reason);
    answerJoin(
        step,
        group,
        member,
        JoinGroupResult.refused(ErrorCode.UNKNOWN_MEMBER_ID, member.memberId()));
    answerSync(step, group, member, SyncGroupResult.refused(ErrorCode.UNKNOWN_MEMBER_ID));
    deadlines.cancel(session(group, member.memberId()));
    group.remove(member);
  }

  /** Members were removed: what they had must be given to others. */
  void afterRemoval(Step step, ClassicGroup group, String reason) {
    switch (group.state()) {
      case STABLE, COMPLETING_REBALANCE -> prepare(step, group, reason);
      case PREPARING_REBALANCE -> maybeCompleteJoin(step, group);
      case EMPTY, DEAD -> {}
    }
  }

  // ---- answers and sessions

  /** Answers the parked join of a member, if there is one, and begins its session. */
  void answerJoin(Step step, ClassicGroup group, ClassicMember member, JoinGroupResult result) {
    OptionalLong join = member.takeJoin();
    if (join.isPresent()) {
      group.joinTaken();
      step.answer(join.getAsLong(), result);
      beginSession(step, group, member);
    }
  }

  /** Answers the parked sync of a member, if there is one, and begins its session. */
  void answerSync(Step step, ClassicGroup group, ClassicMember member, SyncGroupResult result) {
    OptionalLong sync = member.takeSync();
    if (sync.isPresent()) {
      step.answer(sync.getAsLong(), result);
      beginSession(step, group, member);
    }
  }

  /** The member has been heard of. */
  void beginSession(Step step, ClassicGroup group, ClassicMember member) {
    deadlines.arm(session(group, member.memberId()), step.nowMs() + member.sessionTimeoutMs());
  }

  void beginFirstSession(Step step, ClassicGroup group, ClassicMember member) {
    deadlines.arm(session(group, member.memberId()), step.nowMs() + NEW_MEMBER_JOIN_TIMEOUT_MS);
  }

  static Timer session(ClassicGroup group, String memberId) {
    return new Timer(Kind.SESSION, group.groupId(), memberId);
  }

  static Timer timer(Kind kind, ClassicGroup group) {
    return new Timer(kind, group.groupId(), "");
  }
}
