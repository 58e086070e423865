package io.gofka.metadata.image;

import io.gofka.config.ConfigResource;
import java.util.List;
import java.util.Set;

/**
 * A new image and what makes it differ from the one before, so that listeners need not compare
 * everything.
 *
 * @param image the image that now holds
 * @param changedTopics created, or with changed or more partitions; as they now are
 * @param deletedTopics as they were
 * @param changedConfigs resources whose overrides have changed
 * @param changedBrokers ids of brokers that came, went, or are in another state
 */
public record ImageChange(
    ClusterImage image,
    List<TopicImage> changedTopics,
    List<TopicImage> deletedTopics,
    Set<ConfigResource> changedConfigs,
    Set<Integer> changedBrokers) {
  public ImageChange {
    changedTopics = List.copyOf(changedTopics);
    deletedTopics = List.copyOf(deletedTopics);
    changedConfigs = Set.copyOf(changedConfigs);
    changedBrokers = Set.copyOf(changedBrokers);
  }

  /** Without a change of brokers. */
  public ImageChange(
      ClusterImage image,
      List<TopicImage> changedTopics,
      List<TopicImage> deletedTopics,
      Set<ConfigResource> changedConfigs) {
    this(image, changedTopics, deletedTopics, changedConfigs, Set.of());
  }

  /** The same change of another image: one that differs in nothing that a change tells of. */
  public ImageChange with(ClusterImage other) {
    return new ImageChange(other, changedTopics, deletedTopics, changedConfigs, changedBrokers);
  }
}
