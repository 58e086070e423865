package io.gofka.metadata.image;

import io.gofka.config.ConfigResource;
import java.util.Map;
import java.util.SortedMap;
import java.util.UUID;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * The next image of a cluster, as a test makes it up: one thing is different, and the metadata
 * offset is the next one. Node 1 is the active controller.
 */
public final class Images {
  private Images() {}

  /** There are these brokers, by their ids, and no others. */
  public static ClusterImage withBrokers(
      ClusterImage image, SortedMap<Integer, BrokerImage> brokers) {
    return next(
        image, TreePMap.from(brokers), image.topicsByName(), image.topicsById(), image.configs());
  }

  /** The topic is so, whether there was one before or not. */
  public static ClusterImage with(ClusterImage image, TopicImage topic) {
    return with(image, topic, image.overrides(ConfigResource.topic(topic.name())));
  }

  /** The topic is so, with these settings and no others. */
  public static ClusterImage with(
      ClusterImage image, TopicImage topic, Map<String, String> settings) {
    return next(
        image,
        image.brokers(),
        image.topicsByName().plus(topic.name(), topic),
        image.topicsById().plus(topic.id(), topic),
        configs(image, ConfigResource.topic(topic.name()), settings));
  }

  public static ClusterImage without(ClusterImage image, TopicImage topic) {
    return next(
        image,
        image.brokers(),
        image.topicsByName().minus(topic.name()),
        image.topicsById().minus(topic.id()),
        image.configs());
  }

  /** It has these settings and no others. */
  public static ClusterImage configured(
      ClusterImage image, ConfigResource resource, Map<String, String> settings) {
    return next(
        image,
        image.brokers(),
        image.topicsByName(),
        image.topicsById(),
        configs(image, resource, settings));
  }

  private static PSortedMap<ConfigResource, PMap<String, String>> configs(
      ClusterImage image, ConfigResource resource, Map<String, String> settings) {
    return settings.isEmpty()
        ? image.configs().minus(resource)
        : image.configs().plus(resource, HashTreePMap.from(settings));
  }

  private static ClusterImage next(
      ClusterImage image,
      PSortedMap<Integer, BrokerImage> brokers,
      PSortedMap<String, TopicImage> topicsByName,
      PMap<UUID, TopicImage> topicsById,
      PSortedMap<ConfigResource, PMap<String, String>> configs) {
    return new ClusterImage(
        "cluster", image.metadataOffset() + 1, 1, brokers, topicsByName, topicsById, configs);
  }
}
