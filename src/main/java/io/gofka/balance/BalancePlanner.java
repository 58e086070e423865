package io.gofka.balance;

import io.gofka.balance.Layout.Broker;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Makes a plan that lets every broker have as many replicas, bytes and leaders as the others, as
 * nearly as that goes. The goals, each pursued without spoiling those before it:
 *
 * <ol>
 *   <li>Brokers that are to leave have nothing.
 *   <li>The replicas of a partition lie in as many racks as there are, or as it has replicas.
 *   <li>Numbers of replicas differ by one at most; those of a topic are spread, too.
 *   <li>Bytes differ by a tenth of the mean at most, unless single partitions are larger than that.
 *   <li>Numbers of preferred leaders differ by one at most, as far as replicas allow.
 * </ol>
 *
 * <p>Bytes are copied only for the first four, and a replica is moved only if that brings a goal
 * nearer. The same load gives the same plan. Pure; a plan is made by one thread.
 */
public final class BalancePlanner {
  /** Part of the mean by which the bytes of two brokers may differ. */
  static final double BYTES_TOLERANCE = 0.1;

  /** Exchanges for the sake of bytes, for each broker: more would copy much for little. */
  static final int MAX_EXCHANGES_PER_BROKER = 100;

  private final Layout layout;

  private BalancePlanner(ClusterLoad load) {
    this.layout = new Layout(load);
  }

  public static BalancePlan plan(ClusterLoad load) {
    BalancePlanner planner = new BalancePlanner(load);
    var before = planner.layout.shares();
    if (!planner.layout.sharing().isEmpty()) {
      planner.emptyThoseThatLeave();
      planner.spreadOverRacks();
      planner.evenReplicas();
      planner.evenBytes();
      new LeaderBalance(planner.layout).even();
    }
    return new BalancePlan(planner.layout.moves(), before, planner.layout.shares());
  }

  // ---- Who must go.

  private void emptyThoseThatLeave() {
    for (int partition = 0; partition < layout.size(); partition++) {
      for (int id : List.copyOf(layout.replicas(partition))) {
        Broker broker = layout.broker(id);
        if (broker != null && broker.member.part() == ClusterLoad.Part.LEAVES) {
          int index = partition;
          bestFor(index, broker).ifPresent(to -> layout.move(index, id, to.id()));
        }
      }
    }
  }

  /** Who has least to do of those that may have it, racks first. */
  private Optional<Broker> bestFor(int partition, Broker from) {
    if (layout.isFixed(partition)) {
      return Optional.empty();
    }
    String topic = layout.topic(partition);
    return layout.sharing().stream()
        .filter(to -> !to.partitions.contains(partition))
        .min(
            Comparator.comparingInt(
                    (Broker to) ->
                        layout.missingRacks(partition, Optional.of(from), Optional.of(to)))
                .thenComparingInt(Broker::replicas)
                .thenComparingInt(to -> to.replicasOf(topic))
                .thenComparingLong(to -> to.bytes)
                .thenComparingInt(Broker::id));
  }

  private void spreadOverRacks() {
    for (int partition = 0; partition < layout.size(); partition++) {
      while (maybeUseAnotherRack(partition)) {
        // Each turn brings it into one more.
      }
    }
  }

  private boolean maybeUseAnotherRack(int partition) {
    int missing = layout.missingRacks(partition, Optional.empty(), Optional.empty());
    if (missing == 0) {
      return false;
    }
    for (int i = layout.replicas(partition).size() - 1; i >= 0; i--) {
      Broker from = layout.broker(layout.replicas(partition).get(i));
      if (from == null || !from.shares()) {
        continue;
      }
      Optional<Broker> to = bestFor(partition, from);
      if (to.isPresent() && layout.missingRacks(partition, Optional.of(from), to) < missing) {
        layout.move(partition, from.id(), to.get().id());
        return true;
      }
    }
    return false;
  }

  // ---- Numbers of replicas.

  private void evenReplicas() {
    while (maybeMoveSome()) {
      // Each turn brings the sum of squares down.
    }
  }

  private boolean maybeMoveSome() {
    List<Broker> most = by(broker -> -broker.replicas());
    List<Broker> least = by(Broker::replicas);
    for (Broker from : most) {
      for (Broker to : least) {
        int difference = from.replicas() - to.replicas();
        if (difference < 2) {
          break;
        }
        // A part of what is too much: the rest may better go to others, or is not to be looked for
        // among all partitions again and again.
        Handover handover = new Handover(layout, from, to);
        int moved = 0;
        while (moved <= difference / 4 && handover.maybeMoveOne()) {
          moved++;
        }
        if (moved > 0) {
          return true;
        }
      }
    }
    return false;
  }

  private List<Broker> by(ToIntFunction<Broker> order) {
    List<Broker> sorted = new ArrayList<>(layout.sharing());
    sorted.sort(Comparator.comparingInt(order).thenComparingInt(Broker::id));
    return sorted;
  }

  // ---- Bytes.

  private void evenBytes() {
    List<Broker> brokers = new ArrayList<>(layout.sharing());
    long mean = brokers.stream().mapToLong(broker -> broker.bytes).sum() / brokers.size();
    long tolerance = (long) (mean * BYTES_TOLERANCE);
    for (int i = 0; i < MAX_EXCHANGES_PER_BROKER * brokers.size(); i++) {
      brokers.sort(Comparator.comparingLong((Broker it) -> it.bytes).thenComparingInt(Broker::id));
      if (!maybeExchangeOne(brokers, tolerance)) {
        return;
      }
    }
  }

  private boolean maybeExchangeOne(List<Broker> byBytes, long tolerance) {
    for (int high = byBytes.size() - 1; high > 0; high--) {
      for (int low = 0; low < high; low++) {
        Broker from = byBytes.get(high);
        Broker to = byBytes.get(low);
        if (from.bytes - to.bytes <= tolerance) {
          break;
        }
        Optional<Exchange> best = new ExchangeSearch(layout, from, to).best();
        if (best.isPresent()) {
          layout.move(best.get().given(), from.id(), to.id());
          best.get().taken().ifPresent(taken -> layout.move(taken, to.id(), from.id()));
          return true;
        }
      }
    }
    return false;
  }

  /**
   * A replica goes from the broker with more bytes to that with fewer; another comes back, unless
   * the first has one more of them.
   */
  record Exchange(int given, Optional<Integer> taken) {}
}
