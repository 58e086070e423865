package io.gofka.metadata;

import io.gofka.metadata.image.TopicImage;
import java.util.Optional;
import java.util.SortedMap;

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
  static Optional<String> colliding(String name, SortedMap<String, TopicImage> topics) {
    int separator = firstSeparator(name);
    if (separator < 0) {
      return Optional.empty();
    }
    String prefix = name.substring(0, separator);
    return topics.subMap(prefix, prefix + Character.MAX_VALUE).keySet().stream()
        .filter(other -> other.length() == name.length() && !other.equals(name))
        .filter(other -> other.replace('.', '_').equals(name.replace('.', '_')))
        .findFirst();
  }

  private static int firstSeparator(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '.' || name.charAt(i) == '_') {
        return i;
      }
    }
    return -1;
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
