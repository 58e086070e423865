package io.gofka.common;

import java.util.Comparator;
import java.util.Objects;

/** A partition by the name of its topic and its index, which starts at 0. */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {
  private static final Comparator<TopicPartition> ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  public TopicPartition {
    Objects.requireNonNull(topic, "topic");
  }

  @Override
  public int compareTo(TopicPartition other) {
    return ORDER.compare(this, other);
  }

  /** {@code topic-partition}, which is also the name of its folder. */
  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
