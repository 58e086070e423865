package io.gofka.api;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds the topics and partitions that requests name, by name in older versions and by id in newer
 * ones.
 */
final class PartitionLookup {
  private PartitionLookup() {}

  /** The topic with this id or, where the version has no ids, with this name. */
  static Optional<TopicImage> topic(ClusterImage image, String name, UUID id) {
    return id.equals(Uuids.ZERO) ? image.topic(name) : image.topic(id);
  }

  /** The error for a topic that {@link #topic} has not found. */
  static ErrorCode unknown(UUID id) {
    return id.equals(Uuids.ZERO)
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.UNKNOWN_TOPIC_ID;
  }

  /** The partition, unless the topic has no such index. */
  static Optional<TopicIdPartition> partition(TopicImage topic, int index) {
    return index >= 0 && index < topic.partitions().size()
        ? Optional.of(topic.partition(index))
        : Optional.empty();
  }

  /** The partition by the topic's name. */
  static Optional<TopicIdPartition> partition(ClusterImage image, String name, int index) {
    return image.topic(name).flatMap(topic -> partition(topic, index));
  }
}
