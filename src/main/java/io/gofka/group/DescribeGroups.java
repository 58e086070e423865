package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * What do groups look like? Answered with one {@link Described} for each, in the same order; a
 * group nobody has heard of is {@link GroupState#DEAD} with GROUP_ID_NOT_FOUND.
 */
public record DescribeGroups(List<String> groupIds) {
  /**
   * @param protocolType empty when there is none
   * @param protocolName empty unless the group is stable
   */
  public record Described(
      String groupId,
      ErrorCode error,
      GroupState state,
      String protocolType,
      String protocolName,
      List<Member> members) {
    public Described {
      members = List.copyOf(members);
    }

    static Described refused(String groupId, ErrorCode error) {
      return new Described(groupId, error, GroupState.DEAD, "", "", List.of());
    }
  }

  /**
   * @param metadata what it wants, under the protocol in force; empty unless the group is stable
   */
  public record Member(
      String memberId,
      Optional<String> groupInstanceId,
      String clientId,
      String clientHost,
      Bytes metadata,
      Bytes assignment) {}

  public DescribeGroups {
    groupIds = List.copyOf(groupIds);
  }
}
