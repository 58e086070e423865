package io.gofka.common;

import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Why a connection failed, in words for people: what libraries say names their own functions. */
public final class ConnectionFailure {
  /** What the operating system says, and what is told instead. */
  private static final Map<String, String> WORDS =
      new TreeMap<>(
          Map.of(
              "connection refused", "connection refused",
              "connection reset", "connection reset",
              "broken pipe", "connection reset",
              "connection timed out", "no answer",
              "no route to host", "no route to host",
              "network is unreachable", "network is unreachable"));

  private ConnectionFailure() {}

  /** The reason without the address, which whoever tells it names himself. */
  public static String reason(Throwable cause) {
    if (cause instanceof UnknownHostException) {
      return "there is no host of that name"; // The resolver tells of its queries.
    }
    String message = cause.getMessage();
    if (message == null) {
      return cause.getClass().getSimpleName();
    }
    String lower = message.toLowerCase(Locale.ROOT);
    return WORDS.entrySet().stream()
        .filter(known -> lower.contains(known.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(message);
  }
}
