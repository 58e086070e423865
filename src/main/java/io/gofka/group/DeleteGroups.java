package io.gofka.group;

import java.util.List;

/**
 * Forget groups without members, with all their offsets. Answered with one {@link
 * io.gofka.common.ErrorCode} for each, in the same order, once that is committed to the log.
 */
public record DeleteGroups(List<String> groupIds) {
  public DeleteGroups {
    groupIds = List.copyOf(groupIds);
  }
}
