package io.gofka.group;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How long requests wait for the log. Part of {@link GroupCoordinator}.
 *
 * <p>While an in-sync replica lags, nothing is committed; that may take until it is taken out of
 * the ISR. The coordinator waits, since its records are in the log and count as soon as they are
 * committed. Its clients are told after {@code offsets.commit.timeout.ms} to try again: that is all
 * they can do, and what came of their first attempt doesn't matter to them.
 */
final class LogPatience {
  private record Waiting(long requestId, long deadlineMs, Object whenLate) {}

  private final long timeoutMs;

  /** In the order of their deadlines, since all wait equally long. */
  private final Deque<Waiting> queue = new ArrayDeque<>();

  private final Set<Long> open = new HashSet<>();

  LogPatience(long timeoutMs) {
    this.timeoutMs = timeoutMs;
  }

  /**
   * The request is to be answered through {@link #answer}.
   *
   * @param whenLate what it is answered with if that takes too long
   */
  void begin(Step step, long requestId, Object whenLate) {
    open.add(requestId);
    queue.add(new Waiting(requestId, step.nowMs() + timeoutMs, whenLate));
  }

  /** The outcome is known; nobody hears of it who has been answered before. */
  void answer(Step step, long requestId, Object reply) {
    if (open.remove(requestId)) {
      step.answer(requestId, reply);
    }
  }

  /** When {@link #onTick} is due. */
  OptionalLong nextDeadlineMs() {
    while (!queue.isEmpty() && !open.contains(queue.peek().requestId)) {
      queue.remove();
    }
    return queue.isEmpty() ? OptionalLong.empty() : OptionalLong.of(queue.peek().deadlineMs);
  }

  void onTick(Step step) {
    while (!queue.isEmpty() && queue.peek().deadlineMs <= step.nowMs()) {
      Waiting late = queue.remove();
      answer(step, late.requestId, late.whenLate);
    }
  }
}
