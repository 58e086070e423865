package io.gofka.client;

/**
 * How a client talks.
 *
 * @param clientId as brokers know it in their logs and quotas
 * @param connectTimeoutMs time to open a connection
 * @param requestTimeoutMs time from sending a request to its answer
 * @param maxInFlight requests of one connection that are sent and not answered
 * @param maxWaiting requests of one connection that wait to be sent; one more is refused
 * @param maxResponseBytes longest response that is read
 */
public record ClientSettings(
    String clientId,
    int connectTimeoutMs,
    int requestTimeoutMs,
    int maxInFlight,
    int maxWaiting,
    int maxResponseBytes) {
  private static final ClientSettings DEFAULTS =
      new ClientSettings("gofka", 10_000, 30_000, 5, 1_000, 100 * 1024 * 1024);

  public ClientSettings {
    if (connectTimeoutMs <= 0
        || requestTimeoutMs <= 0
        || maxInFlight <= 0
        || maxWaiting < 0
        || maxResponseBytes <= 0) {
      throw new IllegalArgumentException(
          "every limit of a client is at least 1: connectTimeoutMs=%d requestTimeoutMs=%d"
                  .formatted(connectTimeoutMs, requestTimeoutMs)
              + " maxInFlight=%d maxWaiting=%d maxResponseBytes=%d"
                  .formatted(maxInFlight, maxWaiting, maxResponseBytes));
    }
  }

  public static ClientSettings defaults() {
    return DEFAULTS;
  }

  /** The same with other times. */
  public ClientSettings withTimeouts(int connectMs, int requestMs) {
    return new ClientSettings(
        clientId, connectMs, requestMs, maxInFlight, maxWaiting, maxResponseBytes);
  }
}
