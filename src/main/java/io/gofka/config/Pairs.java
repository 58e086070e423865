package io.gofka.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Settings of the form {@code key:value,key:value}. */
final class Pairs {
  private Pairs() {}

  /**
   * The pairs in their order. The last colon of an entry separates, so that an IPv6 address can be
   * a key.
   *
   * @throws IllegalArgumentException when an entry has another form or a key stands twice
   */
  static Map<String, String> parse(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    if (text.isBlank()) {
      return pairs;
    }
    for (String entry : text.trim().split("\\s*,\\s*", -1)) {
      int colon = entry.lastIndexOf(':');
      if (colon < 1 || colon == entry.length() - 1) {
        throw new IllegalArgumentException("not of the form key:value: " + entry);
      }
      String key = entry.substring(0, colon).trim();
      if (pairs.put(key, entry.substring(colon + 1).trim()) != null) {
        throw new IllegalArgumentException(key + " stands twice");
      }
    }
    return Collections.unmodifiableMap(pairs);
  }
}
