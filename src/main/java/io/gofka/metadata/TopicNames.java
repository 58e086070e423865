package io.gofka.metadata;

import java.util.NavigableMap;
import java.util.Optional;

/**
 * What a topic may be called. A topic's folders are named after it, and metrics write '.' and '_'
 * alike; that is where the limits come from.
 */
public final class TopicNames {
  /** The folder's name adds a dash and a partition, and 255 bytes is what file systems take. */
  public static final int MAX_LENGTH = 249;

  /** Kafka's own metadata log lies under this name; no topic may have it. */
  public static final String CLUSTER_METADATA = "__cluster_metadata";

  private TopicNames() {}

  /** What is wrong with a name, empty when a topic may have it. */
  public static Optional<String> mistake(String name) {
    if (name.isEmpty()) {
      return Optional.of("a topic's name may not be empty");
    }
    if (name.equals(".") || name.equals("..")) {
      return Optional.of("a topic may not be named '.' or '..'");
    }
    if (name.length() > MAX_LENGTH) {
      return Optional.of(
          "a topic's name may have %d characters, not %d".formatted(MAX_LENGTH, name.length()));
    }
    if (!name.chars().allMatch(TopicNames::isAllowed)) {
      return Optional.of(
          "topic '" + name + "' has other characters than ASCII letters, digits, '.', '_' and '-'");
    }
    return Optional.empty();
  }

  /** A topic that differs from this name in nothing but '.' and '_'. */
  static Optional<String> colliding(String name, NavigableMap<String, ?> topics) {
    return colliding(name, "", topics);
  }

  /** Tries both at each place, as long as there are topics that begin so. */
  private static Optional<String> colliding(
      String name, String prefix, NavigableMap<String, ?> topics) {
    String first = topics.ceilingKey(prefix);
    if (first == null || !first.startsWith(prefix)) {
      return Optional.empty();
    }
    int separator = nextSeparator(name, prefix.length());
    String upTo = prefix + name.substring(prefix.length(), separator);
    if (separator == name.length()) {
      return Optional.of(upTo).filter(other -> !other.equals(name) && topics.containsKey(other));
    }
    return colliding(name, upTo + '.', topics).or(() -> colliding(name, upTo + '_', topics));
  }

  private static int nextSeparator(String name, int from) {
    int at = from;
    while (at < name.length() && name.charAt(at) != '.' && name.charAt(at) != '_') {
      at++;
    }
    return at;
  }

  private static boolean isAllowed(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
