package io.gofka.node;

import io.gofka.common.HostPort;
import java.util.List;

/**
 * How a broker keeps in touch with the others: the keys below {@code broker.}, explained in {@link
 * NodeKeys}.
 *
 * @param controllerAddresses where to find a controller, for a broker that is none; may be empty
 * @param heartbeatIntervalMs time between two heartbeats
 * @param metadataIntervalMs time after which a broker that heard nothing asks for metadata
 * @param maxLagTimeoutMs time that a follower may lag before it counts as out of sync
 * @param replicaFetchIntervalMs time after which a follower that heard nothing asks its leader
 * @param joiningDurationMs time that an empty group waits for more members
 */
public record BrokerSettings(
    List<HostPort> controllerAddresses,
    long heartbeatIntervalMs,
    long metadataIntervalMs,
    long maxLagTimeoutMs,
    long replicaFetchIntervalMs,
    long joiningDurationMs) {
  public BrokerSettings {
    controllerAddresses = List.copyOf(controllerAddresses);
  }
}
