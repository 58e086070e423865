package io.gofka.group;

import io.gofka.group.JoinGroup.Protocol;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One member of a {@link ClassicGroup}: what it has told of itself, and what it waits for. */
final class ClassicMember {
  private final String memberId;
  private final Optional<String> groupInstanceId;
  private final String clientId;
  private final String clientHost;
  private List<Protocol> protocols;
  private int sessionTimeoutMs;
  private int rebalanceTimeoutMs;
  private Bytes assignment = Bytes.EMPTY;
  private boolean joinedOnce;
  private OptionalLong parkedJoin = OptionalLong.empty();
  private OptionalLong parkedSync = OptionalLong.empty();

  ClassicMember(String memberId, JoinGroup join) {
    this.memberId = memberId;
    this.groupInstanceId = join.groupInstanceId();
    this.clientId = join.clientId();
    this.clientHost = join.clientHost();
    update(join);
  }

  /** A member as it was saved; its session begins anew. */
  ClassicMember(GroupRecord.Member saved, String protocolName) {
    this.memberId = saved.memberId();
    this.groupInstanceId = saved.groupInstanceId();
    this.clientId = saved.clientId();
    this.clientHost = saved.clientHost();
    this.protocols = List.of(new Protocol(protocolName, saved.subscription()));
    this.sessionTimeoutMs = saved.sessionTimeoutMs();
    this.rebalanceTimeoutMs = saved.rebalanceTimeoutMs();
    this.assignment = saved.assignment();
    this.joinedOnce = true;
  }

  String memberId() {
    return memberId;
  }

  Optional<String> groupInstanceId() {
    return groupInstanceId;
  }

  String clientId() {
    return clientId;
  }

  String clientHost() {
    return clientHost;
  }

  int sessionTimeoutMs() {
    return sessionTimeoutMs;
  }

  int rebalanceTimeoutMs() {
    return rebalanceTimeoutMs;
  }

  Bytes assignment() {
    return assignment;
  }

  void assign(Bytes newAssignment) {
    assignment = newAssignment;
  }

  /** Takes over what the member tells of itself when it joins again. */
  void update(JoinGroup join) {
    protocols = join.protocols();
    sessionTimeoutMs = join.sessionTimeoutMs();
    rebalanceTimeoutMs = join.rebalanceTimeoutMs();
  }

  /** Whether the member wants what it wanted before. */
  boolean wants(List<Protocol> others) {
    return protocols.equals(others);
  }

  List<Protocol> protocols() {
    return protocols;
  }

  boolean supports(String protocolName) {
    return protocols.stream().anyMatch(protocol -> protocol.name().equals(protocolName));
  }

  /** What the member wants under this protocol; nothing when it doesn't know it. */
  Bytes metadata(String protocolName) {
    for (Protocol protocol : protocols) {
      if (protocol.name().equals(protocolName)) {
        return protocol.metadata();
      }
    }
    return Bytes.EMPTY;
  }

  /** Whether the member has been part of a generation: before that it cannot send heartbeats. */
  boolean joinedOnce() {
    return joinedOnce;
  }

  void joined() {
    joinedOnce = true;
  }

  boolean awaitsJoin() {
    return parkedJoin.isPresent();
  }

  boolean awaitsSync() {
    return parkedSync.isPresent();
  }

  void parkJoin(long requestId) {
    parkedJoin = OptionalLong.of(requestId);
  }

  void parkSync(long requestId) {
    parkedSync = OptionalLong.of(requestId);
  }

  /** The join that is to be answered, which from now on isn't parked any more. */
  OptionalLong takeJoin() {
    OptionalLong taken = parkedJoin;
    parkedJoin = OptionalLong.empty();
    return taken;
  }

  /** The sync that is to be answered, which from now on isn't parked any more. */
  OptionalLong takeSync() {
    OptionalLong taken = parkedSync;
    parkedSync = OptionalLong.empty();
    return taken;
  }

  /** For the log: who it is and where. */
  @Override
  public String toString() {
    return memberId
        + groupInstanceId.map(id -> " (instance " + id + ")").orElse("")
        + " of client "
        + clientId
        + " at "
        + clientHost;
  }
}
