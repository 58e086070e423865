package io.gofka.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The appends of one partition that wait to be placed, in the order in which they came, and whether
 * one of its writes is under way. There is at most one: what comes meanwhile goes into the next,
 * all together.
 */
final class AppendQueue {
  /** Appends that may wait; what comes then is refused. */
  static final int MAX_WAITING = 10_000;

  private final ArrayDeque<QueuedAppend> waiting = new ArrayDeque<>(0);
  private List<Runnable> afterWriting = List.of();
  private boolean writing;

  boolean isFull() {
    return waiting.size() >= MAX_WAITING;
  }

  void add(QueuedAppend append) {
    waiting.add(append);
  }

  /** Whether the next one is there and checked. */
  boolean hasNext() {
    QueuedAppend next = waiting.peek();
    while (next != null && next.isAnswered()) {
      waiting.remove();
      next = waiting.peek();
    }
    return next != null && next.isChecked();
  }

  QueuedAppend next() {
    return waiting.element();
  }

  void removeNext() {
    waiting.remove();
  }

  /** Takes out all that wait, apart from those that a worker is still reading. */
  List<QueuedAppend> removeChecked() {
    List<QueuedAppend> checked = new ArrayList<>();
    for (QueuedAppend each : waiting) {
      if (each.isChecked()) {
        checked.add(each);
      }
    }
    waiting.removeAll(checked);
    return checked;
  }

  boolean isWriting() {
    return writing;
  }

  /** A write begins: nothing else may be placed. */
  void beginWriting() {
    writing = true;
  }

  /** It has ended, one way or another. */
  void endWriting() {
    writing = false;
    List<Runnable> due = afterWriting;
    afterWriting = List.of();
    due.forEach(Runnable::run);
  }

  /** Does what no write may have under it: now, or once the one under way has ended. */
  void whenNotWriting(Runnable action) {
    if (!writing) {
      action.run();
      return;
    }
    if (afterWriting.isEmpty()) {
      afterWriting = new ArrayList<>(1);
    }
    afterWriting.add(action);
  }
}
