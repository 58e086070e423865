package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * Where did a leader epoch end? Answered with one {@link EpochEnd} for each query, in the same
 * order. Source: KIP-101, KIP-279, KIP-320.
 */
public record FindEpochEnds(List<Query> queries) {
  /**
   * @param currentLeaderEpoch the leader epoch that the asker knows, -1 when none
   * @param leaderEpoch the epoch whose end is asked for
   */
  public record Query(TopicIdPartition partition, int currentLeaderEpoch, int leaderEpoch) {}

  /**
   * @param leaderEpoch the largest epoch of the log not above the one asked for, -1 when there is
   *     none
   * @param endOffset first offset after that epoch, -1 when there is none
   */
  public record EpochEnd(
      TopicIdPartition partition, ErrorCode error, int leaderEpoch, long endOffset) {}

  public FindEpochEnds {
    queries = List.copyOf(queries);
  }
}
