package io.gofka.config;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which replicas of a topic are copied no faster than a broker's rate for such ones (KIP-73).
 *
 * @param all every one, whatever the pairs say
 * @param pairs of partition and broker, in the form {@code 0:101}
 */
public record ThrottledReplicas(boolean all, Set<String> pairs) {
  private static final String ALL = "*";

  public ThrottledReplicas {
    pairs = Set.copyOf(pairs);
  }

  /** By the items of the setting's list. */
  static ThrottledReplicas of(Collection<?> items) {
    Set<String> pairs = new HashSet<>();
    items.forEach(item -> pairs.add((String) item));
    return new ThrottledReplicas(pairs.remove(ALL), pairs);
  }

  public boolean contains(int partition, int brokerId) {
    return all || (!pairs.isEmpty() && pairs.contains(partition + ":" + brokerId));
  }
}
