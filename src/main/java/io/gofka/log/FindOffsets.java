package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.ReadRecords.IsolationLevel;
import java.util.List;

/**
 * Look offsets up by timestamp or by name in partitions of one shard. Answered with one {@link
 * Found} for each query, in the same order.
 */
public record FindOffsets(List<Query> queries, IsolationLevel isolationLevel) {
  /** The end of what the reader may see. */
  public static final long LATEST = -1;

  /** The log start offset. */
  public static final long EARLIEST = -2;

  /** The record with the greatest timestamp (KIP-734). */
  public static final long MAX_TIMESTAMP = -3;

  /** The first offset on this node's disk (KIP-405); the log start offset here. */
  public static final long EARLIEST_LOCAL = -4;

  /** The last offset in remote storage (KIP-1005); none here. */
  public static final long LATEST_TIERED = -5;

  /** The first offset not yet in remote storage (KIP-1023); none here, as in Kafka without it. */
  public static final long EARLIEST_PENDING_UPLOAD = -6;

  /**
   * @param currentLeaderEpoch the leader epoch that the asker knows, -1 when none
   * @param timestamp wall clock in ms: the first record not older is looked for; or one of the
   *     constants above
   */
  public record Query(TopicIdPartition partition, int currentLeaderEpoch, long timestamp) {}

  /**
   * @param offset -1 when there is no such record
   * @param timestamp of that record, -1 where the query was not by time
   * @param leaderEpoch of that record, -1 when unknown
   */
  public record Found(
      TopicIdPartition partition, ErrorCode error, long offset, long timestamp, int leaderEpoch) {}

  public FindOffsets {
    queries = List.copyOf(queries);
  }
}
