package io.gofka.log;

import io.gofka.common.TopicIdPartition;

/**
 * Compact a log once, as far as its keys fit into the memory. Answered at once with whether it has
 * begun; {@link Ended} is announced when it has come to an end.
 */
public record CleanLog(TopicIdPartition partition, CleanerLimits limits) {
  /** A cleaning is over, however it has ended. */
  public record Ended(TopicIdPartition partition) {}
}
