package io.gofka.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The chores of one partition on their way through the worker, in order. When one fails, those that
 * follow are not run: what they build on is not there. They stay until the log is repaired, apart
 * from those that can't be run again.
 */
final class ChoreQueue {
  private record Entry(Chore chore, boolean kept, Runnable done, Runnable otherwise) {}

  private final Deque<Entry> entries = new ArrayDeque<>(0);
  private boolean running;

  /**
   * @param done run once it has been done
   * @param otherwise run instead when it, or one before it, has failed
   */
  void add(Chore chore, Runnable done, Runnable otherwise) {
    entries.addLast(new Entry(chore, chore.isRepeatable(), done, otherwise));
  }

  /** Puts chores before all others, in the given order; if one fails, they are not kept. */
  void addFirst(List<Chore> chores) {
    for (int i = chores.size() - 1; i >= 0; i--) {
      entries.addFirst(new Entry(chores.get(i), false, () -> {}, () -> {}));
    }
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  boolean isRunning() {
    return running;
  }

  /** All there are now, for the worker; {@link #succeeded} and {@link #ended} follow. */
  List<Chore> begin() {
    if (running) {
      throw new IllegalStateException("chores are being run already");
    }
    running = !entries.isEmpty();
    return entries.stream().map(Entry::chore).toList();
  }

  /** The worker has given them back. */
  void ended() {
    running = false;
  }

  /** So many of the first have been done. */
  void succeeded(int count) {
    List<Entry> succeeded = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      succeeded.add(entries.removeFirst());
    }
    for (Entry entry : succeeded) {
      entry.chore().done();
      entry.done().run();
    }
  }

  /** The first one has failed: who waits for it or another is told. */
  void failed() {
    List<Entry> stopped = List.copyOf(entries);
    entries.clear();
    for (Entry entry : stopped) {
      if (entry.kept()) {
        entries.addLast(new Entry(entry.chore(), true, () -> {}, () -> {}));
      } else {
        entry.chore().discard();
      }
    }
    stopped.forEach(entry -> entry.otherwise().run());
  }

  /** None of them will ever be run. */
  void discard() {
    List<Entry> stopped = List.copyOf(entries);
    entries.clear();
    stopped.forEach(entry -> entry.chore().discard());
    stopped.forEach(entry -> entry.otherwise().run());
  }
}
