package io.gofka.group;

import java.util.Map;
import java.util.Optional;

/**
 * A member asks for its assignment; the leader brings all of them. Answered with a {@link
 * SyncGroupResult} once the assignment is committed to the log.
 *
 * @param protocolType refused when it is there and isn't the group's (KIP-559)
 * @param protocolName likewise
 * @param assignments by member id; empty for followers
 */
public record SyncGroup(
    String groupId,
    int generationId,
    String memberId,
    Optional<String> groupInstanceId,
    Optional<String> protocolType,
    Optional<String> protocolName,
    Map<String, Bytes> assignments) {
  public SyncGroup {
    assignments = Map.copyOf(assignments);
  }
}
