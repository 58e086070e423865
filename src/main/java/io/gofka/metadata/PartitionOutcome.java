package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import java.util.Optional;

/**
 * What became of a wish for one partition.
 *
 * @param message empty without error
 */
public record PartitionOutcome(
    TopicPartition partition, ErrorCode error, Optional<String> message) {
  static PartitionOutcome done(TopicPartition partition) {
    return new PartitionOutcome(partition, ErrorCode.NONE, Optional.empty());
  }

  static PartitionOutcome refused(TopicPartition partition, ErrorCode error, String message) {
    return new PartitionOutcome(partition, error, Optional.of(message));
  }
}
