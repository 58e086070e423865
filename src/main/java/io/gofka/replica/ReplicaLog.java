package io.gofka.replica;

import io.gofka.common.OffsetAndEpoch;
import java.util.Optional;

/**
 * What leading and following have to know of the partition's log on this broker. It is asked within
 * the events of a core and answers as the log then is.
 */
public interface ReplicaLog {
  long logStartOffset();

  /** Behind the last record that is part of the log. */
  long logEndOffset();

  /**
   * Everything below is as durable as the topic wants: the log's end, except where records have to
   * be synced first.
   */
  long durableEndOffset();

  long highWatermark();

  /** Leader epoch of the last record, -1 when the log has none. */
  int lastRecordEpoch();

  /** Leader epoch at the log's start, -1 for none: nothing is known of earlier ones any more. */
  int firstEpoch();

  /** The latest leader epoch the log knows of, with or without records; -1 for none. */
  int latestEpoch();

  /**
   * The largest epoch not above {@code leaderEpoch} and the offset behind its last record; empty
   * when the log knows nothing of it.
   */
  Optional<OffsetAndEpoch> epochEnd(int leaderEpoch);
}
