package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Chooses the brokers of new partitions: leaders go round all brokers, beginning anywhere; replicas
 * of one partition lie in as many racks as there are. A broker that is fenced or about to stop gets
 * a replica only when there are not enough others, and never leads.
 */
final class ReplicaPlacement {
  private final RandomGenerator random;

  ReplicaPlacement(RandomGenerator random) {
    this.random = random;
  }

  /**
   * The replicas of {@code count} partitions, leaders first.
   *
   * @throws ApiException INVALID_REPLICATION_FACTOR when there are not that many brokers
   */
  List<List<Integer>> place(Collection<BrokerImage> brokers, int count, int replicationFactor) {
    if (replicationFactor > brokers.size()) {
      long active = brokers.stream().filter(BrokerImage::isActive).count();
      throw new ApiException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "a replication factor of %d needs as many brokers; %d are registered, %d of them active"
              .formatted(replicationFactor, brokers.size(), active));
    }
    List<BrokerImage> ring = byTurns(brokers.stream().filter(BrokerImage::isActive).toList());
    if (ring.isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "all %d brokers are fenced or in controlled shutdown at the moment"
              .formatted(brokers.size()));
    }
    List<BrokerImage> fenced =
        byTurns(brokers.stream().filter(broker -> !broker.isActive()).toList());
    int start = random.nextInt(ring.size());
    int shift = random.nextInt(ring.size());
    List<List<Integer>> placed = new ArrayList<>(count);
    for (int partition = 0; partition < count; partition++) {
      int leader = (start + partition) % ring.size();
      // The followers of one leader differ from round to round; otherwise its fall would double the
      // load of one other broker.
      int round = shift + partition / ring.size();
      placed.add(replicas(ring, fenced, leader, round, replicationFactor));
    }
    return placed;
  }

  private static List<Integer> replicas(
      List<BrokerImage> ring, List<BrokerImage> fenced, int leader, int round, int count) {
    List<BrokerImage> candidates = new ArrayList<>(ring.size() + fenced.size());
    int others = ring.size() - 1;
    for (int i = 0; i < others; i++) {
      candidates.add(ring.get((leader + 1 + (round + i) % others) % ring.size()));
    }
    candidates.addAll(fenced);
    Set<Integer> chosen = new HashSet<>();
    Set<Optional<String>> racks = new HashSet<>();
    List<Integer> replicas = new ArrayList<>(count);
    replicas.add(ring.get(leader).id());
    chosen.add(ring.get(leader).id());
    racks.add(ring.get(leader).rack());
    for (BrokerImage broker : candidates) {
      if (replicas.size() < count && racks.add(broker.rack())) {
        replicas.add(broker.id());
        chosen.add(broker.id());
      }
    }
    for (BrokerImage broker : candidates) {
      if (replicas.size() < count && chosen.add(broker.id())) {
        replicas.add(broker.id());
      }
    }
    return replicas;
  }

  /** One broker of each rack after the other, by rack and id. */
  private static List<BrokerImage> byTurns(List<BrokerImage> brokers) {
    SortedMap<String, Deque<BrokerImage>> racks = new TreeMap<>();
    for (BrokerImage broker : brokers) {
      racks.computeIfAbsent(broker.rack().orElse(""), rack -> new ArrayDeque<>()).add(broker);
    }
    List<BrokerImage> all = new ArrayList<>(brokers.size());
    while (all.size() < brokers.size()) {
      for (Deque<BrokerImage> rack : racks.values()) {
        if (!rack.isEmpty()) {
          all.add(rack.remove());
        }
      }
    }
    return all;
  }
}
