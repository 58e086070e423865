package io.gofka.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** The appends of one partition that wait until the in-sync replicas have them, by offset. */
final class ParkedAppends {
  /** So many may wait; others are refused before they are written. */
  static final int MAX_PARKED = 10_000;

  private record Waiting(Parked parked, long deadlineMs) {}

  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong((Waiting each) -> each.parked().lastOffset()));
  private long earliestDeadlineMs = Long.MAX_VALUE;

  boolean isFull() {
    return waiting.size() >= MAX_PARKED;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * @param deadlineMs monotonic: then it is given up
   */
  void add(Parked parked, long deadlineMs) {
    waiting.add(new Waiting(parked, deadlineMs));
    earliestDeadlineMs = Math.min(earliestDeadlineMs, deadlineMs);
  }

  /** Takes out those that are committed. */
  List<Parked> takeBelow(long highWatermark) {
    List<Parked> committed = new ArrayList<>();
    while (!waiting.isEmpty() && waiting.peek().parked().lastOffset() < highWatermark) {
      committed.add(waiting.remove().parked());
    }
    return committed;
  }

  /** Takes out those that have waited for too long (monotonic). */
  List<Parked> takeOverdue(long nowMs) {
    if (nowMs < earliestDeadlineMs) {
      return List.of();
    }
    List<Parked> overdue = take(each -> each.deadlineMs() <= nowMs);
    earliestDeadlineMs =
        waiting.stream().mapToLong(Waiting::deadlineMs).min().orElse(Long.MAX_VALUE);
    return overdue;
  }

  /** Takes out those of producers; what this broker itself has written goes on waiting. */
  List<Parked> takeFromClients() {
    return take(each -> each.parked().append().isFromClient());
  }

  List<Parked> takeAll() {
    return take(each -> true);
  }

  private List<Parked> take(Predicate<Waiting> wanted) {
    List<Waiting> taken =
        waiting.stream()
            .filter(wanted)
            .sorted(Comparator.comparingLong(each -> each.parked().lastOffset()))
            .toList();
    waiting.removeIf(wanted);
    return taken.stream().map(Waiting::parked).toList();
  }
}
