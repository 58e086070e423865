package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import java.util.List;

/** Move logs to other log directories of this broker; answered with one {@link Moved} for each. */
public record MoveLogs(List<Move> moves) {
  public MoveLogs {
    moves = List.copyOf(moves);
  }

  /**
   * @param directory absolute path, as DescribeLogDirs tells it
   */
  public record Move(TopicPartition partition, String directory) {}

  /**
   * @param error NONE when the log lies there or is on its way. LOG_DIR_NOT_FOUND: the broker has
   *     no such directory. KAFKA_STORAGE_ERROR: the directory or the log can't be used now.
   *     UNKNOWN_TOPIC_OR_PARTITION, REPLICA_NOT_AVAILABLE: there is no log yet; if there ever is,
   *     it is made there
   */
  public record Moved(TopicPartition partition, ErrorCode error) {}
}
