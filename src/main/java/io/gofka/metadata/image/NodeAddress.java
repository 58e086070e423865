package io.gofka.metadata.image;

/**
 * Where the other nodes reach a node (gRPC).
 *
 * @param port 1 to 65535
 */
public record NodeAddress(String host, int port) {
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
