package io.gofka.metadata.image;

import io.gofka.config.ConfigResource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Everything the controllers agreed on up to one offset of the metadata log. Immutable; a changed
 * image shares what has not changed with the one before.
 *
 * @param clusterId empty before the first record
 * @param metadataOffset of the last entry applied, -1 for the empty image
 * @param controllerId numeric id of the active controller's node, -1 when unknown
 * @param configs overrides by resource; a resource without any is absent
 * @param featureLevels finalized level of each feature; a feature at level 0 is absent
 * @param nextProducerId the first producer id that no broker was given yet
 * @param nodeIds numeric ids by the names of nodes; a node that has left keeps its id
 * @param clientQuotas by quota name
 */
public record ClusterImage(
    String clusterId,
    long metadataOffset,
    int controllerId,
    PSortedMap<Integer, BrokerImage> brokers,
    PSortedMap<String, TopicImage> topicsByName,
    PMap<UUID, TopicImage> topicsById,
    PSortedMap<ConfigResource, PMap<String, String>> configs,
    PSortedMap<String, Short> featureLevels,
    long nextProducerId,
    PSortedMap<String, Integer> nodeIds,
    PSortedMap<Integer, ControllerImage> controllers,
    PSortedMap<QuotaEntity, PMap<String, Double>> clientQuotas,
    PSortedMap<ScramCredentialImage.Key, ScramCredentialImage> scramCredentials,
    PMap<UUID, AclImage> acls) {

  /** Before the first record. */
  public static final ClusterImage EMPTY =
      new ClusterImage(
          "", -1, -1, TreePMap.empty(), TreePMap.empty(), HashTreePMap.empty(), TreePMap.empty());

  /** Without features, and before any id was given out. */
  public ClusterImage(
      String clusterId,
      long metadataOffset,
      int controllerId,
      PSortedMap<Integer, BrokerImage> brokers,
      PSortedMap<String, TopicImage> topicsByName,
      PMap<UUID, TopicImage> topicsById,
      PSortedMap<ConfigResource, PMap<String, String>> configs) {
    this(
        clusterId,
        metadataOffset,
        controllerId,
        brokers,
        topicsByName,
        topicsById,
        configs,
        TreePMap.empty(),
        0,
        TreePMap.empty(),
        TreePMap.empty(),
        TreePMap.empty(),
        TreePMap.empty(),
        HashTreePMap.empty());
  }

  /** The same under another active controller. */
  public ClusterImage withControllerId(int brokerId) {
    return new ClusterImage(
        clusterId,
        metadataOffset,
        brokerId,
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
  }

  public Optional<TopicImage> topic(String name) {
    return Optional.ofNullable(topicsByName.get(name));
  }

  public Optional<TopicImage> topic(UUID id) {
    return Optional.ofNullable(topicsById.get(id));
  }

  public Optional<BrokerImage> broker(int id) {
    return Optional.ofNullable(brokers.get(id));
  }

  /** Whether a broker may lead partitions and be in an ISR. */
  public boolean isActive(int brokerId) {
    BrokerImage broker = brokers.get(brokerId);
    return broker != null && broker.isActive();
  }

  /** The id that a node was given, whatever it is. */
  public OptionalInt numericId(String nodeId) {
    Integer id = nodeIds.get(nodeId);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The overrides of a resource, empty when it has none. */
  public Map<String, String> overrides(ConfigResource resource) {
    PMap<String, String> overrides = configs.get(resource);
    return overrides == null ? Map.of() : overrides;
  }
}
