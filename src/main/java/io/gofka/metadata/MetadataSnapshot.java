package io.gofka.metadata;

import io.gofka.metadata.MetadataRecord.AclAdded;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.ClientQuotaSet;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.ScramCredentialSet;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image as bytes, in place of the entries that have led to it: the records that make it out of
 * nothing, in the form of {@link MetadataRecordCodec}. Who is the active controller doesn't belong
 * to it, since the log doesn't say that either.
 *
 * <p>Pure and thread-safe, since an image never changes: a large one is written and read on a
 * worker.
 */
public final class MetadataSnapshot {
  private MetadataSnapshot() {}

  /** The bytes, on the heap. */
  public static ByteBuf encode(ClusterImage image) {
    return MetadataRecordCodec.encode(records(image));
  }

  /**
   * The image in a snapshot.
   *
   * @param index of the last entry that the snapshot stands for
   * @throws IllegalStateException when it can't be read, or makes no image
   */
  public static ClusterImage decode(long index, ByteBuf snapshot) {
    return ImageUpdate.apply(ClusterImage.EMPTY, index, MetadataRecordCodec.decode(snapshot))
        .image();
  }

  private static List<MetadataRecord> records(ClusterImage image) {
    List<MetadataRecord> records = new ArrayList<>();
    if (!image.clusterId().isEmpty()) {
      records.add(new ClusterCreated(image.clusterId()));
    }
    image
        .featureLevels()
        .forEach((feature, level) -> records.add(new FeatureLevelSet(feature, level)));
    image.nodeIds().forEach((nodeId, id) -> records.add(new NodeIdAssigned(nodeId, id)));
    image.controllers().values().forEach(one -> records.add(new ControllerRegistered(one)));
    image.brokers().values().forEach(broker -> records.add(registration(broker)));
    for (TopicImage topic : image.topicsByName().values()) {
      records.add(new TopicCreated(topic.id(), topic.name()));
      for (int i = 0; i < topic.partitions().size(); i++) {
        records.add(new PartitionCreated(topic.id(), i, topic.partitions().get(i)));
      }
    }
    image
        .configs()
        .forEach(
            (resource, overrides) ->
                overrides.forEach(
                    (key, value) -> records.add(new ConfigSet(resource, key, Optional.of(value)))));
    if (image.nextProducerId() > 0) {
      records.add(new ProducerIdsAllocated(-1, image.nextProducerId()));
    }
    image
        .clientQuotas()
        .forEach(
            (entity, quotas) ->
                quotas.forEach(
                    (key, value) ->
                        records.add(new ClientQuotaSet(entity, key, Optional.of(value)))));
    image.scramCredentials().values().forEach(one -> records.add(new ScramCredentialSet(one)));
    image.acls().values().forEach(acl -> records.add(new AclAdded(acl)));
    return records;
  }

  private static BrokerRegistered registration(BrokerImage broker) {
    return new BrokerRegistered(
        broker.id(),
        broker.nodeId(),
        broker.epoch(),
        broker.incarnationId(),
        broker.endpoints(),
        broker.address(),
        broker.rack(),
        broker.fenced(),
        broker.inControlledShutdown(),
        broker.logDirs(),
        broker.features());
  }
}
