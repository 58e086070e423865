package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Create topics. Answered with one {@link Result} for each name, in the order of their first
 * appearance.
 *
 * @param validateOnly tell what would happen and change nothing
 */
public record CreateTopics(List<NewTopic> topics, boolean validateOnly, int timeoutMs)
    implements Command<List<CreateTopics.Result>> {
  /** Take what the brokers are configured with: a number of partitions or a replication factor. */
  public static final int DEFAULT = -1;

  /**
   * A topic that is wanted.
   *
   * @param partitions number of partitions or {@link #DEFAULT}; {@link #DEFAULT} with assignments
   * @param replicationFactor or {@link #DEFAULT}; {@link #DEFAULT} with assignments
   * @param assignments replicas chosen by the asker; empty when the controller chooses
   * @param configs overrides; a value may be null, which is refused
   */
  public record NewTopic(
      String name,
      int partitions,
      int replicationFactor,
      List<Assignment> assignments,
      Map<String, String> configs) {
    public NewTopic {
      assignments = List.copyOf(assignments);
      configs = Collections.unmodifiableMap(new TreeMap<>(configs));
    }

    /** With what the brokers are configured with. */
    public static NewTopic withDefaults(String name) {
      return new NewTopic(name, DEFAULT, DEFAULT, List.of(), Map.of());
    }
  }

  /**
   * @param brokerIds the preferred leader first
   */
  public record Assignment(int partition, List<Integer> brokerIds) {
    public Assignment {
      brokerIds = List.copyOf(brokerIds);
    }
  }

  /**
   * @param message empty without error
   * @param topicId {@link Uuids#ZERO} when no topic was created
   * @param partitions number of them, -1 on error
   * @param replicationFactor -1 on error
   */
  public record Result(
      String name,
      ErrorCode error,
      Optional<String> message,
      UUID topicId,
      int partitions,
      int replicationFactor) {

    static Result refused(String name, ErrorCode error, String message) {
      return new Result(name, error, Optional.of(message), Uuids.ZERO, -1, -1);
    }
  }

  public CreateTopics {
    topics = List.copyOf(topics);
  }

  /** For somebody who waits as long as is usual. */
  public CreateTopics(List<NewTopic> topics, boolean validateOnly) {
    this(topics, validateOnly, DEFAULT_TIMEOUT_MS);
  }
}
