package io.gofka.log;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Collects one answer for each question of a message and hands them over when the last is there.
 */
final class Answers<R> {
  private final R[] answers;
  private final Consumer<List<R>> complete;
  private int missing;

  @SuppressWarnings("unchecked") // Only R is ever put in, and only through List<R> does it get out.
  Answers(int count, Consumer<List<R>> complete) {
    this.answers = (R[]) new Object[count];
    this.complete = complete;
    this.missing = count;
    if (count == 0) {
      complete.accept(List.of());
    }
  }

  void set(int index, R answer) {
    if (answers[index] != null) {
      throw new IllegalStateException("question " + index + " is answered already");
    }
    answers[index] = answer;
    missing--;
    if (missing == 0) {
      complete.accept(Arrays.asList(answers));
    }
  }
}
