package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Delete topics. Answered with one {@link Result} for each topic asked for, in the same order. */
public record DeleteTopics(List<TopicReference> topics, int timeoutMs)
    implements Command<List<DeleteTopics.Result>> {
  /** A topic by its name or by its id; both and neither are refused. */
  public record TopicReference(Optional<String> name, Optional<UUID> id) {}

  /**
   * @param name empty when only an unknown id was given
   * @param id empty when only an unknown name was given
   * @param message empty without error
   */
  public record Result(
      Optional<String> name, Optional<UUID> id, ErrorCode error, Optional<String> message) {}

  public DeleteTopics {
    topics = List.copyOf(topics);
  }

  /** For somebody who waits as long as is usual. */
  public DeleteTopics(List<TopicReference> topics) {
    this(topics, DEFAULT_TIMEOUT_MS);
  }
}
