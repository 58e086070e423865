package io.gofka.balance;

import io.gofka.balance.BalancePlan.Share;
import io.gofka.balance.ClusterLoad.Member;
import io.gofka.balance.ClusterLoad.Part;
import io.gofka.balance.ClusterLoad.Placement;
import io.gofka.common.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where replicas lie while a plan is being made, with the sums that the planner asks for again and
 * again. Partitions have their index in the {@link ClusterLoad}.
 */
final class Layout {
  /** A broker, and what it has at the moment. */
  static final class Broker {
    final Member member;
    final TreeSet<Integer> partitions = new TreeSet<>();
    private final Map<String, Integer> replicasOf = new HashMap<>();
    private final Map<String, Integer> leadersOf = new HashMap<>();
    long bytes;
    int leaders;

    Broker(Member member) {
      this.member = member;
    }

    int id() {
      return member.id();
    }

    boolean shares() {
      return member.part() == Part.SHARES;
    }

    int replicas() {
      return partitions.size();
    }

    int replicasOf(String topic) {
      return replicasOf.getOrDefault(topic, 0);
    }

    int leadersOf(String topic) {
      return leadersOf.getOrDefault(topic, 0);
    }
  }

  private final List<Placement> before;
  private final List<List<Integer>> replicas = new ArrayList<>();
  private final SortedMap<Integer, Broker> brokers = new TreeMap<>();
  private final List<Broker> sharing;
  private final int racks;

  Layout(ClusterLoad load) {
    before = load.partitions();
    load.brokers().forEach(member -> brokers.put(member.id(), new Broker(member)));
    sharing = brokers.values().stream().filter(Broker::shares).toList();
    racks = (int) sharing.stream().map(broker -> broker.member.rack()).distinct().count();
    for (int partition = 0; partition < before.size(); partition++) {
      replicas.add(new ArrayList<>());
      for (int id : before.get(partition).replicas()) {
        replicas.get(partition).add(id);
        add(partition, id);
      }
      lead(partition, leader(partition), 1);
    }
  }

  int size() {
    return before.size();
  }

  /** Those among which everything is to be even, by their ids. */
  List<Broker> sharing() {
    return sharing;
  }

  /** Null for one that nobody knows any more. */
  Broker broker(int id) {
    return brokers.get(id);
  }

  List<Integer> replicas(int partition) {
    return replicas.get(partition);
  }

  int leader(int partition) {
    return replicas.get(partition).get(0);
  }

  boolean isFixed(int partition) {
    return before.get(partition).fixed();
  }

  String topic(int partition) {
    return before.get(partition).partition().topic();
  }

  long bytes(int partition) {
    return before.get(partition).bytes();
  }

  /** Whether a replica may go from one broker to another, as far as racks and the like go. */
  boolean mayMove(int partition, Broker from, Broker to) {
    return !isFixed(partition)
        && from.partitions.contains(partition)
        && !to.partitions.contains(partition)
        && missingRacks(partition, Optional.of(from), Optional.of(to))
            <= missingRacks(partition, Optional.empty(), Optional.empty());
  }

  /** In how many more racks a partition could lie, after a replica has gone and another come. */
  int missingRacks(int partition, Optional<Broker> gone, Optional<Broker> come) {
    Set<Optional<String>> used = new HashSet<>();
    for (int id : replicas.get(partition)) {
      Broker broker = brokers.get(id);
      if (broker != null && gone.filter(broker::equals).isEmpty()) {
        used.add(broker.member.rack());
      }
    }
    come.ifPresent(broker -> used.add(broker.member.rack()));
    return Math.max(0, Math.min(replicas.get(partition).size(), racks) - used.size());
  }

  /** The replica that comes takes the place of the one that goes, in the order, too. */
  void move(int partition, int from, int to) {
    List<Integer> all = replicas.get(partition);
    int place = all.indexOf(from);
    if (place == 0) {
      lead(partition, from, -1);
    }
    remove(partition, from);
    all.set(place, to);
    add(partition, to);
    if (place == 0) {
      lead(partition, to, 1);
    }
  }

  /** Another of the replicas is the preferred leader; they change places. */
  void makeLeader(int partition, int to) {
    List<Integer> all = replicas.get(partition);
    int from = all.get(0);
    lead(partition, from, -1);
    all.set(all.indexOf(to), from);
    all.set(0, to);
    lead(partition, to, 1);
  }

  private void add(int partition, int id) {
    Broker broker = brokers.get(id);
    if (broker != null) {
      broker.partitions.add(partition);
      broker.bytes += bytes(partition);
      broker.replicasOf.merge(topic(partition), 1, Integer::sum);
    }
  }

  private void remove(int partition, int id) {
    Broker broker = brokers.get(id);
    if (broker != null) {
      broker.partitions.remove(partition);
      broker.bytes -= bytes(partition);
      broker.replicasOf.merge(topic(partition), -1, Integer::sum);
    }
  }

  private void lead(int partition, int id, int more) {
    Broker broker = brokers.get(id);
    if (broker != null) {
      broker.leaders += more;
      broker.leadersOf.merge(topic(partition), more, Integer::sum);
    }
  }

  SortedMap<Integer, Share> shares() {
    SortedMap<Integer, Share> shares = new TreeMap<>();
    brokers.forEach(
        (id, broker) -> shares.put(id, new Share(broker.leaders, broker.replicas(), broker.bytes)));
    return shares;
  }

  List<BalancePlan.Move> moves() {
    List<BalancePlan.Move> moves = new ArrayList<>();
    for (int partition = 0; partition < size(); partition++) {
      Placement placement = before.get(partition);
      if (!placement.replicas().equals(replicas.get(partition))) {
        TopicPartition name = placement.partition();
        moves.add(
            new BalancePlan.Move(
                name, placement.replicas(), replicas.get(partition), placement.bytes()));
      }
    }
    return moves;
  }
}
