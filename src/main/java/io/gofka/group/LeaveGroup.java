package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Optional;

/** Members leave, or an administrator sends them away. Answered with a {@link Result}. */
public record LeaveGroup(String groupId, List<Leaving> members) {
  /**
   * @param memberId empty when a static member is meant by its instance id alone
   * @param reason why, for the log (KIP-800)
   */
  public record Leaving(
      String memberId, Optional<String> groupInstanceId, Optional<String> reason) {}

  /**
   * What became of the request.
   *
   * @param error of the request as a whole
   * @param members one for each that was to leave, in the same order; empty when there is an error
   */
  public record Result(ErrorCode error, List<Left> members) {
    public Result {
      members = List.copyOf(members);
    }

    public static Result refused(ErrorCode error) {
      return new Result(error, List.of());
    }
  }

  /** What became of one member. */
  public record Left(String memberId, Optional<String> groupInstanceId, ErrorCode error) {}

  public LeaveGroup {
    members = List.copyOf(members);
  }
}
