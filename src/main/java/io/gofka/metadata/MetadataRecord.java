package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One fact that the controllers agreed on. The records of one decision stand in one entry of the
 * metadata log, so that all of them hold or none.
 */
public sealed interface MetadataRecord {
  /** The cluster has this id; the first record of every log. */
  record ClusterCreated(String clusterId) implements MetadataRecord {}

  /** A feature has this level from now on. */
  record FeatureLevelSet(String feature, short level) implements MetadataRecord {}

  /**
   * A broker has started. Its epoch is the index of the entry.
   *
   * @param brokerId numeric id that clients see, the same for ever
   * @param nodeId its name in the configuration
   */
  record BrokerRegistered(
      int brokerId, String nodeId, List<Endpoint> endpoints, Optional<String> rack, boolean fenced)
      implements MetadataRecord {
    public BrokerRegistered {
      endpoints = List.copyOf(endpoints);
    }
  }

  /** A topic exists; its partitions follow. */
  record TopicCreated(UUID topicId, String name) implements MetadataRecord {}

  /** A topic has one more partition: the one after its last. */
  record PartitionCreated(UUID topicId, int partition, PartitionImage state)
      implements MetadataRecord {}

  /** A partition is in another state. */
  record PartitionChanged(UUID topicId, int partition, PartitionImage state)
      implements MetadataRecord {}

  /** A topic is gone, with its partitions and its configuration. */
  record TopicRemoved(UUID topicId) implements MetadataRecord {}

  /**
   * A setting of a resource.
   *
   * @param value empty when the setting is no longer overridden
   */
  record ConfigSet(ConfigResource resource, String key, Optional<String> value)
      implements MetadataRecord {}

  /**
   * A block of producer ids was given out.
   *
   * @param nextProducerId the first that was not
   */
  record ProducerIdsAllocated(int brokerId, long nextProducerId) implements MetadataRecord {}
}
