package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import java.util.List;
import java.util.Optional;

/**
 * What became of one partition's records.
 *
 * @param baseOffset offset of the first record; -1 on error. For a duplicate, the offset it got the
 *     first time.
 * @param logAppendTimeMs wall clock the batch was stamped with, -1 under create time
 * @param recordErrors which records of the batch were at fault, when that is known
 */
public record AppendResult(
    TopicIdPartition partition,
    ErrorCode error,
    Optional<String> errorMessage,
    long baseOffset,
    long lastOffset,
    long logAppendTimeMs,
    long logStartOffset,
    List<RecordError> recordErrors) {

  /** One record at fault, by its index within the batch. */
  public record RecordError(int batchIndex, String message) {}

  public AppendResult {
    recordErrors = List.copyOf(recordErrors);
  }

  /** The records were refused; nothing was written. */
  public static AppendResult refused(
      TopicIdPartition partition, ErrorCode error, String message, long logStartOffset) {
    return new AppendResult(
        partition, error, Optional.of(message), -1, -1, -1, logStartOffset, List.of());
  }
}
