package io.gofka.metadata;

/**
 * What the controller is configured with.
 *
 * @param numPartitions {@code num.partitions}: partitions of a topic whose creator leaves that open
 * @param defaultReplicationFactor {@code default.replication.factor}: replicas of such a topic
 * @param deleteTopicEnable {@code delete.topic.enable}: whether topics may be deleted
 */
public record MetadataSettings(
    int numPartitions, int defaultReplicationFactor, boolean deleteTopicEnable) {
  public MetadataSettings {
    if (numPartitions < 1 || defaultReplicationFactor < 1) {
      throw new IllegalArgumentException(
          "num.partitions %d and default.replication.factor %d must be at least 1"
              .formatted(numPartitions, defaultReplicationFactor));
    }
  }
}
