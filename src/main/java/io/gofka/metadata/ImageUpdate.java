package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.MetadataRecord.AclAdded;
import io.gofka.metadata.MetadataRecord.AclRemoved;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.ClientQuotaSet;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.ScramCredentialRemoved;
import io.gofka.metadata.MetadataRecord.ScramCredentialSet;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.AclImage;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.PersistentList;
import io.gofka.metadata.image.QuotaEntity;
import io.gofka.metadata.image.ScramCredentialImage;
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
 * <p>New partitions are gathered and put behind the present ones once for the whole entry, however
 * many there are; a changed one costs a few hundred bytes.
 */
public final class ImageUpdate {
  private final long index;
  private final ClusterImage before;
  private final Map<UUID, TopicUpdate> topics = new LinkedHashMap<>();
  private final Map<UUID, TopicImage> removed = new LinkedHashMap<>();
  private final Set<ConfigResource> changedConfigs = new HashSet<>();
  private final Set<Integer> changedBrokers = new HashSet<>();
  private String clusterId;
  private PSortedMap<Integer, BrokerImage> brokers;
  private PSortedMap<String, TopicImage> topicsByName;
  private PMap<UUID, TopicImage> topicsById;
  private PSortedMap<ConfigResource, PMap<String, String>> configs;
  private PSortedMap<String, Short> featureLevels;
  private long nextProducerId;
  private PSortedMap<String, Integer> nodeIds;
  private PSortedMap<Integer, ControllerImage> controllers;
  private PSortedMap<QuotaEntity, PMap<String, Double>> clientQuotas;
  private PSortedMap<ScramCredentialImage.Key, ScramCredentialImage> scramCredentials;
  private PMap<UUID, AclImage> acls;

  /** A topic of which partitions come or change. */
  private static final class TopicUpdate {
    private final String name;
    private final List<PartitionImage> added = new ArrayList<>();
    private PersistentList<PartitionImage> present;

    TopicUpdate(TopicImage topic) {
      name = topic.name();
      present = PersistentList.copyOf(topic.partitions());
    }

    int size() {
      return present.size() + added.size();
    }

