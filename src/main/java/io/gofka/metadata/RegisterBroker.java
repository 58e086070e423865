package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.VersionRange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A broker starts and wants to take part. Answered with a {@link Registration}. It is fenced until
 * its heartbeats say that it has caught up.
 *
 * @param nodeId its name in the configuration
 * @param brokerId the numeric id it is configured with; empty when the controller gives it one
 * @param incarnationId of its process. Without one the broker is nobody but the controller's own
 *     process: it is not watched, and never fenced
 * @param endpoints where clients reach it
 * @param address where other nodes reach it
 * @param logDirs ids of the directories that it keeps partitions in
 * @param previousBrokerEpoch the epoch with which it stopped cleanly the last time; empty when it
 *     did not, so that its logs may lack what it once had (KIP-966)
 * @param features what it supports, by name
 */
public record RegisterBroker(
    String nodeId,
    OptionalInt brokerId,
    Optional<UUID> incarnationId,
    List<Endpoint> endpoints,
    Optional<HostPort> address,
    Optional<String> rack,
    List<UUID> logDirs,
    OptionalLong previousBrokerEpoch,
    Map<String, VersionRange> features)
    implements Command<RegisterBroker.Registration> {

  /**
   * @param brokerId numeric id that clients see, the same at every start
   * @param brokerEpoch what the broker names in its heartbeats; another at every start
   */
  public record Registration(int brokerId, String clusterId, long brokerEpoch) {}

  public RegisterBroker {
    endpoints = List.copyOf(endpoints);
    logDirs = List.copyOf(logDirs);
    features = Map.copyOf(features);
  }

  /** The broker of the controller's own process. */
  public RegisterBroker(
      String nodeId, OptionalInt brokerId, List<Endpoint> endpoints, Optional<String> rack) {
    this(
        nodeId,
        brokerId,
        Optional.empty(),
        endpoints,
        Optional.empty(),
        rack,
        List.of(),
        OptionalLong.empty(),
        Map.of());
  }
}
