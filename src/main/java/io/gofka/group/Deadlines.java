package io.gofka.group;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** What is due when, in monotonic ms; each timer at most once. */
final class Deadlines {
  /** What may be waited for. */
  enum Kind {
    /** A member, or one that has only been given an id, is heard of. */
    SESSION,
    /** All members have joined. */
    JOIN,
    /** All members have asked for their assignment. */
    SYNC
  }

  /**
   * @param memberId empty when the whole group is waited for
   */
  record Timer(Kind kind, String groupId, String memberId) {}

  private record Entry(long deadlineMs, long sequence, Timer timer) {}

  private static final Comparator<Entry> ORDER =
      Comparator.comparingLong(Entry::deadlineMs).thenComparingLong(Entry::sequence);

  private final Map<Timer, Entry> entries = new HashMap<>();
  private final TreeSet<Entry> queue = new TreeSet<>(ORDER);
  private long nextSequence;

  /** Takes the place of the deadline that {@code timer} had before. */
  void arm(Timer timer, long deadlineMs) {
    cancel(timer);
    Entry entry = new Entry(deadlineMs, nextSequence++, timer);
    entries.put(timer, entry);
    queue.add(entry);
  }

  void cancel(Timer timer) {
    Entry entry = entries.remove(timer);
    if (entry != null) {
      queue.remove(entry);
    }
  }

  boolean armed(Timer timer) {
    return entries.containsKey(timer);
  }

  OptionalLong next() {
    return queue.isEmpty() ? OptionalLong.empty() : OptionalLong.of(queue.first().deadlineMs);
  }

  /** Gives everything more time. */
  void postpone(long byMs) {
    for (Entry entry : List.copyOf(queue)) {
      arm(entry.timer, entry.deadlineMs + byMs);
    }
  }

  /** Takes out the first timer whose deadline is {@code nowMs} or earlier. */
  Optional<Timer> pollDue(long nowMs) {
    if (queue.isEmpty() || queue.first().deadlineMs > nowMs) {
      return Optional.empty();
    }
    Entry entry = queue.pollFirst();
    entries.remove(entry.timer);
    return Optional.of(entry.timer);
  }
}
