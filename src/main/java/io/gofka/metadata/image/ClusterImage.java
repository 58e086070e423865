package io.gofka.metadata.image;

import io.gofka.config.ConfigResource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Everything the controllers agreed on up to one offset of the metadata log. Immutable; a changed
 * image shares what has not changed with the one before.
 *
 * @param metadataOffset of the last record applied, -1 for the empty image
 * @param controllerId numeric id of the active controller, -1 when unknown
 * @param configs overrides by resource; a resource without any is absent
 */
public record ClusterImage(
    String clusterId,
    long metadataOffset,
    int controllerId,
    PSortedMap<Integer, BrokerImage> brokers,
    PSortedMap<String, TopicImage> topicsByName,
    PMap<UUID, TopicImage> topicsById,
    PSortedMap<ConfigResource, PMap<String, String>> configs) {

  /** Before the first record. */
  public static final ClusterImage EMPTY =
      new ClusterImage(
          "", -1, -1, TreePMap.empty(), TreePMap.empty(), HashTreePMap.empty(), TreePMap.empty());

  public Optional<TopicImage> topic(String name) {
    return Optional.ofNullable(topicsByName.get(name));
  }

  public Optional<TopicImage> topic(UUID id) {
    return Optional.ofNullable(topicsById.get(id));
  }

  /** The overrides of a resource, empty when it has none. */
  public Map<String, String> overrides(ConfigResource resource) {
    PMap<String, String> overrides = configs.get(resource);
    return overrides == null ? Map.of() : overrides;
  }
}
