package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;

/**
 * Applies the records of one entry of the metadata log to an image. It decides nothing: a record
 * that doesn't fit the image is a bug or a damaged log, and an {@link IllegalStateException}.
 *
 * <p>The partitions of a topic are gathered and copied once for the whole entry, however many of
 * them it creates or changes.
 */
public final class ImageUpdate {
  private final long index;
  private final ClusterImage before;
  private final Map<UUID, List<PartitionImage>> partitions = new LinkedHashMap<>();
  private final Map<UUID, TopicImage> removed = new LinkedHashMap<>();
  private final Set<ConfigResource> changedConfigs = new HashSet<>();
  private String clusterId;
  private PSortedMap<Integer, BrokerImage> brokers;
  private PSortedMap<String, TopicImage> topicsByName;
  private PMap<UUID, TopicImage> topicsById;
  private PSortedMap<ConfigResource, PMap<String, String>> configs;
  private PSortedMap<String, Short> featureLevels;
  private long nextProducerId;

  private ImageUpdate(ClusterImage image, long index) {
    this.index = index;
    before = image;
    clusterId = image.clusterId();
    brokers = image.brokers();
    topicsByName = image.topicsByName();
    topicsById = image.topicsById();
    configs = image.configs();
    featureLevels = image.featureLevels();
    nextProducerId = image.nextProducerId();
  }

  /**
   * @param index of the entry the records stand in
   * @throws IllegalStateException when a record doesn't fit the image
   */
  public static ImageChange apply(ClusterImage image, long index, List<MetadataRecord> records) {
    ImageUpdate update = new ImageUpdate(image, index);
    records.forEach(update::apply);
    return update.finish();
  }

  private void apply(MetadataRecord record) {
    if (record instanceof PartitionCreated created) {
      onPartitionCreated(created);
    } else if (record instanceof PartitionChanged changed) {
      onPartitionChanged(changed);
    } else if (record instanceof TopicCreated created) {
      onTopicCreated(created);
    } else if (record instanceof TopicRemoved gone) {
      onTopicRemoved(gone);
    } else if (record instanceof ConfigSet set) {
      onConfigSet(set);
    } else if (record instanceof BrokerRegistered broker) {
      onBrokerRegistered(broker);
    } else if (record instanceof ProducerIdsAllocated ids) {
      require(ids.nextProducerId() > nextProducerId, record, "producer ids go back");
      nextProducerId = ids.nextProducerId();
    } else if (record instanceof FeatureLevelSet feature) {
      featureLevels =
          feature.level() == 0
              ? featureLevels.minus(feature.feature())
              : featureLevels.plus(feature.feature(), feature.level());
    } else if (record instanceof ClusterCreated cluster) {
      require(clusterId.isEmpty(), record, "the cluster has the id " + clusterId);
      clusterId = cluster.clusterId();
    } else {
      throw new IllegalStateException("nobody applies " + record);
    }
  }

  private void onBrokerRegistered(BrokerRegistered broker) {
    BrokerImage image =
        new BrokerImage(
            broker.brokerId(),
            broker.nodeId(),
            index,
            broker.endpoints(),
            broker.rack(),
            broker.fenced());
    BrokerImage known = brokers.get(broker.brokerId());
    require(
        known == null || known.nodeId().equals(broker.nodeId()),
        broker,
        "the broker id belongs to another node");
    brokers = brokers.plus(broker.brokerId(), image);
  }

  private void onTopicCreated(TopicCreated created) {
    boolean isNew =
        !topicsByName.containsKey(created.name()) && !topicsById.containsKey(created.topicId());
    require(isNew, created, "the topic exists");
    put(new TopicImage(created.topicId(), created.name(), List.of()));
    partitions.put(created.topicId(), new ArrayList<>());
  }

  private void onPartitionCreated(PartitionCreated created) {
    List<PartitionImage> states = partitionsOf(created.topicId(), created);
    require(created.partition() == states.size(), created, "there are " + states.size());
    states.add(created.state());
  }

  private void onPartitionChanged(PartitionChanged changed) {
    List<PartitionImage> states = partitionsOf(changed.topicId(), changed);
    require(changed.partition() < states.size(), changed, "there are " + states.size());
    PartitionImage old = states.set(changed.partition(), changed.state());
    boolean forward =
        changed.state().leaderEpoch() >= old.leaderEpoch()
            && changed.state().partitionEpoch() > old.partitionEpoch();
    require(forward, changed, "epochs go back from " + old);
  }

  private void onTopicRemoved(TopicRemoved gone) {
    TopicImage topic = topicsById.get(gone.topicId());
    require(topic != null, gone, "there is no such topic");
    partitions.remove(gone.topicId());
    topicsByName = topicsByName.minus(topic.name());
    topicsById = topicsById.minus(gone.topicId());
    removed.put(gone.topicId(), topic);
    ConfigResource resource = ConfigResource.topic(topic.name());
    if (configs.containsKey(resource)) {
      configs = configs.minus(resource);
      changedConfigs.add(resource);
    }
  }

  private void onConfigSet(ConfigSet set) {
    PMap<String, String> overrides = configs.get(set.resource());
    if (overrides == null) {
      overrides = HashTreePMap.empty();
    }
    overrides =
        set.value().isPresent()
            ? overrides.plus(set.key(), set.value().get())
            : overrides.minus(set.key());
    configs =
        overrides.isEmpty()
            ? configs.minus(set.resource())
            : configs.plus(set.resource(), overrides);
    changedConfigs.add(set.resource());
  }

  private List<PartitionImage> partitionsOf(UUID topicId, MetadataRecord record) {
    return partitions.computeIfAbsent(
        topicId,
        id -> {
          TopicImage topic = topicsById.get(id);
          require(topic != null, record, "there is no such topic");
          return new ArrayList<>(topic.partitions());
        });
  }

  private void put(TopicImage topic) {
    topicsByName = topicsByName.plus(topic.name(), topic);
    topicsById = topicsById.plus(topic.id(), topic);
  }

  private ImageChange finish() {
    List<TopicImage> changed = new ArrayList<>();
    partitions.forEach(
        (id, states) -> {
          TopicImage topic = new TopicImage(id, topicsById.get(id).name(), states);
          put(topic);
          changed.add(topic);
        });
    List<TopicImage> deleted = removed.values().stream().filter(this::wasThereBefore).toList();
    ClusterImage image =
        new ClusterImage(
            clusterId,
            index,
            before.controllerId(),
            brokers,
            topicsByName,
            topicsById,
            configs,
            featureLevels,
            nextProducerId,
            before.nodeIds(),
            before.controllers(),
            before.clientQuotas(),
            before.scramCredentials(),
            before.acls());
    return new ImageChange(image, changed, deleted, changedConfigs);
  }

  private boolean wasThereBefore(TopicImage topic) {
    return before.topicsById().containsKey(topic.id());
  }

  private void require(boolean fits, MetadataRecord record, String why) {
    if (!fits) {
      throw new IllegalStateException(
          "entry %d of the metadata log doesn't fit: %s, but %s".formatted(index, record, why));
    }
  }
}
