package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.VersionRange;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.UUID;

/**
 * A controller tells where it is reached (KIP-919). Answered with its numeric id.
 *
 * @param nodeId its name in the configuration
 * @param numericId the id it is configured with; empty when the active controller gives it one
 * @param incarnationId of its process
 * @param endpoints where Kafka's tools reach it
 * @param address where other nodes reach it
 */
public record RegisterController(
    String nodeId,
    OptionalInt numericId,
    UUID incarnationId,
    List<Endpoint> endpoints,
    Optional<HostPort> address,
    SortedMap<String, VersionRange> features)
    implements Command<Integer> {
  public RegisterController {
    endpoints = List.copyOf(endpoints);
  }
}
