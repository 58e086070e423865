package io.gofka.group;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A member wants to be part of the next generation. Answered with a {@link JoinGroupResult}, which
 * may take as long as the rebalance.
 *
 * @param memberId empty when the coordinator shall give one
 * @param groupInstanceId set for a static member (KIP-345)
 * @param clientHost address of the client, for people
 * @param protocols what the member can do, most wanted first
 * @param rebalanceTimeoutMs how long the group waits for this member in a rebalance
 * @param firstTakesMemberId whether a new dynamic member is sent away once with a member id, so
 *     that a client that gives up on a join leaves nothing behind (KIP-394)
 * @param canSkipAssignment whether the member, when it takes the place of the leader, understands
 *     that it must not assign anew (KIP-814)
 * @param reason why it joins, for the log (KIP-800)
 */
public record JoinGroup(
    String groupId,
    String memberId,
    Optional<String> groupInstanceId,
    String clientId,
    String clientHost,
    int sessionTimeoutMs,
    int rebalanceTimeoutMs,
    String protocolType,
    List<Protocol> protocols,
    boolean firstTakesMemberId,
    boolean canSkipAssignment,
    Optional<String> reason) {

  /** One way in which the members can divide the work; the metadata is what this member wants. */
  public record Protocol(String name, Bytes metadata) {
    public Protocol {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(metadata, "metadata");
    }
  }

  public JoinGroup {
    protocols = List.copyOf(protocols);
  }
}
