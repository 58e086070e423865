package io.gofka.metadata.image;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whom a client quota is for.
 *
 * @param names by the kind of name ({@code user}, {@code client-id}, {@code ip}); empty for
 *     everybody without a quota of his own
 */
public record QuotaEntity(SortedMap<String, Optional<String>> names)
    implements Comparable<QuotaEntity> {
  public QuotaEntity {
    names = Collections.unmodifiableSortedMap(new TreeMap<>(names));
  }

  @Override
  public int compareTo(QuotaEntity other) {
    var mine = names.entrySet().iterator();
    var theirs = other.names.entrySet().iterator();
    while (mine.hasNext() && theirs.hasNext()) {
      var left = mine.next();
      var right = theirs.next();
      int order = left.getKey().compareTo(right.getKey());
      if (order == 0) {
        order = Boolean.compare(left.getValue().isPresent(), right.getValue().isPresent());
      }
      if (order == 0) {
        order = left.getValue().orElse("").compareTo(right.getValue().orElse(""));
      }
      if (order != 0) {
        return order;
      }
    }
    return Boolean.compare(mine.hasNext(), theirs.hasNext());
  }
}
