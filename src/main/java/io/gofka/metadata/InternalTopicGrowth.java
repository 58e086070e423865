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
 * <p>Each broker sees to the partitions that it leads, whenever a broker comes that it has not
 * known. A partition that somebody has given fewer replicas stays as it is until then.
 *
 * <p>Pure, confined to one thread.
 */
final class InternalTopicGrowth {
  private final int brokerId;

  /** Wanted replicas by topic. */
  private final Map<String, Integer> replicationFactors;

  private Set<Integer> knownBrokers = Set.of();
  private boolean due;

  InternalTopicGrowth(int brokerId, Map<String, Integer> replicationFactors) {
    this.brokerId = brokerId;
    this.replicationFactors = Map.copyOf(replicationFactors);
  }

  /** The image to begin with: what is there was made or changed with these brokers in mind. */
  void begin(ClusterImage image) {
    knownBrokers = Set.copyOf(image.brokers().keySet());
  }

  /** What is to be asked for under this image; mostly nothing. */
  List<Move> onImage(ClusterImage image) {
    Set<Integer> brokers = image.brokers().keySet();
    if (!knownBrokers.containsAll(brokers)) {
      due = true;
    }
    if (!knownBrokers.equals(brokers)) {
      knownBrokers = Set.copyOf(brokers);
    }
    return due ? moves(image) : List.of();
  }

  private List<Move> moves(ClusterImage image) {
    List<BrokerImage> active =
        image.brokers().values().stream().filter(BrokerImage::isActive).toList();
    List<Move> moves = new ArrayList<>();
    boolean allIsDone = active.size() == image.brokers().size();
    for (Map.Entry<String, Integer> wanted : replicationFactors.entrySet()) {
      Optional<TopicImage> topic = image.topic(wanted.getKey());
      if (topic.isPresent()) {
        allIsDone &= add(topic.get(), wanted.getValue(), active, moves);
      }
    }
    due = !allIsDone;
    return moves;
  }

  /** Says whether there is nothing to add and nothing to wait for. */
  private boolean add(TopicImage topic, int wanted, List<BrokerImage> active, List<Move> moves) {
    Map<Integer, Integer> load = new HashMap<>();
    for (PartitionImage partition : topic.partitions()) {
      partition.replicas().forEach(id -> load.merge(id, 1, Integer::sum));
    }
    boolean done = true;
    for (int index = 0; index < topic.partitions().size(); index++) {
      PartitionImage partition = topic.partitions().get(index);
      if (partition.leader() != brokerId || partition.replicas().size() >= wanted) {
        continue;
      }
      done &= !partition.isReassigning();
      List<Integer> grown = grown(partition, wanted, active, load);
      if (!partition.isReassigning() && grown.size() > partition.replicas().size()) {
        done = false; // Until the image shows it.
        moves.add(new Move(new TopicPartition(topic.name(), index), Optional.of(grown)));
      }
    }
    return done;
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
