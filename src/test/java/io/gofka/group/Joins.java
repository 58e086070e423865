package io.gofka.group;

import io.gofka.group.JoinGroup.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests of members as tests write them; each call changes a copy. */
record Joins(
    String memberId,
    Optional<String> instanceId,
    int sessionTimeoutMs,
    int rebalanceTimeoutMs,
    String protocolType,
    List<Protocol> protocols,
    boolean firstTakesMemberId,
    boolean canSkip) {

  /** A new dynamic member that joins at once, like an old client. */
  static Joins newcomer() {
    return new Joins(
        "",
        Optional.empty(),
        CoordinatorDriver.SESSION_MS,
        CoordinatorDriver.REBALANCE_MS,
        "consumer",
        List.of(PlainAssignment.PROTOCOL),
        false,
        false);
  }

  static Joins known(String memberId) {
    return newcomer().as(memberId);
  }

  static Joins instance(String instanceId) {
    Joins n = newcomer();
    return new Joins(
        "",
        Optional.of(instanceId),
        n.sessionTimeoutMs,
        n.rebalanceTimeoutMs,
        n.protocolType,
        n.protocols,
        true,
        false);
  }

  Joins as(String id) {
    return new Joins(
        id,
        instanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
        firstTakesMemberId,
        canSkip);
  }

  Joins takingMemberIdFirst() {
    return new Joins(
        memberId,
        instanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
        true,
        canSkip);
  }

  Joins skipping() {
    return new Joins(
        memberId,
        instanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
        firstTakesMemberId,
        true);
  }

  Joins session(int ms) {
    return new Joins(
        memberId,
        instanceId,
        ms,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
        firstTakesMemberId,
        canSkip);
  }

  Joins rebalance(int ms) {
    return new Joins(
        memberId,
        instanceId,
        sessionTimeoutMs,
        ms,
        protocolType,
        protocols,
        firstTakesMemberId,
        canSkip);
  }

  Joins ofType(String type) {
    return new Joins(
        memberId,
        instanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        type,
        protocols,
        firstTakesMemberId,
        canSkip);
  }

  /** Names of protocols, each with the same wish. */
  Joins with(String... names) {
    List<Protocol> some = new ArrayList<>();
    for (String name : names) {
      some.add(new Protocol(name, bytes("wants")));
    }
    return withProtocols(some);
  }

  Joins wanting(String wish) {
    return withProtocols(
        protocols.stream().map(one -> new Protocol(one.name(), bytes(wish))).toList());
  }

  /** Subscribes to topics in the way of Kafka's consumers. */
  Joins subscribing(String... topics) {
    io.netty.buffer.ByteBuf out = io.netty.buffer.Unpooled.buffer();
    out.writeShort(0).writeInt(topics.length);
    for (String topic : topics) {
      byte[] name = topic.getBytes(StandardCharsets.UTF_8);
      out.writeShort(name.length).writeBytes(name);
    }
    out.writeInt(-1);
    return withProtocols(List.of(new Protocol("range", Bytes.copyOf(out))));
  }

  private Joins withProtocols(List<Protocol> some) {
    return new Joins(
        memberId,
        instanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        some,
        firstTakesMemberId,
        canSkip);
  }

  JoinGroup toJoin() {
    return new JoinGroup(
        CoordinatorDriver.GROUP,
        memberId,
        instanceId,
        "client",
        "/127.0.0.1",
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
        firstTakesMemberId,
        canSkip,
        Optional.empty());
  }

  static SyncGroup sync(int generationId, String memberId, Map<String, String> assignments) {
    return sync(generationId, memberId, Optional.empty(), assignments);
  }

  static SyncGroup sync(
      int generationId,
      String memberId,
      Optional<String> instanceId,
      Map<String, String> assignments) {
    Map<String, Bytes> bytes = new java.util.HashMap<>();
    assignments.forEach((id, assignment) -> bytes.put(id, bytes(assignment)));
    return new SyncGroup(
        CoordinatorDriver.GROUP,
        generationId,
        memberId,
        instanceId,
        Optional.empty(),
        Optional.empty(),
        bytes);
  }

  static Bytes bytes(String text) {
    return PlainAssignment.bytes(text);
  }
}
