package io.gofka.common;

import java.util.Comparator;
import java.util.Objects;
import java.util.UUID;

/**
 * A partition by the id of its topic, so that a topic deleted and created again under the same name
 * is another one. The name travels with it for folders, logs and messages to people.
 */
public record TopicIdPartition(UUID topicId, String topic, int partition)
    implements Comparable<TopicIdPartition> {
  private static final Comparator<TopicIdPartition> ORDER =
      Comparator.comparing(TopicIdPartition::topic)
          .thenComparingInt(TopicIdPartition::partition)
          .thenComparing(TopicIdPartition::topicId);

  public TopicIdPartition {
    Objects.requireNonNull(topicId, "topicId");
    Objects.requireNonNull(topic, "topic");
  }

  public TopicPartition topicPartition() {
    return new TopicPartition(topic, partition);
  }

  @Override
  public int compareTo(TopicIdPartition other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
