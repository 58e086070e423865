package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.replica.IsrChange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Asks the controllers for other ISRs, for all partitions of a shard together: one request is under
 * way at a time, what is wanted meanwhile goes into the next. A dead broker leaves the ISRs of
 * thousands of partitions at once.
 */
final class IsrRequests {
  /** Changes in one request. */
  static final int MAX_CHANGES = 2_000;

  /** Who wants a change, in which role. */
  record Asker(ShardPartition partition, LedPartition led) {
    boolean isCurrent() {
      return partition.led().filter(each -> each == led).isPresent();
    }
  }

  private record Wanted(Asker asker, IsrChange change) {}

  /** Where an answer goes. */
  interface OnAnswer {
    void answer(Asker asker, IsrChange change, ErrorCode error);
  }

  /** Where it goes that nobody knows what became of a change. */
  interface OnUnanswered {
    void unanswered(Asker asker, IsrChange change);
  }

  private final ShardHost host;
  private final OnAnswer onAnswer;
  private final OnUnanswered onUnanswered;
  private final Deque<Wanted> waiting = new ArrayDeque<>();
  private boolean underWay;

  IsrRequests(ShardHost host, OnAnswer onAnswer, OnUnanswered onUnanswered) {
    this.host = host;
    this.onAnswer = onAnswer;
    this.onUnanswered = onUnanswered;
  }

  void add(Asker asker, IsrChange change) {
    waiting.add(new Wanted(asker, change));
    if (!underWay) {
      underWay = true;
      host.soon(this::ask); // What comes in this turn goes along.
    }
  }

  private void ask() {
    List<Wanted> asked = new ArrayList<>();
    while (!waiting.isEmpty() && asked.size() < MAX_CHANGES) {
      Wanted next = waiting.remove();
      if (next.asker().isCurrent()) {
        asked.add(next);
      }
    }
    if (asked.isEmpty()) {
      underWay = false;
      return;
    }
    host.changeIsrs(
        asked.stream().map(Wanted::change).toList(),
        results -> {
          for (int i = 0; i < asked.size(); i++) {
            onAnswer.answer(asked.get(i).asker(), asked.get(i).change(), results.get(i));
          }
          ask();
        },
        failure -> {
          asked.forEach(each -> onUnanswered.unanswered(each.asker(), each.change()));
          ask();
        });
  }
}
