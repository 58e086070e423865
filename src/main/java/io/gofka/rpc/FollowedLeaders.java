package io.gofka.rpc;

import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** Which brokers lead something that this broker follows; looks only at what has changed. */
final class FollowedLeaders {
  private final int brokerId;
  private final Map<UUID, Set<Integer>> leadersOf = new HashMap<>();
  private final SortedMap<Integer, Integer> topics = new TreeMap<>();

  FollowedLeaders(int brokerId) {
    this.brokerId = brokerId;
  }

  void onChange(ImageChange change) {
    change.deletedTopics().forEach(topic -> put(topic.id(), Set.of()));
    change.changedTopics().forEach(this::onTopic);
  }

  void onTopic(TopicImage topic) {
    Set<Integer> leaders = new HashSet<>();
    for (PartitionImage partition : topic.partitions()) {
      if (partition.hasLeader()
          && partition.leader() != brokerId
          && partition.replicas().contains(brokerId)) {
        leaders.add(partition.leader());
      }
    }
    put(topic.id(), leaders);
  }

  private void put(UUID topicId, Set<Integer> leaders) {
    Set<Integer> before =
        leaders.isEmpty() ? leadersOf.remove(topicId) : leadersOf.put(topicId, leaders);
    leaders.forEach(leader -> topics.merge(leader, 1, Integer::sum));
    if (before != null) {
      before.forEach(leader -> topics.computeIfPresent(leader, (id, n) -> n == 1 ? null : n - 1));
    }
  }

  /** Their ids. */
  SortedSet<Integer> all() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(topics.keySet()));
  }
}
