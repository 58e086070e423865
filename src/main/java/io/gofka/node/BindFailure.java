package io.gofka.node;

import java.util.Locale;
import java.util.Optional;

/** Why a port can't be opened, for its owner. */
final class BindFailure {
  private BindFailure() {}

  /** A sentence, when its owner can do something about it. */
  static Optional<String> reason(Throwable cause) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("address already in use")) {
      return Optional.of("the port is in use by another process.");
    }
    if (message.contains("cannot assign requested address")) {
      return Optional.of("this machine has no such address.");
    }
    if (message.contains("permission denied")) {
      return Optional.of("this user may not listen on that port.");
    }
    return cause instanceof java.net.UnknownHostException
        ? Optional.of("the host name is unknown.")
        : Optional.empty();
  }
}
