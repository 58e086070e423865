package io.gofka.group;

import java.util.List;
import java.util.Set;

/**
 * Which groups does this broker coordinate? Answered with a list of {@link Listed}; fails with
 * COORDINATOR_LOAD_IN_PROGRESS while some are being loaded.
 *
 * @param states wanted, in lower case; empty for all
 * @param types wanted, in lower case; empty for all
 */
public record ListGroups(Set<String> states, Set<String> types) {
  /** The one type of group that there is so far. */
  public static final String CLASSIC = "classic";

  /**
   * @param protocolType empty for a group that only keeps offsets
   */
  public record Listed(String groupId, String protocolType, String state, String type) {}

  /** All that were asked for, in the order of their ids within each partition. */
  public record Result(List<Listed> groups) {
    public Result {
      groups = List.copyOf(groups);
    }
  }

  public ListGroups {
    states = Set.copyOf(states);
    types = Set.copyOf(types);
  }
}