    PartitionImage replace(int index, PartitionImage state) {
      if (index >= present.size()) {
        return added.set(index - present.size(), state);
      }
      PartitionImage old = present.get(index);
      present = present.with(index, state);
      return old;
    }
  }

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
    nodeIds = image.nodeIds();
    controllers = image.controllers();
    clientQuotas = image.clientQuotas();
    scramCredentials = image.scramCredentials();
    acls = image.acls();
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
    } else {
      applyToCluster(record);
    }
  }

  private void applyToCluster(MetadataRecord record) {
    if (record instanceof BrokerRegistered broker) {
      onBrokerRegistered(broker);
    } else if (record instanceof BrokerChanged broker) {
      onBrokerChanged(broker);
    } else if (record instanceof BrokerUnregistered broker) {
      onBrokerUnregistered(broker);
    } else if (record instanceof NodeIdAssigned node) {
      assignId(node.nodeId(), node.numericId(), node);
    } else if (record instanceof ControllerRegistered registered) {
      ControllerImage controller = registered.controller();
      assignId(controller.nodeId(), controller.id(), registered);
      controllers = controllers.plus(controller.id(), controller);
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
      applyToSecurity(record);
    }
  }

  private void applyToSecurity(MetadataRecord record) {
    if (record instanceof ClientQuotaSet set) {
      onClientQuotaSet(set);
    } else if (record instanceof ScramCredentialSet set) {
      scramCredentials = scramCredentials.plus(set.credential().key(), set.credential());
    } else if (record instanceof ScramCredentialRemoved gone) {
      scramCredentials = scramCredentials.minus(gone.key());
    } else if (record instanceof AclAdded added) {
      acls = acls.plus(added.acl().id(), added.acl());
    } else if (record instanceof AclRemoved gone) {
      acls = acls.minus(gone.id());
    } else {
      throw new IllegalStateException("nobody applies " + record);
    }
  }

  private void onBrokerRegistered(BrokerRegistered broker) {
    BrokerImage known = brokers.get(broker.brokerId());
    require(
        known == null || known.nodeId().equals(broker.nodeId()),
        broker,
        "the broker id belongs to another node");
    assignId(broker.nodeId(), broker.brokerId(), broker);
    BrokerImage image =
        new BrokerImage(
            broker.brokerId(),
            broker.nodeId(),
            broker.epoch() == BrokerRegistered.OF_ENTRY ? index : broker.epoch(),
            broker.incarnationId(),
            broker.endpoints(),
            broker.address(),
            broker.rack(),
            broker.fenced(),
            broker.inControlledShutdown(),
            broker.logDirs(),
            broker.features());
    put(image);
  }

  private void onBrokerChanged(BrokerChanged changed) {
    BrokerImage broker = brokers.get(changed.brokerId());
    require(
        broker != null && broker.epoch() == changed.brokerEpoch(), changed, "there is " + broker);
    put(broker.with(changed.fenced(), changed.inControlledShutdown()));
  }

  private void onBrokerUnregistered(BrokerUnregistered gone) {
    BrokerImage broker = brokers.get(gone.brokerId());
    require(broker != null && broker.epoch() == gone.brokerEpoch(), gone, "there is " + broker);
    brokers = brokers.minus(gone.brokerId());
    changedBrokers.add(gone.brokerId());
  }

  private void put(BrokerImage broker) {
    brokers = brokers.plus(broker.id(), broker);
    changedBrokers.add(broker.id());
  }

  /** An id is a node's for ever, so that nothing that names the id means another node later. */
  private void assignId(String nodeId, int numericId, MetadataRecord record) {
    Integer known = nodeIds.get(nodeId);
    require(known == null || known == numericId, record, "the node has the id " + known);
    if (known == null) {
      nodeIds = nodeIds.plus(nodeId, numericId);
    }
  }

  private void onClientQuotaSet(ClientQuotaSet set) {
    PMap<String, Double> quotas = clientQuotas.get(set.entity());
    if (quotas == null) {
      quotas = HashTreePMap.empty();
    }
    quotas =
        set.value().isPresent()
            ? quotas.plus(set.key(), set.value().get())
            : quotas.minus(set.key());
    clientQuotas =
        quotas.isEmpty()
            ? clientQuotas.minus(set.entity())
            : clientQuotas.plus(set.entity(), quotas);
  }

  private void onTopicCreated(TopicCreated created) {
    boolean isNew =
        !topicsByName.containsKey(created.name()) && !topicsById.containsKey(created.topicId());
    require(isNew, created, "the topic exists");
    TopicImage topic = new TopicImage(created.topicId(), created.name(), List.of());
    put(topic);
    topics.put(created.topicId(), new TopicUpdate(topic));
  }

  private void onPartitionCreated(PartitionCreated created) {
    TopicUpdate topic = topic(created.topicId(), created);
    require(created.partition() == topic.size(), created, "there are " + topic.size());
    topic.added.add(created.state());
  }

  private void onPartitionChanged(PartitionChanged changed) {
    TopicUpdate topic = topic(changed.topicId(), changed);
    require(changed.partition() < topic.size(), changed, "there are " + topic.size());
    PartitionImage old = topic.replace(changed.partition(), changed.state());
    boolean forward =
        changed.state().leaderEpoch() >= old.leaderEpoch()
            && changed.state().partitionEpoch() > old.partitionEpoch();
    if (!forward) {
      throw unfit(changed, "epochs go back from " + old);
    }
  }

  private void onTopicRemoved(TopicRemoved gone) {
    TopicImage topic = topicsById.get(gone.topicId());
    require(topic != null, gone, "there is no such topic");
    topics.remove(gone.topicId());
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

  private TopicUpdate topic(UUID topicId, MetadataRecord record) {
    return topics.computeIfAbsent(
        topicId,
        id -> {
          TopicImage topic = topicsById.get(id);
          require(topic != null, record, "there is no such topic");
          return new TopicUpdate(topic);
        });
  }

  private void put(TopicImage topic) {
    topicsByName = topicsByName.plus(topic.name(), topic);
    topicsById = topicsById.plus(topic.id(), topic);
  }

  private ImageChange finish() {
    List<TopicImage> changed = new ArrayList<>();
    topics.forEach(
        (id, update) -> {
          TopicImage topic =
              new TopicImage(id, update.name, update.present.withAppended(update.added));
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
            nodeIds,
            controllers,
            clientQuotas,
            scramCredentials,
            acls);
    return new ImageChange(image, changed, deleted, changedConfigs, changedBrokers);
  }

  private boolean wasThereBefore(TopicImage topic) {
    return before.topicsById().containsKey(topic.id());
  }

  private void require(boolean fits, MetadataRecord record, String why) {
    if (!fits) {
      throw unfit(record, why);
    }
  }

  private IllegalStateException unfit(MetadataRecord record, String why) {
    return new IllegalStateException(
        "entry %d of the metadata log doesn't fit: %s, but %s".formatted(index, record, why));
  }
}
