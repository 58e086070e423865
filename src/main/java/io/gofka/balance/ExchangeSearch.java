package io.gofka.balance;

import io.gofka.balance.BalancePlanner.Exchange;
import io.gofka.balance.Layout.Broker;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds what two brokers can exchange so that their bytes become more alike: the best is what
 * halves the difference exactly. Spreads of topics are not looked at.
 */
final class ExchangeSearch {
  /** An exchange that brings less than this part of the difference isn't worth its copies. */
  private static final int LEAST_GAIN = 20;

  private final Layout layout;
  private final Broker from;
  private final Broker to;
  private final long difference;
  private Exchange best;
  private long bestMiss = Long.MAX_VALUE;
  private long bestCost = Long.MAX_VALUE;

  ExchangeSearch(Layout layout, Broker from, Broker to) {
    this.layout = layout;
    this.from = from;
    this.to = to;
    this.difference = from.bytes - to.bytes;
  }

  Optional<Exchange> best() {
    List<Integer> backwards = new ArrayList<>();
    for (int partition : to.partitions) {
      if (layout.mayMove(partition, to, from)) {
        backwards.add(partition);
      }
    }
    backwards.sort(Comparator.comparingLong(layout::bytes));
    for (int given : from.partitions) {
      if (layout.bytes(given) > 0 && layout.mayMove(given, from, to)) {
        if (from.replicas() > to.replicas()) {
          consider(given, Optional.empty());
        }
        // Around the one whose size would be right, of which one may not be allowed with the other.
        int at = firstNotBelow(backwards, layout.bytes(given) - difference / 2);
        for (int i = Math.max(0, at - 1); i <= Math.min(backwards.size() - 1, at + 1); i++) {
          consider(given, Optional.of(backwards.get(i)));
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private int firstNotBelow(List<Integer> sorted, long bytes) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) / 2;
      if (layout.bytes(sorted.get(middle)) < bytes) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void consider(int given, Optional<Integer> taken) {
    long back = taken.map(layout::bytes).orElse(0L);
    long gain = layout.bytes(given) - back;
    if (gain <= 0
        || gain >= difference
        || Math.min(gain, difference - gain) * LEAST_GAIN < difference) {
      return;
    }
    long miss = Math.abs(gain - difference / 2);
    long cost = layout.bytes(given) + back;
    if (miss < bestMiss || (miss == bestMiss && cost < bestCost)) {
      best = new Exchange(given, taken);
      bestMiss = miss;
      bestCost = cost;
    }
  }
}
