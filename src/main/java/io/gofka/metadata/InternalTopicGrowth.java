package io.gofka.metadata;

import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the brokers' own topics more replicas when the cluster gets more brokers. They are made
 * with as many as there are brokers at that moment, so that one node works without settings; but a
 * cluster that has grown, or whose first consumer came before its last broker, must not lose its
 * groups' offsets with one disk.
 *
 * <p>Each broker sees to the partitions that it leads: when it has become their leader, also by its
 * own start, and when a broker is registered that it has not known. It sees to each of them until
 * there is nothing to add and nobody to wait for, and leaves it alone from then on. So a partition
 * that somebody has given fewer replicas stays as it is until one of the two happens; who wants it
 * smaller for good sets the wanted number.
 *
 * <p>Nothing of this is stored: a leader that dies before its move is committed, or that was down
 * when a broker came, leaves it to the next one.
 *
 * <p>Pure, confined to one thread.
 */
final class InternalTopicGrowth {
  private final int brokerId;

  /** Wanted replicas by topic. */
  private final Map<String, Integer> replicationFactors;

  private Set<Integer> knownBrokers = Set.of();

  /** Those that this broker leads and leaves as they are. */
  private final Set<TopicPartition> settled = new HashSet<>();

  InternalTopicGrowth(int brokerId, Map<String, Integer> replicationFactors) {
    this.brokerId = brokerId;
    this.replicationFactors = Map.copyOf(replicationFactors);
  }

  /** What is to be asked for under this image; mostly nothing. */
  List<Move> onImage(ClusterImage image) {
    Set<Integer> brokers = image.brokers().keySet();
    if (!knownBrokers.containsAll(brokers)) {
      settled.clear();
    }
    if (!knownBrokers.equals(brokers)) {
      knownBrokers = Set.copyOf(brokers);
    }
    List<Move> moves = new ArrayList<>();
    for (Map.Entry<String, Integer> wanted : replicationFactors.entrySet()) {
      Optional<TopicImage> topic = image.topic(wanted.getKey());
      if (topic.isEmpty()) {
        settled.removeIf(partition -> partition.topic().equals(wanted.getKey()));
      } else if (anyIsToBeSeenTo(topic.get())) {
        add(topic.get(), wanted.getValue(), image, moves);
      }
    }
    return moves;
  }

  private boolean anyIsToBeSeenTo(TopicImage topic) {
    boolean any = false;
    for (int index = 0; index < topic.partitions().size(); index++) {
      TopicPartition partition = new TopicPartition(topic.name(), index);
      if (topic.partitions().get(index).leader() != brokerId) {
        settled.remove(partition);
      } else {
        any |= !settled.contains(partition);
      }
    }
    return any;
  }

  private void add(TopicImage topic, int wanted, ClusterImage image, List<Move> moves) {
    List<BrokerImage> active =
        image.brokers().values().stream().filter(BrokerImage::isActive).toList();
    boolean allAreThere = active.size() == image.brokers().size();
    Map<Integer, Integer> load = new HashMap<>();
    for (PartitionImage partition : topic.partitions()) {
      partition.replicas().forEach(id -> load.merge(id, 1, Integer::sum));
    }
    for (int index = 0; index < topic.partitions().size(); index++) {
      PartitionImage partition = topic.partitions().get(index);
      TopicPartition name = new TopicPartition(topic.name(), index);
      if (partition.leader() != brokerId || partition.isReassigning() || settled.contains(name)) {
        continue;
      }
      List<Integer> grown = grown(partition, wanted, active, load);
      if (grown.size() > partition.replicas().size()) {
        moves.add(new Move(name, Optional.of(grown))); // Again until an image shows it.
      } else if (allAreThere || partition.replicas().size() >= wanted) {
        settled.add(name);
      }
    }
  }

  /** Those that are there, then those that have least of the topic, in other racks if possible. */
  private static List<Integer> grown(
      PartitionImage partition, int wanted, List<BrokerImage> active, Map<Integer, Integer> load) {
    List<Integer> replicas = new ArrayList<>(partition.replicas());
    Set<Optional<String>> racks = new HashSet<>();
    active.stream()
        .filter(broker -> replicas.contains(broker.id()))
        .forEach(broker -> racks.add(broker.rack()));
    List<BrokerImage> candidates = new ArrayList<>(active);
    candidates.removeIf(broker -> replicas.contains(broker.id()));
    while (replicas.size() < wanted && !candidates.isEmpty()) {
      BrokerImage chosen =
          candidates.stream()
              .min(
                  Comparator.<BrokerImage, Boolean>comparing(
                          broker -> racks.contains(broker.rack()))
                      .thenComparing(broker -> load.getOrDefault(broker.id(), 0))
                      .thenComparing(BrokerImage::id))
              .orElseThrow();
      candidates.remove(chosen);
      racks.add(chosen.rack());
      load.merge(chosen.id(), 1, Integer::sum);
      replicas.add(chosen.id());
    }
    return replicas;
  }
}
