package io.gofka.group;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.GroupRecord.GroupMetadata;
import io.gofka.group.JoinGroup.Protocol;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The members of one group of the classic protocol and what they have agreed on. It keeps its own
 * numbers right; what happens when is decided by {@link ClassicRebalance} and {@link
 * ClassicMembership}. The states and their order: {@link GroupState}.
 */
final class ClassicGroup {
  private final String groupId;
  private GroupState state = GroupState.EMPTY;
  private long stateTimestampMs;
  private long stateSinceMs;
  private int generationId;
  private Optional<String> protocolType = Optional.empty();
  private Optional<String> protocolName = Optional.empty();
  private Optional<String> leaderId = Optional.empty();

  /** In the order in which they came, so that the first one leads. */
  private final Map<String, ClassicMember> members = new LinkedHashMap<>();

  private final Map<String, String> memberIdsByInstance = new TreeMap<>();

  /** Ids given to clients that have not come back with them yet. */
  private final Set<String> pendingMembers = new LinkedHashSet<>();

  /** Members of this generation that have not asked for their assignment yet. */
  private final Set<String> pendingSyncs = new LinkedHashSet<>();

  private int numAwaitingJoin;
  private Optional<InitialDelay> initialDelay = Optional.empty();
  private boolean assignmentInFlight;

  /**
   * The first rebalance of an empty group, which waits a little for more members.
   *
   * @param remainingMs how much longer than the wait under way it may take
   * @param memberAdded whether somebody came during the wait under way
   */
  record InitialDelay(int remainingMs, boolean memberAdded) {}

  ClassicGroup(String groupId, Moment moment) {
    this.groupId = groupId;
    this.stateTimestampMs = moment.timestampMs();
    this.stateSinceMs = moment.nowMs();
  }

  /** A group as it was saved: its members have what they were assigned then. */
  ClassicGroup(String groupId, GroupMetadata saved) {
    this.groupId = groupId;
    this.generationId = saved.generationId();
    this.stateTimestampMs = saved.stateTimestampMs();
    this.stateSinceMs = Retention.BEFORE_LOADING;
    this.protocolType = Optional.of(saved.protocolType()).filter(type -> !type.isEmpty());
    if (!saved.members().isEmpty()) {
      this.state = GroupState.STABLE;
      this.protocolName = saved.protocolName();
      for (GroupRecord.Member member : saved.members()) {
        add(new ClassicMember(member, saved.protocolName().orElse("")));
      }
      this.leaderId = saved.leaderId().filter(members::containsKey).or(this::leaderId);
    }
  }

  String groupId() {
    return groupId;
  }

  GroupState state() {
    return state;
  }

  boolean is(GroupState other) {
    return state == other;
  }

  /** Since when it has been in its state; nothing when that is not known. */
  Optional<Retention.Since> stateSince() {
    return stateTimestampMs < 0
        ? Optional.empty()
        : Optional.of(new Retention.Since(stateSinceMs, stateTimestampMs));
  }

  int generationId() {
    return generationId;
  }

  Optional<String> protocolType() {
    return protocolType;
  }

  Optional<String> protocolName() {
    return protocolName;
  }

  Optional<String> leaderId() {
    return leaderId;
  }

  boolean isLeader(String memberId) {
    return leaderId.isPresent() && leaderId.get().equals(memberId);
  }

