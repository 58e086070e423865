package io.gofka.raft;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the listener of a log is told, in order; one event in a turn of the loop, since others live
 * on it too. The first is told at once when nothing is under way.
 *
 * <p>Confined to one thread. An event may add more, and may have all forgotten that are left.
 */
final class Deliveries {
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final Executor nextTurn;
  private final Consumer<Throwable> onBug;
  private boolean delivering;

  /**
   * @param nextTurn runs what it is given in the next turn of the loop
   * @param onBug told of what an event throws
   */
  Deliveries(Executor nextTurn, Consumer<Throwable> onBug) {
    this.nextTurn = nextTurn;
    this.onBug = onBug;
  }

  void add(Runnable event) {
    addAll(List.of(event));
  }

  void addAll(List<Runnable> events) {
    waiting.addAll(events);
    if (!delivering) {
      deliverNext();
    }
  }

  /** The listener is told nothing of what waits. */
  void forget() {
    waiting.clear();
  }

  private void deliverNext() {
    delivering = true;
    Runnable next = waiting.poll();
    try {
      if (next != null) { // They may be forgotten since.
        next.run();
      }
    } catch (RuntimeException | Error bug) {
      onBug.accept(bug);
    }
    delivering = !waiting.isEmpty();
    if (delivering) {
      nextTurn.execute(this::deliverNext);
    }
  }
}
