package io.gofka.balance;

import io.gofka.balance.Layout.Broker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Evens the numbers of preferred leaders by the order of the replicas, so that nothing is copied. A
 * broker that leads too much gives a partition to another of its replicas; when none of these leads
 * little enough, that one gives one on, and so forth: the shortest such way is taken, until there
 * is none from any broker to one that leads two less.
 */
final class LeaderBalance {
  private final Layout layout;

  LeaderBalance(Layout layout) {
    this.layout = layout;
  }

  void even() {
    while (maybeHandOver()) {
      // Each turn brings the sum of squares down.
    }
  }

  private boolean maybeHandOver() {
    List<Broker> most = new ArrayList<>(layout.sharing());
    most.sort(Comparator.comparingInt((Broker it) -> -it.leaders).thenComparingInt(Broker::id));
    int fewest = most.get(most.size() - 1).leaders;
    for (Broker from : most) {
      if (from.leaders - fewest < 2) {
        return false;
      }
      List<Broker> way = shortestWay(from);
      if (!way.isEmpty()) {
        // Several at once where that is a part of what is too much: a way is dear to find.
        int difference = from.leaders - way.get(way.size() - 1).leaders;
        for (int given = 0; given <= difference / 4 && mayGo(way); given++) {
          for (int i = 0; i + 1 < way.size(); i++) {
            layout.makeLeader(best(way.get(i), way.get(i + 1)).orElseThrow(), way.get(i + 1).id());
          }
        }
        return true;
      }
    }
    return false;
  }

  private boolean mayGo(List<Broker> way) {
    for (int i = 0; i + 1 < way.size(); i++) {
      if (best(way.get(i), way.get(i + 1)).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private List<Broker> shortestWay(Broker from) {
    Map<Integer, Broker> cameFrom = new HashMap<>();
    Deque<Broker> next = new ArrayDeque<>(List.of(from));
    cameFrom.put(from.id(), from);
    while (!next.isEmpty()) {
      Broker at = next.remove();
      List<Broker> reached = heirs(at);
      reached.sort(Comparator.comparingInt((Broker it) -> it.leaders).thenComparingInt(Broker::id));
      for (Broker to : reached) {
        if (cameFrom.putIfAbsent(to.id(), at) != null) {
          continue;
        }
        if (from.leaders - to.leaders >= 2) {
          return way(from, to, cameFrom);
        }
        next.add(to);
      }
    }
    return List.of();
  }

  private static List<Broker> way(Broker from, Broker to, Map<Integer, Broker> cameFrom) {
    List<Broker> way = new ArrayList<>();
    for (Broker at = to; at != from; at = cameFrom.get(at.id())) {
      way.add(at);
    }
    way.add(from);
    Collections.reverse(way);
    return way;
  }

  /** Who could lead something that a broker leads. */
  private List<Broker> heirs(Broker from) {
    Map<Integer, Broker> heirs = new HashMap<>();
    for (int partition : from.partitions) {
      if (layout.leader(partition) == from.id() && !layout.isFixed(partition)) {
        for (int id : layout.replicas(partition)) {
          Broker broker = layout.broker(id);
          if (broker != null && broker.shares() && broker != from) {
            heirs.put(id, broker);
          }
        }
      }
    }
    return new ArrayList<>(heirs.values());
  }

  /** Of the topic of which the one leads more than the other. */
  private Optional<Integer> best(Broker from, Broker to) {
    int best = -1;
    int bestSpread = Integer.MIN_VALUE;
    for (int partition : from.partitions) {
      if (layout.leader(partition) == from.id()
          && !layout.isFixed(partition)
          && to.partitions.contains(partition)) {
        String topic = layout.topic(partition);
        int spread = from.leadersOf(topic) - to.leadersOf(topic);
        if (spread > bestSpread) {
          best = partition;
          bestSpread = spread;
        }
      }
    }
    return best < 0 ? Optional.empty() : Optional.of(best);
  }
}
