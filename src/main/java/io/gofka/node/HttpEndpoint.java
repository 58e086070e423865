package io.gofka.node;

import java.util.OptionalInt;

/**
 * Where metrics and health are told: the keys below {@code http.}, explained in {@link NodeKeys}.
 *
 * @param port as it was set, -1 for nowhere; empty when nobody has set it
 */
public record HttpEndpoint(String address, OptionalInt port) {
  private static final int DEFAULT_PORT = 8080;

  boolean isWanted() {
    return portToBind() >= 0;
  }

  int portToBind() {
    return port.orElse(DEFAULT_PORT);
  }

  /** Whether somebody counts on it, so that a port in use must not be passed over. */
  boolean isAskedFor() {
    return port.isPresent();
  }

  StartException asStartException(Throwable cause) {
    String reason = BindFailure.reason(cause).orElse(String.valueOf(cause.getMessage()));
    return new StartException(
        "http.port: metrics can't be told at " + address + ":" + portToBind() + ": " + reason);
  }
}
