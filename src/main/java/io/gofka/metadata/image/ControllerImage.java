package io.gofka.metadata.image;

import io.gofka.common.HostPort;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A controller that has told of itself (KIP-919). Whether it has a vote stands in Raft's
 * configuration, not here.
 *
 * @param id numeric id; a broker of the same node has the same one
 * @param nodeId its name in the configuration
 * @param incarnationId tells one process from another of the same name
 * @param endpoints where Kafka's tools reach it
 * @param address where other nodes reach it
 * @param features what it supports, by name
 */
public record ControllerImage(
    int id,
    String nodeId,
    UUID incarnationId,
    List<Endpoint> endpoints,
    Optional<HostPort> address,
    SortedMap<String, VersionRange> features) {
  public ControllerImage {
    endpoints = List.copyOf(endpoints);
    features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
  }
}
