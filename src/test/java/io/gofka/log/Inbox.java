package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/** Where the answers of one kind arrive. */
final class Inbox<R> {
  private final List<R> answers;

  Inbox(List<R> answers) {
    this.answers = answers;
  }

  void put(List<R> more) {
    answers.addAll(more);
  }

  List<R> all() {
    return answers;
  }

  R only() {
    assertEquals(1, answers.size(), "answers");
    return answers.get(0);
  }

  boolean isEmpty() {
    return answers.isEmpty();
  }
}
