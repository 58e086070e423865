package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * The generation that a member has become part of, or why it has not.
 *
 * @param memberId the id to use from now on; also set with MEMBER_ID_REQUIRED
 * @param generationId -1 on error
 * @param leaderId the member that assigns; empty on error
 * @param skipAssignment the leader need not assign, because the assignment of its predecessor holds
 * @param members all members with what they want; empty for followers
 */
public record JoinGroupResult(
    ErrorCode error,
    String memberId,
    int generationId,
    Optional<String> protocolType,
    Optional<String> protocolName,
    String leaderId,
    boolean skipAssignment,
    List<Member> members) {

  /** A member as the leader sees it. */
  public record Member(String memberId, Optional<String> groupInstanceId, Bytes metadata) {}

  public JoinGroupResult {
    members = List.copyOf(members);
  }

  public static JoinGroupResult refused(ErrorCode error, String memberId) {
    return new JoinGroupResult(
        error, memberId, -1, Optional.empty(), Optional.empty(), "", false, List.of());
  }
}
