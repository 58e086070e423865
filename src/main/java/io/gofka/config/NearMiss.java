package io.gofka.config;

import java.util.Collection;
import java.util.Optional;

/** Finds what somebody probably meant by a name that doesn't exist. */
public final class NearMiss {
  /** Names longer than this are nobody's slip of the pen, and comparing them would take long. */
  private static final int MAX_LENGTH = 120;

  private NearMiss() {}

  /**
   * The candidate that differs least from a name, by letters added, dropped, changed or swapped;
   * empty when it takes more than one of them for about five letters.
   */
  public static Optional<String> among(Collection<String> candidates, String name) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String best = null;
    int bestDistance = Math.max(1, name.length() / 5) + 1;
    for (String candidate : candidates) {
      if (Math.abs(candidate.length() - name.length()) < bestDistance) {
        int distance = distance(canonical(candidate), canonical(name));
        if (distance < bestDistance) {
          best = candidate;
          bestDistance = distance;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /** {@code nodeId}, {@code node-id} and {@code node_id} are the same slip. */
  private static String canonical(String name) {
    StringBuilder canonical = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char letter = name.charAt(i);
      if (Character.isUpperCase(letter)) {
        canonical.append('.').append(Character.toLowerCase(letter));
      } else {
        canonical.append(letter == '_' || letter == '-' ? '.' : letter);
      }
    }
    return canonical.toString();
  }

  /** Damerau's distance with adjacent swaps, three rows at a time. */
  private static int distance(String left, String right) {
    int[] beforeLast = new int[right.length() + 1];
    int[] last = new int[right.length() + 1];
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return last[right.length()];
  }
}