  void become(GroupState next, Moment moment) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(
          "group " + groupId + " cannot go from " + state + " to " + next);
    }
    state = next;
    stateTimestampMs = moment.timestampMs();
    stateSinceMs = moment.nowMs();
  }

  // ---- members

  Collection<ClassicMember> members() {
    return members.values();
  }

  int size() {
    return members.size();
  }

  boolean has(String memberId) {
    return members.containsKey(memberId);
  }

  ClassicMember member(String memberId) {
    ClassicMember member = members.get(memberId);
    if (member == null) {
      throw new IllegalStateException(memberId + " is not in group " + groupId);
    }
    return member;
  }

  Optional<String> memberIdOfInstance(String groupInstanceId) {
    return Optional.ofNullable(memberIdsByInstance.get(groupInstanceId));
  }

  /**
   * The member that a request names.
   *
   * @throws ApiException UNKNOWN_MEMBER_ID; FENCED_INSTANCE_ID when another member has taken over
   *     its instance id (KIP-345)
   */
  ClassicMember validMember(String memberId, Optional<String> groupInstanceId) {
    if (groupInstanceId.isPresent()) {
      String holder = memberIdsByInstance.get(groupInstanceId.get());
      if (holder == null) {
        throw new ApiException(
            ErrorCode.UNKNOWN_MEMBER_ID,
            "group " + groupId + " has no static member " + groupInstanceId.get());
      }
      if (!holder.equals(memberId)) {
        throw new ApiException(
            ErrorCode.FENCED_INSTANCE_ID,
            "static member " + groupInstanceId.get() + " is " + holder + " now, not " + memberId);
      }
    }
    ClassicMember member = members.get(memberId);
    if (member == null) {
      throw new ApiException(
          ErrorCode.UNKNOWN_MEMBER_ID, "group " + groupId + " has no member " + memberId);
    }
    return member;
  }

  /** The first member of an empty group decides on the protocol type and leads. */
  void add(ClassicMember member, String firstProtocolType) {
    if (members.isEmpty()) {
      protocolType = Optional.of(firstProtocolType);
    }
    add(member);
  }

  private void add(ClassicMember member) {
    member.groupInstanceId().ifPresent(id -> memberIdsByInstance.put(id, member.memberId()));
    members.put(member.memberId(), member);
    pendingMembers.remove(member.memberId());
    if (leaderId.isEmpty()) {
      leaderId = Optional.of(member.memberId());
    }
    if (member.awaitsJoin()) {
      numAwaitingJoin++;
    }
  }

  /** The member must have been answered before. */
  void remove(ClassicMember member) {
    if (member.awaitsJoin() || member.awaitsSync()) {
      throw new IllegalStateException(member + " would never get an answer");
    }
    members.remove(member.memberId());
    member.groupInstanceId().ifPresent(id -> memberIdsByInstance.remove(id, member.memberId()));
    pendingSyncs.remove(member.memberId());
    if (isLeader(member.memberId())) {
      leaderId = members.keySet().stream().findFirst();
    }
  }

  /**
   * Puts a static member that has come back under a new id in the place of its former self, whose
   * assignment and, if it was the leader, leadership it takes over.
   */
  void replace(ClassicMember former, ClassicMember successor) {
    boolean led = isLeader(former.memberId());
    boolean owedSync = pendingSyncs.contains(former.memberId());
    successor.assign(former.assignment());
    remove(former);
    add(successor);
    if (led) {
      leaderId = Optional.of(successor.memberId());
    }
    if (owedSync) {
      pendingSyncs.add(successor.memberId());
    }
  }

  boolean isPending(String memberId) {
    return pendingMembers.contains(memberId);
  }

  int numPending() {
    return pendingMembers.size();
  }

  void addPending(String memberId) {
    pendingMembers.add(memberId);
  }

  boolean removePending(String memberId) {
    return pendingMembers.remove(memberId);
  }

  /** Nobody would miss it: no members, and it never had a generation. */
  boolean isBlank() {
    return state == GroupState.EMPTY
        && generationId == 0
        && members.isEmpty()
        && pendingMembers.isEmpty();
  }

  // ---- joining

  int numAwaitingJoin() {
    return numAwaitingJoin;
  }

  void parkJoin(ClassicMember member, long requestId) {
    if (!member.awaitsJoin()) {
      numAwaitingJoin++;
    }
    member.parkJoin(requestId);
  }

  /** To be called with each join taken off a member. */
  void joinTaken() {
    numAwaitingJoin--;
  }

  boolean allHaveJoined() {
    return numAwaitingJoin == members.size() && pendingMembers.isEmpty();
  }

  Optional<InitialDelay> initialDelay() {
    return initialDelay;
  }

  void setInitialDelay(Optional<InitialDelay> delay) {
    initialDelay = delay;
  }

  /** The longest time that one of the members asks for. */
  int rebalanceTimeoutMs() {
    return members.values().stream().mapToInt(ClassicMember::rebalanceTimeoutMs).max().orElse(0);
  }

  /**
   * Sees to it that the leader is one of those that have joined.
   *
   * @return false when nobody has
   */
  boolean electJoinedLeader() {
    if (leaderId.isPresent() && member(leaderId.get()).awaitsJoin()) {
      return true;
    }
    Optional<String> joined =
        members.values().stream()
            .filter(ClassicMember::awaitsJoin)
            .map(ClassicMember::memberId)
            .findFirst();
    if (joined.isPresent()) {
      leaderId = joined;
    }
    return joined.isPresent();
  }

  /** All members that there are now make the next generation. */
  void beginNextGeneration(Moment moment) {
    generationId = generationId == Integer.MAX_VALUE ? 1 : generationId + 1;
    initialDelay = Optional.empty();
    assignmentInFlight = false;
    if (members.isEmpty()) {
      protocolName = Optional.empty();
      become(GroupState.EMPTY, moment);
    } else {
      protocolName = Optional.of(electProtocol());
      become(GroupState.COMPLETING_REBALANCE, moment);
    }
  }

  // ---- protocols

  /** Whether a member with these protocols could be part of this group. */
  boolean fits(String otherProtocolType, List<Protocol> protocols) {
    if (members.isEmpty()) {
      return !otherProtocolType.isEmpty() && !protocols.isEmpty();
    }
    Set<String> common = commonProtocols();
    return protocolType.equals(Optional.of(otherProtocolType))
        && protocols.stream().anyMatch(protocol -> common.contains(protocol.name()));
  }

  /**
   * Each member votes for what it wants most of what all of them can do; among equals the one that
   * got its first vote from the earlier member wins.
   */
  String electProtocol() {
    Set<String> common = commonProtocols();
    Map<String, Integer> votes = new LinkedHashMap<>();
    for (ClassicMember member : members.values()) {
      member.protocols().stream()
          .map(Protocol::name)
          .filter(common::contains)
          .findFirst()
          .ifPresent(name -> votes.merge(name, 1, Integer::sum));
    }
    String elected = null;
    for (Map.Entry<String, Integer> candidate : votes.entrySet()) {
      if (elected == null || candidate.getValue() > votes.get(elected)) {
        elected = candidate.getKey();
      }
    }
    if (elected == null) {
      throw new IllegalStateException("the members of group " + groupId + " share no protocol");
    }
    return elected;
  }

  private Set<String> commonProtocols() {
    Set<String> common = null;
    for (ClassicMember member : members.values()) {
      Set<String> names = new HashSet<>();
      member.protocols().forEach(protocol -> names.add(protocol.name()));
      if (common == null) {
        common = names;
      } else {
        common.retainAll(names);
      }
    }
    return common == null ? Set.of() : common;
  }

  boolean usesConsumerProtocol() {
    return protocolType.isPresent()
        && protocolType.get().equals(ConsumerSubscription.PROTOCOL_TYPE);
  }

  /** The topics that any member subscribes to, or nothing when that cannot be told. */
  Optional<Set<String>> subscribedTopics() {
    if (!usesConsumerProtocol()) {
      return Optional.empty();
    }
    if (members.isEmpty()) {
      return Optional.of(Set.of());
    }
    if (protocolName.isEmpty()) {
      return Optional.empty();
    }
    Set<String> topics = new HashSet<>();
    for (ClassicMember member : members.values()) {
      Optional<Set<String>> wanted =
          ConsumerSubscription.topics(member.metadata(protocolName.get()));
      if (wanted.isEmpty()) {
        return Optional.empty();
      }
      topics.addAll(wanted.get());
    }
    return Optional.of(topics);
  }

  // ---- syncing

  Set<String> pendingSyncs() {
    return pendingSyncs;
  }

  /** The leader's assignment is on its way to the log; another one from it is a repetition. */
  boolean assignmentInFlight() {
    return assignmentInFlight;
  }

  void setAssignmentInFlight(boolean inFlight) {
    assignmentInFlight = inFlight;
  }

  /** What is saved of this generation when its members get these assignments. */
  GroupMetadata metadata(Map<String, Bytes> assignments) {
    List<GroupRecord.Member> saved =
        members.values().stream()
            .map(
                member ->
                    new GroupRecord.Member(
                        member.memberId(),
                        member.groupInstanceId(),
                        member.clientId(),
                        member.clientHost(),
                        member.rebalanceTimeoutMs(),
                        member.sessionTimeoutMs(),
                        member.metadata(protocolName.orElse("")),
                        assignments.getOrDefault(member.memberId(), Bytes.EMPTY)))
            .toList();
    return new GroupMetadata(
        protocolType.orElse(""), generationId, protocolName, leaderId, stateTimestampMs, saved);
  }

  /** What each member has now. */
  Map<String, Bytes> assignments() {
    Map<String, Bytes> assignments = new LinkedHashMap<>();
    members.forEach((memberId, member) -> assignments.put(memberId, member.assignment()));
    return assignments;
  }
}
