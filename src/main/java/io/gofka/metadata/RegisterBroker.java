package io.gofka.metadata;

import io.gofka.metadata.image.BrokerImage.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A broker starts and wants to take part. Answered with a {@link Registration}.
 *
 * @param nodeId its name in the configuration
 * @param brokerId the numeric id it is configured with; empty when the controller gives it one
 * @param endpoints where clients reach it
 */
public record RegisterBroker(
    String nodeId, OptionalInt brokerId, List<Endpoint> endpoints, Optional<String> rack)
    implements Command<RegisterBroker.Registration> {

  /**
   * @param brokerId numeric id that clients see, the same at every start
   */
  public record Registration(int brokerId, String clusterId) {}

  public RegisterBroker {
    endpoints = List.copyOf(endpoints);
  }
}
