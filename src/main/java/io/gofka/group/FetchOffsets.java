package io.gofka.group;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How far have groups come? Answered with one {@link Result} for each query, in the same order.
 * Only what is committed to the log counts.
 */
public record FetchOffsets(List<Query> queries) {
  /**
   * @param partitions those asked for; empty optional for all that have an offset
   */
  public record Query(String groupId, Optional<List<Partition>> partitions) {
    public Query {
      partitions = partitions.map(List::copyOf);
    }
  }

  /**
   * @param topicId zero when it isn't known; an offset committed to another topic of that name
   *     doesn't count
   */
  public record Partition(TopicPartition partition, UUID topicId) {}

  /**
   * @param error of the group as a whole: then there are no offsets
   * @param offsets in the order asked for, or of the partitions
   */
  public record Result(String groupId, ErrorCode error, List<Fetched> offsets) {
    public Result {
      offsets = List.copyOf(offsets);
    }
  }

  /**
   * @param offset -1 when there is none
   * @param leaderEpoch -1 when unknown
   */
  public record Fetched(
      TopicPartition partition, UUID topicId, long offset, int leaderEpoch, String metadata) {
    static Fetched none(Partition asked) {
      return new Fetched(asked.partition(), asked.topicId(), -1, -1, "");
    }
  }

  public FetchOffsets {
    queries = List.copyOf(queries);
  }
}
