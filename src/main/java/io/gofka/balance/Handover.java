package io.gofka.balance;

import io.gofka.balance.Layout.Broker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Gives replicas of one broker to another, one at a time: of the topic of which the one has most
 * more than the other, that whose size comes nearest to what each of them has too many bytes of.
 */
final class Handover {
  private final Layout layout;
  private final Broker from;
  private final Broker to;
  private final SortedMap<String, Deque<Integer>> movable = new TreeMap<>();

  Handover(Layout layout, Broker from, Broker to) {
    this.layout = layout;
    this.from = from;
    this.to = to;
    long wanted =
        Math.max(0, (from.bytes - to.bytes) / Math.max(1, from.replicas() - to.replicas()));
    List<Integer> sorted = new ArrayList<>();
    for (int partition : from.partitions) {
      if (layout.mayMove(partition, from, to)) {
        sorted.add(partition);
      }
    }
    sorted.sort(
        Comparator.comparingLong((Integer it) -> Math.abs(layout.bytes(it) - wanted))
            .thenComparingInt(it -> it));
    sorted.forEach(
        partition ->
            movable
                .computeIfAbsent(layout.topic(partition), topic -> new ArrayDeque<>())
                .add(partition));
  }

  /** Whether there was one. */
  boolean maybeMoveOne() {
    String best = null;
    int bestSpread = Integer.MIN_VALUE;
    for (String topic : movable.keySet()) {
      int spread = from.replicasOf(topic) - to.replicasOf(topic);
      if (spread > bestSpread) {
        best = topic;
        bestSpread = spread;
      }
    }
    if (best == null) {
      return false;
    }
    layout.move(movable.get(best).remove(), from.id(), to.id());
    if (movable.get(best).isEmpty()) {
      movable.remove(best);
    }
    return true;
  }
}
