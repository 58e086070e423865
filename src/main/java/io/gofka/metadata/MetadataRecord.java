package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.AclImage;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.QuotaEntity;
import io.gofka.metadata.image.ScramCredentialImage;
import io.gofka.metadata.image.VersionRange;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /** A node has this numeric id from now on, whatever becomes of it. */
  record NodeIdAssigned(String nodeId, int numericId) implements MetadataRecord {}

  /**
   * A broker has started. The parameters are those of {@link BrokerImage}.
   *
   * @param epoch {@link #OF_ENTRY} except in snapshots
   */
  record BrokerRegistered(
      int brokerId,
      String nodeId,
      long epoch,
      UUID incarnationId,
      List<Endpoint> endpoints,
      Optional<HostPort> address,
      Optional<String> rack,
      boolean fenced,
      boolean inControlledShutdown,
      List<UUID> logDirs,
      SortedMap<String, VersionRange> features)
      implements MetadataRecord {
    /** The broker's epoch is the index of the entry that this stands in. */
    static final long OF_ENTRY = -1;

    public BrokerRegistered {
      endpoints = List.copyOf(endpoints);
      logDirs = List.copyOf(logDirs);
      features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
    }

    /** A broker of which no more is known than clients need. */
    public BrokerRegistered(
        int brokerId,
        String nodeId,
        List<Endpoint> endpoints,
        Optional<String> rack,
        boolean fenced) {
      this(
          brokerId,
          nodeId,
          OF_ENTRY,
          Uuids.ZERO,
          endpoints,
          Optional.empty(),
          rack,
          fenced,
          false,
          List.of(),
          new TreeMap<>());
    }
  }

  /** A broker is in another state. */
  record BrokerChanged(int brokerId, long brokerEpoch, boolean fenced, boolean inControlledShutdown)
      implements MetadataRecord {}

  /** A broker is registered no more; its node keeps its numeric id. */
  record BrokerUnregistered(int brokerId, long brokerEpoch) implements MetadataRecord {}

  /** A controller has told of itself. */
  record ControllerRegistered(ControllerImage controller) implements MetadataRecord {}

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

  /**
   * A client quota.
   *
   * @param value empty when there is no such quota any more
   */
  record ClientQuotaSet(QuotaEntity entity, String key, Optional<Double> value)
      implements MetadataRecord {}

  /** What is kept of a user's password. */
  record ScramCredentialSet(ScramCredentialImage credential) implements MetadataRecord {}

  /** A user has no password for a mechanism any more. */
  record ScramCredentialRemoved(ScramCredentialImage.Key key) implements MetadataRecord {}

  /** A rule of who may do what. */
  record AclAdded(AclImage acl) implements MetadataRecord {}

  /** A rule is gone. */
  record AclRemoved(UUID id) implements MetadataRecord {}
}
