package io.gofka.metadata.image;

import io.gofka.config.ConfigResource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** What lies between two images of which the second is the later one. */
public final class ImageDifference {
  private ImageDifference() {}

  /** Compares everything. */
  public static ImageChange between(ClusterImage before, ClusterImage after) {
    List<TopicImage> changed = new ArrayList<>();
    for (TopicImage topic : after.topicsByName().values()) {
      TopicImage old = before.topicsById().get(topic.id());
      if (!topic.equals(old)) {
        changed.add(topic);
      }
    }
    List<TopicImage> deleted =
        before.topicsByName().values().stream()
            .filter(topic -> !after.topicsById().containsKey(topic.id()))
            .toList();
    return new ImageChange(
        after,
        changed,
        deleted,
        differing(before.configs(), after.configs()),
        differing(before.brokers(), after.brokers()));
  }

  /** Several changes that follow each other, as one. */
  public static ImageChange sum(ClusterImage before, List<ImageChange> changes) {
    if (changes.size() == 1) {
      return changes.get(0);
    }
    Map<UUID, TopicImage> changed = new LinkedHashMap<>();
    Map<UUID, TopicImage> deleted = new LinkedHashMap<>();
    Set<ConfigResource> configs = new HashSet<>();
    Set<Integer> brokers = new HashSet<>();
    ClusterImage after = before;
    for (ImageChange change : changes) {
      change.changedTopics().forEach(topic -> changed.put(topic.id(), topic));
      for (TopicImage topic : change.deletedTopics()) {
        changed.remove(topic.id());
        TopicImage known = before.topicsById().get(topic.id());
        if (known != null) {
          deleted.put(topic.id(), known);
        }
      }
      configs.addAll(change.changedConfigs());
      brokers.addAll(change.changedBrokers());
      after = change.image();
    }
    return new ImageChange(
        after, List.copyOf(changed.values()), List.copyOf(deleted.values()), configs, brokers);
  }

  private static <K extends Comparable<K>, V> Set<K> differing(Map<K, V> before, Map<K, V> after) {
    Set<K> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    keys.removeIf(
        key -> {
          V old = before.get(key);
          V now = after.get(key);
          return Objects.equals(old, now);
        });
    return keys;
  }
}
