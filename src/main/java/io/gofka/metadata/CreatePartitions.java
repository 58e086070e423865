package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * Give topics more partitions. Answered with one {@link Result} for each topic asked for, in the
 * same order.
 *
 * @param validateOnly tell what would happen and change nothing
 */
public record CreatePartitions(List<Growth> topics, boolean validateOnly, int timeoutMs)
    implements Command<List<CreatePartitions.Result>> {
  /**
   * @param count how many partitions the topic is to have, the present ones included
   * @param assignments replicas of each new partition; empty when the controller chooses
   */
  public record Growth(String topic, int count, Optional<List<List<Integer>>> assignments) {
    public Growth {
      assignments = assignments.map(all -> all.stream().map(List::copyOf).toList());
    }
  }

  /**
   * @param message empty without error
   */
  public record Result(String topic, ErrorCode error, Optional<String> message) {}

  public CreatePartitions {
    topics = List.copyOf(topics);
  }

  /** For somebody who waits as long as is usual. */
  public CreatePartitions(List<Growth> topics, boolean validateOnly) {
    this(topics, validateOnly, DEFAULT_TIMEOUT_MS);
  }
}
