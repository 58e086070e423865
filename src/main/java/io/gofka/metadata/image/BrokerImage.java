package io.gofka.metadata.image;

import java.util.List;
import java.util.Optional;

/**
 * One registered broker.
 *
 * @param id numeric id that Kafka clients see
 * @param nodeId its name in the configuration
 * @param epoch offset of its registration in the metadata log
 * @param endpoints where Kafka clients reach it
 */
public record BrokerImage(
    int id,
    String nodeId,
    long epoch,
    List<Endpoint> endpoints,
    Optional<String> rack,
    boolean fenced) {
  /**
   * A listener of a broker.
   *
   * @param host empty when the broker answers with the address that the client's own connection has
   *     reached
   */
  public record Endpoint(String listener, Optional<String> host, int port) {}

  public BrokerImage {
    endpoints = List.copyOf(endpoints);
  }
}
